/** A consumer group in full: its lag over the time it is looked at, where it stands in each partition, who its members are. */

import { $, h, keyed, setAttribute, setText } from "../dom.js";
import { count, duration, plural, short, time } from "../format.js";
import { assigned, linkTo, mark } from "./cells.js";
import { Chart } from "./chart.js";

/** @import {Group, GroupDetail, GroupPartition, Member} from "../types.js" */

/** Points of lag kept: ten minutes at two a second. */
const KEPT = 1200;
/** Partitions that have a line of their own. */
const LINES = 8;

/** @type {Chart|null} */
let chart = null;
let group = "";
/** @type {GroupDetail|null} */
let shown = null;
let now = 0;
/** @type {{at: number, total: number, lags: Map<string, number>}[]} */
let past = [];

/** Starts it. */
export function startGroup() {
  chart = new Chart("Records behind, over time", { format: short });
  $("lag-chart").append(chart.element);
}

/** Begins with another group, or none. @param {string} id */
export function openGroup(id) {
  if (id === group) return;
  [group, shown, past] = [id, null, []];
  chart?.set([], []);
  draw();
}

/** Takes what came. @param {GroupDetail} detail */
export function feedGroup(detail) {
  if (detail.id !== group) return;
  shown = detail;
  draw();
}

/** Lets the time run: a lag that stays is a line as well. @param {number} now_ms */
export function drawGroup(now_ms) {
  if (!shown || group === "" || now_ms === now) return;
  now = now_ms;
  past.push({ at: now / 1000, total: shown.lag_total, lags: new Map(shown.partitions.map((one) => [name(one), one.lag ?? 0])) });
  if (past.length > KEPT) past.shift();
  drawChart();
  draw();
}

/** @param {GroupPartition} partition */
const name = ({ topic, partition }) => `${topic}-${partition}`;

function drawChart() {
  const xs = past.map(({ at }) => at);
  const worst = [...(past.at(-1)?.lags ?? [])].sort((a, b) => b[1] - a[1]).slice(0, LINES - 1).map(([name]) => name).sort();
  const lines = (shown?.partitions.length ?? 0) > 1 ? worst : [];
  chart?.set(xs, [
    { name: lines.length > 0 ? "all partitions" : "lag", ys: past.map(({ total }) => total) },
    ...lines.map((name) => ({ name, ys: past.map(({ lags }) => lags.get(name) ?? null) })),
  ]);
}

/** What a group is, for the head. @param {Group} group */
export function groupFacts({ lag_total, lag_growth, state, members }) {
  const change = lag_total === 0 ? 0 : Math.round(lag_growth);
  const facts = [
    { label: "Lag", value: count(lag_total), word: "lag" },
    { label: change < 0 ? "Lag shrinks by" : "Lag grows by", value: `${short(Math.abs(change))}/s` },
    { label: "State", value: state },
    { label: "Members", value: count(members) },
  ];
  if (!shown) return facts;
  const { protocol, assignor, epoch, since_ms } = shown;
  facts.push({ label: "Protocol", value: assignor ? `${protocol}, ${assignor}` : protocol, word: protocol });
  facts.push({ label: protocol === "consumer" ? "Epoch" : "Generation", value: String(epoch), word: "epoch" });
  if (since_ms !== null) facts.push({ label: state === "Stable" ? "Last rebalance" : "In this state", value: `${duration(Math.max(0, Math.floor((now - since_ms) / 1000) * 1000))}${state === "Stable" ? " ago" : ""}` });
  return facts;
}

function draw() {
  const partitions = shown?.partitions ?? [];
  const top = Math.max(1, ...partitions.map(({ lag }) => lag ?? 0));
  keyed($("lag-body"), partitions, name, createLag, (row, one) => updateLag(row, one, top));
  const more = (shown?.partitions_total ?? 0) - partitions.length;
  const none = "It has committed no offset and reads no partition. It does with its first poll.";
  setText($("lag-more"), shown === null ? "Asking for the group …" : partitions.length === 0 ? none : more > 0 ? `${plural(more, "more partition")}, with less lag` : "");
  $("lag-table").hidden = partitions.length === 0;
  $("lag-chart").hidden = partitions.length === 0;
  const members = shown?.members ?? [];
  keyed($("members-body"), members, ({ id }) => id, createMember, updateMember);
  const others = (shown?.members_total ?? 0) - members.length;
  const nobody = "Nobody reads for this group now. Its offsets stay until they expire (offsets.retention.minutes).";
  setText($("members-more"), shown === null ? "" : members.length === 0 ? nobody : others > 0 ? `${plural(others, "more member")} not shown` : "");
  $("members-table").hidden = members.length === 0;
}

/** @param {GroupPartition} partition */
const createLag = ({ topic, partition }) =>
  h("tr", {}, h("td", {}, linkTo({ kind: "topic", ref: topic })), h("td", { class: "is-number" }, String(partition)), h("td", { class: "is-number" }), h("td", { class: "is-number" }), h("td", { class: "is-number" }), h("td", {}, h("div", { class: "lag-bar" }, h("i"))), h("td"), h("td", { class: "member-id" }));

/** @param {HTMLElement} row @param {GroupPartition} partition @param {number} top */
function updateLag(row, { committed, end, start, lag, committed_ms, member }, top) {
  const [, , at, last, behind, bar, when, who] = row.children;
  if (!at || !last || !behind || !bar?.firstElementChild || !when || !who) return;
  setText(at, committed === null ? "none" : count(committed));
  setAttribute(at, "title", committed !== null && committed < start ? "Records behind it are gone already: retention was faster." : null);
  setText(last, count(end));
  setText(behind, lag === null ? "–" : count(lag));
  const width = `${Math.round(((lag ?? 0) / top) * 100)}%`;
  const line = bar.firstElementChild.firstElementChild;
  if (line instanceof HTMLElement && line.style.width !== width) line.style.width = width;
  setText(when, committed_ms === null ? "" : time(committed_ms));
  setText(who, member ?? "nobody");
}

/** @param {Member} member */
const createMember = ({ id }) => h("tr", {}, h("td", { class: "member-id", title: id }, id), h("td"), h("td"), h("td"), h("td", { class: "is-number" }), h("td", { class: "assignment" }));

/** @param {HTMLElement} row @param {Member} member */
function updateMember(row, { instance_id, client_id, host, epoch, assignment, target }) {
  const [, client, from, instance, at, reads] = row.children;
  if (!client || !from || !instance || !at || !reads) return;
  setText(client, client_id || "(none)");
  setText(from, host);
  setText(instance, instance_id ?? "");
  setText(at, epoch === null ? "" : String(epoch));
  const parts = [h("span", {}, assigned(assignment) || "nothing"), target ? mark(`to be ${assigned(target) || "nothing"}`, "warn", "The group is on its way to this assignment.") : null];
  const next = h("div", {}, ...parts);
  if (!reads.firstChild?.isEqualNode(next)) reads.replaceChildren(next);
}
