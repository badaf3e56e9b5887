/** The flow: what is running, left to right, as boxes and edges that carry their rate. A list on a narrow screen. */

import { $, h, keyed, setAttribute, setText, svg } from "../dom.js";
import { brief } from "../format.js";
import { icon } from "../icons.js";
import { chosen, onSelect, onView, select, state } from "../state.js";
import { graph, spoken } from "./flow-graph.js";
import { BOX_HEIGHT, layout } from "./flow-layout.js";
import { drawSparkline, sparkline } from "./sparkline.js";

/** @import {Box, Link} from "./flow-graph.js" */
/** @import {Layout} from "./flow-layout.js" */
/** @import {Selection} from "../types.js" */

let all = false;
/** What is shown when the address bar names nothing. @type {Selection|null} */
let preferred = null;

/** Starts it. */
export function startFlow() {
  onView(draw);
  onSelect(draw);
  new ResizeObserver(draw).observe($("flow"));
}

/** Marks a box as the one whose details are shown, though the address bar names none. @param {Selection|null} selection */
export function prefer(selection) {
  preferred = selection;
}

function draw() {
  if (!state.view) return;
  const selected = chosen() ?? preferred;
  const shown = graph(state.view, { all, selected });
  const plan = layout(shown, $("flow").clientWidth - 48);
  const stage = $("flow-stage");
  stage.style.width = `${plan.width}px`;
  stage.style.height = `${plan.height}px`;
  stage.style.setProperty("--box-width", `${plan.boxWidth}px`);
  const order = new Map(plan.order.map((id, at) => [id, at]));
  shown.boxes.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
  keyed($("flow-boxes"), shown.boxes, (box) => box.id, createBox, (element, box) => updateBox(element, box, plan, selected));
  drawLinks(shown.links, plan, selected);
}

/** @param {Box} box */
function createBox(box) {
  const spark = box.spark === undefined ? null : sparkline();
  const element = h(
    "button",
    { type: "button", class: "box", onclick: () => press(box) },
    h("span", { class: "box-head" }, icon(box.icon), h("span", { class: "box-name" }), h("span", { class: "box-mark", "aria-hidden": "true" }, icon("warn"))),
    h("span", { class: "box-body" }, h("span", { class: "box-number" }, h("b"), h("small")), spark),
    h("span", { class: "box-note" }),
  );
  return element;
}

/** @param {Box} box */
function press(box) {
  if (box.target) return select(box.target);
  all = !all;
  draw();
}

/** @param {HTMLElement} element @param {Box} box @param {Layout} plan @param {Selection|null} selected */
function updateBox(element, box, plan, selected) {
  const place = plan.places.get(box.id);
  if (place) element.style.transform = `translate(${place.x}px, ${place.y}px)`;
  const current = selected !== null && box.target?.kind === selected.kind && box.target.ref === selected.ref && box.icon !== "source" && box.icon !== "sink";
  setAttribute(element, "aria-current", current ? "true" : null);
  setAttribute(element, "data-level", box.health.level);
  setAttribute(element, "data-kind", box.icon);
  setAttribute(element, "aria-label", spoken(box));
  setAttribute(element, "title", `${box.kind}: ${box.name}${box.health.reason ? `\n${box.health.reason}` : ""}`);
  const text = (/** @type {string} */ part, /** @type {string} */ value) => {
    const node = element.querySelector(part);
    if (node) setText(node, value);
  };
  text(".box-name", box.name);
  text(".box-number b", box.number);
  text(".box-number small", box.unit);
  text(".box-note", box.health.reason || box.note);
  const spark = element.querySelector("svg.spark");
  if (spark instanceof SVGSVGElement) drawSparkline(spark, state.topics.get(box.spark ?? "") ?? []);
}

/** @param {Link[]} links @param {Layout} plan @param {Selection|null} selected */
function drawLinks(links, plan, selected) {
  const canvas = $("flow-edges");
  setAttribute(canvas, "viewBox", `0 0 ${plan.width} ${plan.height}`);
  const id = selected ? `${selected.kind}/${selected.ref}` : "";
  keyed(
    canvas,
    links,
    (link) => `${link.from}\n${link.to}`,
    () => svg("g", { class: "edge" }, svg("path"), svg("text")),
    (element, link) => updateLink(element, link, plan, link.from === id || link.to === id, labelSide(link, links)),
  );
}

/**
 * Where an edge's label stands: in the middle, or of a fan at the end where the edges are apart.
 *
 * @param {Link} link
 * @param {Link[]} links
 */
function labelSide(link, links) {
  const leaving = links.filter(({ from }) => from === link.from).length;
  const coming = links.filter(({ to }) => to === link.to).length;
  return leaving === coming ? "middle" : leaving > coming ? "end" : "start";
}

/** @param {SVGGElement} element @param {Link} link @param {Layout} plan @param {boolean} near @param {"start"|"middle"|"end"} side */
function updateLink(element, link, plan, near, side) {
  const [from, to] = [plan.places.get(link.from), plan.places.get(link.to)];
  const [path, text] = element.children;
  if (!from || !to || !path || !text) return;
  const [x1, y1] = [from.x + plan.boxWidth, from.y + BOX_HEIGHT / 2];
  const [x2, y2] = [to.x, to.y + BOX_HEIGHT / 2];
  const bend = Math.max(32, Math.abs(x2 - x1) / 2);
  setAttribute(path, "d", `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`);
  setAttribute(path, "stroke-width", (1.5 + Math.log10(1 + (link.rate ?? 0)) * 1.6).toFixed(1));
  element.classList.toggle("near", near);
  element.classList.toggle("idle", link.rate === 0);
  const at = { start: [x1 + 8, y1], middle: [(x1 + x2) / 2, (y1 + y2) / 2], end: [x2 - 8, y2] }[side];
  setAttribute(text, "text-anchor", side);
  setAttribute(text, "x", String(Math.round(at[0] ?? 0)));
  setAttribute(text, "y", String(Math.round((at[1] ?? 0) - 8)));
  setText(text, link.rate ? `${brief(link.rate)}/s` : "");
}
