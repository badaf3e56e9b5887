/** A query's result as a live table and the chart that it asks for. */

import { $, h, keyed, setText } from "../dom.js";
import { count, exact, plural, short, span, time, zone } from "../format.js";
import { choose, plot } from "./chart-choice.js";
import { Chart } from "./chart.js";

/** @import {Choice} from "./chart-choice.js" */
/** @import {Column, ResultTable, Value} from "../types.js" */

/** What of a chart can be chosen; each has its select. */
const PARTS = /** @type {const} */ (["x", "series", "y", "as"]);
/** Rows shown. */
const SHOWN = 200;

let query = "";
/** @type {ResultTable|null} */
let table = null;
/** What the user chose instead. @type {Partial<Choice>} */
let chosen = {};
/** The last texts of each row, to mark what changed. @type {Map<string, string[]>} */
let before = new Map();
/** @type {Chart|null} */
let chart = null;

/** Starts it. */
export function startResult() {
  for (const part of PARTS) {
    $(`chart-${part}`).addEventListener("change", (event) => {
      chosen = { ...chosen, [part]: /** @type {HTMLSelectElement} */ (event.target).value };
      drawChart();
    });
  }
  addEventListener("zonechange", () => table && feedResult(table));
}

/** Begins with another query, or none. @param {string} id */
export function openResult(id) {
  if (id === query) return;
  query = id;
  table = null;
  chosen = {};
  before = new Map();
  $("result-head").replaceChildren();
  keyed($("result-body"), [], String, () => h("tr"));
  setText($("result-state"), "");
  drawChart();
}

/** Takes a result. @param {ResultTable} next */
export function feedResult(next) {
  table = next;
  drawTable(next);
  drawChart();
}

/** @param {ResultTable} table */
function drawTable(table) {
  const timed = (/** @type {Column} */ column) => column.kind === "time" || column.kind === "window";
  $("result-head").replaceChildren(
    h("tr", {}, ...table.columns.map((column) =>
      h("th", { scope: "col", class: `is-${column.kind}`, title: column.data_type }, column.name, h("small", {}, timed(column) ? zone() : shortType(column.data_type))))),
  );
  const rows = table.rows.slice(0, SHOWN).map((row) => ({ key: rowKey(table.columns, row), texts: row.map((value, at) => cellText(value, table.columns[at])) }));
  const fresh = before.size === 0;
  keyed(
    $("result-body"),
    rows,
    ({ key }) => key,
    ({ texts }) => h("tr", {}, ...texts.map((_, at) => h("td", { class: `is-${table.columns[at]?.kind}` }))),
    (element, { key, texts }) => {
      const old = before.get(key);
      texts.forEach((text, at) => {
        const cell = element.children[at];
        if (!cell) return;
        setText(cell, text);
        cell.classList.toggle("changed", !fresh && old?.[at] !== text);
      });
    },
  );
  before = new Map(rows.map(({ key, texts }) => [key, texts]));
  const more = table.total_rows > rows.length ? `first ${count(rows.length)} of ${plural(table.total_rows, "row")}` : plural(rows.length, "row");
  setText($("result-state"), more);
  setText($("result-empty"), rows.length === 0 ? "No rows yet. In append mode a window shows when the watermark has passed its end." : "");
}

/** What names a row: all but its numbers; those of the same name are told apart by their order. @param {Column[]} columns @param {Value[]} row */
function rowKey(columns, row) {
  const names = row.filter((_, at) => columns[at]?.kind !== "number");
  return JSON.stringify(names.length > 0 ? names : row);
}

/** `struct<…>` says enough in a head. @param {string} type */
const shortType = (type) => (type.length > 16 ? `${type.split(/[<(]/)[0]}` : type).toLowerCase();

/** @param {Value|undefined} value @param {Column|undefined} column */
function cellText(value, column) {
  if (value === null || value === undefined) return "null";
  if (column?.kind === "time" && typeof value === "number") return time(value);
  if (column?.kind === "window" && typeof value === "object" && "start" in value) return span(Number(value.start), Number(value.end));
  if (typeof value === "number") return exact(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function drawChart() {
  const place = $("result-chart");
  if (!table) {
    place.replaceChildren();
    $("chart-choice").hidden = true;
    return;
  }
  const choice = { ...choose(table), ...chosen };
  drawChoice(table, choice);
  const shown = plot(table, choice);
  if (shown.kind === "lines") {
    if (!chart) chart = new Chart("Chart of the result", { format: short, area: true });
    if (chart.element.parentElement !== place) place.replaceChildren(chart.element);
    chart.set(shown.xs, shown.series, shown.columns);
    return;
  }
  place.replaceChildren(shown.kind === "bars" ? barList(shown.bars) : h("p", { class: "empty" }, shown.why));
}

/** @param {{name: string, value: number}[]} bars */
function barList(bars) {
  const top = Math.max(...bars.map(({ value }) => value), 1);
  const list = h("ol", { class: "bars", "aria-label": "Chart of the result" });
  for (const { name, value } of bars) {
    const bar = h("i");
    bar.style.width = `${Math.max(0, (value / top) * 100).toFixed(1)}%`;
    list.append(h("li", {}, h("span", { title: name }, name), h("span", { class: "bar" }, bar), h("b", {}, exact(value))));
  }
  return list;
}

/** @param {ResultTable} table @param {Choice} choice */
function drawChoice(table, choice) {
  const names = (/** @type {Column["kind"][]} */ ...kinds) => table.columns.filter((column) => kinds.includes(column.kind)).map((column) => column.name);
  /** @type {Record<keyof Choice, string[]>} */
  const lists = { x: ["", ...names("window", "time")], series: ["", ...names("text", "boolean", "number")], y: names("number"), as: ["columns", "lines"] };
  for (const part of PARTS) {
    const select = /** @type {HTMLSelectElement} */ ($(`chart-${part}`));
    const options = lists[part];
    keyed(select, options, (name) => name, (name) => h("option", { value: name }, name || "none"));
    if (select.value !== choice[part]) select.value = choice[part];
  }
  // Without time there is one way to draw: a bar for each name.
  const drawn = $("chart-as").parentElement;
  if (drawn) drawn.hidden = choice.x === "";
  $("chart-choice").hidden = lists.y.length === 0;
}
