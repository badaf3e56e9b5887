/** The detail of what is selected: its head with its facts, its tabs, and which of them is open. */

import { $, h, keyed, setAttribute, setText } from "../dom.js";
import { bytes, count, duration, plural, rate, short, time, zone } from "../format.js";
import { icon } from "../icons.js";
import { hash, select, state } from "../state.js";
import { queryName } from "./flow-graph.js";
import { groupFacts } from "./group.js";
import { snippetTabs } from "./snippet-tabs.js";
import { explain } from "./words.js";

/** @import {Client, Query, Selection, Topic, View} from "../types.js" */

/** @typedef {{label: string, value: string, word?: string}} Fact */

/** Tabs of each kind; each is a panel of the page's skeleton. @type {Record<string, [string, string][]>} */
const TABS = {
  topic: [["tail", "Tail"], ["partitions", "Partitions"], ["configs", "Settings"], ["produce", "Produce"]],
  query: [["result", "Result"], ["progress", "Progress"]],
  group: [["lag", "Lag"], ["members", "Members"], ["configs", "Settings"]],
  client: [["about", "Topics"]],
};

let shownFor = "";
/** The tab last open, by kind. @type {Record<string, string>} */
const open = { topic: "tail", query: "result", group: "lag", client: "about" };

/** Starts it. */
export function startDetail() {
  $("detail-back").append(icon("back"));
  $("detail-back").addEventListener("click", () => select(null));
  $("stop").addEventListener("click", stop);
}

/** Shows what is selected as it is in a view. @param {Selection|null} selection @param {View} view */
export function drawDetail(selection, view) {
  $("detail").hidden = selection === null;
  if (!selection) return;
  const key = `${selection.kind}/${selection.ref}`;
  if (key !== shownFor) {
    shownFor = key;
    drawTabs(selection, view);
  }
  const found = find(selection, view);
  $("detail-icon").replaceChildren(icon(selection.kind === "client" ? "client" : selection.kind));
  setText($("detail-kind"), selection.kind);
  setText($("detail-name"), found?.title ?? selection.ref);
  drawFacts(found?.facts ?? []);
  const query = found?.query;
  $("stop").hidden = query?.state !== "running";
  const failed = query?.state === "failed" ? query.error ?? "" : "";
  $("detail-error").hidden = failed === "";
  setText($("detail-error"), failed);
  const reason = found ? found.reason : `There is no ${selection.kind} of this name now.`;
  setText($("detail-reason"), failed ? "" : reason);
  setAttribute($("detail-reason"), "data-level", found?.level ?? "warn");
  if (selection.kind === "client") drawAbout(selection, view);
}

/** @param {Selection} selection @param {View} view */
function drawTabs(selection, view) {
  const tabs = TABS[selection.kind] ?? [];
  $("detail-tabs").replaceChildren(...tabs.map(([id, title], at) =>
    h("button", { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `panel-${id}`, title: `${title} (${at + 1})`, onclick: () => openTab(selection.kind, id) }, title)));
  if (selection.kind === "topic") $("panel-produce").replaceChildren(snippetTabs(view.cluster.doors, selection.ref));
  openTab(selection.kind, open[selection.kind] ?? "about");
}

/** @param {Selection["kind"]} kind @param {string} id */
function openTab(kind, id) {
  open[kind] = id;
  for (const panel of document.querySelectorAll(".tab-panel")) {
    if (panel instanceof HTMLElement) panel.hidden = panel.id !== `panel-${id}`;
  }
  for (const tab of $("detail-tabs").children) tab.setAttribute("aria-selected", String(tab.id === `tab-${id}`));
}

/** Opens the tab at a place, for the keyboard. @param {number} at */
export function openTabAt(at) {
  const tab = $("detail-tabs").children[at];
  if (tab instanceof HTMLElement) tab.click();
}

/** @typedef {{title: string, facts: Fact[], level: string, reason: string, query?: Query}} Found */

/** @param {Selection} selection @param {View} view @returns {Found|null} */
function find({ kind, ref }, view) {
  if (kind === "topic") {
    const topic = view.topics.find(({ name }) => name === ref);
    return topic ? { title: ref, facts: topicFacts(topic), level: "ok", reason: "" } : null;
  }
  if (kind === "query") {
    const query = view.queries.find(({ id }) => id === ref);
    return query ? { title: queryName(query), facts: queryFacts(query), ...query.health, query } : null;
  }
  if (kind === "group") {
    const group = view.groups.find(({ id }) => id === ref);
    return group ? { title: ref, facts: groupFacts(group), ...group.health } : null;
  }
  const client = view.clients.find(({ client_id }) => client_id === ref);
  const left = client?.connections === 0;
  return client ? { title: ref || "(no client id)", facts: clientFacts(client), level: "off", reason: left ? "It has left." : "" } : null;
}

/** @param {Topic} topic @returns {Fact[]} */
const topicFacts = ({ traffic, records, size_bytes, partitions }) => [
  { label: "In", value: `${rate(traffic.records_in)} · ${bytes(traffic.bytes_in)}/s` },
  { label: "Out", value: `${rate(traffic.records_out)} · ${bytes(traffic.bytes_out)}/s` },
  { label: "Records", value: count(records) },
  { label: "Size", value: bytes(size_bytes) },
  { label: "Partitions", value: count(partitions), word: "partition" },
];

/** @param {Query} query @returns {Fact[]} */
function queryFacts(query) {
  const facts = [
    { label: "In", value: `${short(query.rate_in)} rows/s` },
    { label: "Out", value: `${short(query.rate_out)} rows/s` },
    { label: "Batch", value: query.batch_ms === null ? "–" : `${duration(query.batch_ms)}${query.trigger_ms ? ` of ${duration(query.trigger_ms)}` : ""}`, word: "batch" },
    { label: "State", value: plural(query.state_rows, "row"), word: "state" },
    { label: "Mode", value: query.output_mode, word: query.output_mode },
  ];
  if (query.watermark_ms !== null && query.watermark_ms > 0) {
    facts.splice(3, 0, { label: `Watermark, ${zone()}`, value: time(query.watermark_ms), word: "watermark" });
  }
  if (query.late_rows > 0) facts.push({ label: "Dropped late", value: count(query.late_rows), word: "watermark" });
  return facts;
}

/** @param {Client} client @returns {Fact[]} */
const clientFacts = (client) => [
  { label: "Library", value: client.software || "not told" },
  { label: "Connections", value: count(client.connections) },
  { label: "From", value: client.peer || "–" },
];

/** @param {Fact[]} facts */
function drawFacts(facts) {
  keyed(
    $("detail-facts"),
    facts,
    ({ label }) => label,
    ({ label, word }) => h("div", { class: "fact", title: word ? explain(word) : null }, h("dt", {}, label), h("dd")),
    (element, { value }) => {
      const text = element.querySelector("dd");
      if (text) setText(text, value);
    },
  );
}

/** @param {Selection} selection @param {View} view */
function drawAbout({ kind, ref }, view) {
  const client = kind === "client" ? view.clients.find(({ client_id }) => client_id === ref) : undefined;
  const rows = [...(client?.writes ?? []).map((edge) => [edge.topic, `writes ${rate(edge.rate)}`]), ...(client?.reads ?? []).map((edge) => [edge.topic, `reads ${rate(edge.rate)}`])];
  keyed(
    $("about-body"),
    rows,
    ([topic, text]) => `${topic}\n${text?.split(" ")[0]}`,
    ([topic]) => h("li", {}, h("button", { type: "button", class: "link", onclick: () => select({ kind: "topic", ref: topic ?? "" }) }, topic ?? ""), h("span")),
    (element, [, text]) => element.lastElementChild && setText(element.lastElementChild, text ?? ""),
  );
  setText($("about-empty"), rows.length > 0 ? "" : "It has written and read nothing lately.");
  setAttribute($("about-connections"), "href", hash({ kind: "connections", ref }));
}

/** Asks first: a query that is stopped does not go on by itself. */
async function stop() {
  const [kind, id] = [shownFor.slice(0, 6), shownFor.slice(6)];
  const query = state.view?.queries.find((query) => query.id === id);
  if (kind !== "query/" || !query) return;
  const dialog = /** @type {HTMLDialogElement} */ ($("stop-dialog"));
  setText($("stop-name"), queryName(query));
  setText($("stop-problem"), "");
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener("close", async () => {
    if (dialog.returnValue !== "stop") return;
    const answer = await fetch(`/api/queries/${encodeURIComponent(id)}/stop`, { method: "POST" }).catch(() => null);
    if (answer?.ok) return;
    const said = await answer?.json().catch(() => null);
    setText($("detail-reason"), said?.error ?? "The server did not answer.");
  }, { once: true });
}
