/** From a view to boxes and edges: who writes to what, who reads it, and the one number that matters of each. */

import { count, duration, plural, short } from "../format.js";

/** @import {Client, Endpoint, Group, Health, Query, Selection, Topic, View} from "../types.js" */

/**
 * @typedef {object} Box
 * @property {string} id
 * @property {string} icon
 * @property {string} kind what it is, in a word
 * @property {string} name
 * @property {string} number the one that matters
 * @property {string} unit
 * @property {string} note what else there is to say in a line
 * @property {Health} health
 * @property {Selection|null} target what a click selects; null opens or closes the rest of the topics
 * @property {string} [spark] the topic whose last minute it shows
 * @property {number} rank the column
 *
 * @typedef {{from: string, to: string, rate: number|null}} Link
 * @typedef {{boxes: Box[], links: Link[]}} Graph
 */

/** Topics that nobody is connected to and that are drawn all the same; the rest is folded into one box. */
const LONERS = 3;

/** @type {Health} */
const WELL = { level: "ok", reason: "" };
/** @type {Health} */
const OFF = { level: "off", reason: "" };

/**
 * @param {View} view
 * @param {{all: boolean, selected: Selection|null}} shown
 * @returns {Graph}
 */
export function graph(view, shown) {
  /** @type {Map<string, Box>} */
  const boxes = new Map();
  /** @type {Link[]} */
  const links = [];
  const groups = new Map(view.groups.map((group) => [group.id, group]));

  view.queries.forEach((query) => addQuery(boxes, links, query, view.now_ms));
  view.groups.forEach((group) => addGroup(boxes, links, group, view.clients));
  view.clients.forEach((client) => addClient(boxes, links, client, groups));
  addTopics(boxes, links, view, shown);
  const known = links.filter((link) => boxes.has(link.from) && boxes.has(link.to));
  rank([...boxes.values()], known);
  return { boxes: [...boxes.values()], links: known };
}

/** A query's own name, or the beginning of its id. @param {Query} query */
export const queryName = (query) => query.name || `query ${query.id.slice(0, 8)}`;

/** @param {Map<string, Box>} boxes @param {Link[]} links @param {Query} query @param {number} now */
function addQuery(boxes, links, query, now) {
  const id = `query/${query.id}`;
  const target = /** @type {Selection} */ ({ kind: "query", ref: query.id });
  const running = query.state === "running";
  boxes.set(id, {
    id, icon: "query", kind: "query", name: queryName(query), target, rank: 2,
    number: running ? short(query.rate_in) : query.state, unit: running ? "rows/s" : "",
    note: watermarkAge(query, now), health: query.health,
  });
  const alone = query.sources.length === 1;
  query.sources.forEach((source, place) => {
    const from = source.topic !== null ? `topic/${source.topic}` : `source/${query.id}/${place}`;
    if (source.topic === null) boxes.set(from, endBox(from, "source", source, target, alone ? query.rate_in : null));
    links.push({ from, to: id, rate: alone ? query.rate_in : null });
  });
  const to = query.sink.topic !== null ? `topic/${query.sink.topic}` : `sink/${query.id}`;
  if (query.sink.topic === null) boxes.set(to, endBox(to, "sink", query.sink, target, query.rate_out));
  links.push({ from: id, to, rate: query.rate_out });
}

/** @param {Query} query @param {number} now */
function watermarkAge(query, now) {
  if (query.state !== "running") return plural(query.batches, "batch", "batches");
  if (query.watermark_ms === null || query.watermark_ms <= 0) {
    return query.batch_ms === null ? query.output_mode : `batch ${duration(query.batch_ms)}`;
  }
  const age = now - query.watermark_ms;
  // A replay of old data has an old watermark: its age says nothing there, its distance to the newest event does.
  if (age < 86_400_000) return `watermark ${duration(Math.max(0, age))} ago`;
  const behind = (query.max_event_time_ms ?? query.watermark_ms) - query.watermark_ms;
  return `watermark ${duration(Math.max(0, behind))} behind`;
}

/** @param {string} id @param {"source"|"sink"} icon @param {Endpoint} end @param {Selection} target @param {number|null} rows @returns {Box} */
function endBox(id, icon, end, target, rows) {
  return { id, icon, kind: icon, name: end.label ?? end.kind, number: rows === null ? "" : short(rows), unit: rows === null ? "" : "rows/s", note: `${end.kind} ${icon}`, health: WELL, target, rank: icon === "source" ? 1 : 3 };
}

/** @param {Map<string, Box>} boxes @param {Link[]} links @param {Group} group @param {Client[]} clients */
function addGroup(boxes, links, group, clients) {
  const id = `group/${group.id}`;
  const members = clients.filter((client) => client.group === group.id);
  const software = members.find((client) => client.software)?.software;
  boxes.set(id, {
    id, icon: "group", kind: "group", name: group.id, number: short(group.lag_total), unit: "lag",
    note: [plural(group.members, "member"), software].filter(Boolean).join(" · "),
    health: group.health, target: { kind: "group", ref: group.id }, rank: 2,
  });
  const topics = new Set(group.lag.map((lag) => lag.topic));
  members.forEach((client) => client.reads.forEach((read) => topics.add(read.topic)));
  for (const topic of topics) {
    const reads = members.flatMap((client) => client.reads.filter((read) => read.topic === topic));
    const sum = reads.reduce((total, read) => total + read.rate, 0);
    links.push({ from: `topic/${topic}`, to: id, rate: sum });
  }
}

/** @param {Map<string, Box>} boxes @param {Link[]} links @param {Client} client @param {Map<string, Group>} groups */
function addClient(boxes, links, client, groups) {
  const target = /** @type {Selection} */ ({ kind: "client", ref: client.client_id });
  const name = client.client_id || "(no client id)";
  const health = client.connections > 0 ? WELL : OFF;
  const note = client.connections > 0 ? client.software || client.peer || "client" : "has left";
  const box = (/** @type {string} */ id, /** @type {string} */ icon, /** @type {number} */ sum) =>
    boxes.set(id, { id, icon, kind: icon === "client" ? "producer" : "reader", name, number: short(sum), unit: "/s", note, health, target, rank: icon === "client" ? 0 : 2 });
  if (client.writes.length > 0) {
    const id = `client/${client.client_id}`;
    box(id, "client", client.writes.reduce((sum, edge) => sum + edge.rate, 0));
    client.writes.forEach((edge) => links.push({ from: id, to: `topic/${edge.topic}`, rate: edge.rate }));
  }
  if (client.reads.length > 0 && !(client.group !== null && groups.has(client.group))) {
    const id = `reader/${client.client_id}`;
    box(id, "reader", client.reads.reduce((sum, edge) => sum + edge.rate, 0));
    client.reads.forEach((edge) => links.push({ from: `topic/${edge.topic}`, to: id, rate: edge.rate }));
  }
}

/** @param {Map<string, Box>} boxes @param {Link[]} links @param {View} view @param {{all: boolean, selected: Selection|null}} shown */
function addTopics(boxes, links, view, shown) {
  const linked = new Set(links.flatMap((link) => [link.from, link.to]));
  const selected = shown.selected?.kind === "topic" ? shown.selected.ref : null;
  const alone = view.topics.filter((topic) => !linked.has(`topic/${topic.name}`) && topic.name !== selected);
  alone.sort((a, b) => b.traffic.records_in - a.traffic.records_in || a.name.localeCompare(b.name));
  const folded = new Set(shown.all || alone.length <= LONERS + 1 ? [] : alone.slice(LONERS));
  for (const topic of view.topics) if (!folded.has(topic)) boxes.set(`topic/${topic.name}`, topicBox(topic));
  const hidden = folded.size + view.topics_total - view.topics.length;
  const open = shown.all && alone.length > LONERS + 1;
  if (hidden > 0 || open) {
    const sum = [...folded].reduce((total, topic) => total + topic.traffic.records_in, 0);
    boxes.set("more", {
      id: "more", icon: "more", kind: "topics", name: open ? "Show fewer topics" : `${count(hidden)} more topics`,
      number: open ? "" : short(sum), unit: open ? "" : "/s", note: open ? "fold the quiet ones" : "show all", health: WELL, target: null, rank: 1,
    });
  }
}

/** @param {Topic} topic @returns {Box} */
function topicBox(topic) {
  return {
    id: `topic/${topic.name}`, icon: "topic", kind: "topic", name: topic.name, spark: topic.name,
    number: short(topic.traffic.records_in), unit: "/s", note: `${short(topic.records)} records · ${plural(topic.partitions, "partition")}`,
    health: WELL, target: { kind: "topic", ref: topic.name }, rank: 1,
  };
}

/** Columns: each box stands right of what it takes from. A cycle ends after some rounds. @param {Box[]} boxes @param {Link[]} links */
function rank(boxes, links) {
  const byId = new Map(boxes.map((box) => [box.id, box]));
  for (let round = 0; round < 8; round++) {
    let moved = false;
    for (const { from, to } of links) {
      const [left, right] = [byId.get(from), byId.get(to)];
      if (left && right && right.rank <= left.rank) {
        right.rank = left.rank + 1;
        moved = true;
      }
    }
    if (!moved) break;
  }
  const used = [...new Set(boxes.map((box) => box.rank))].sort((a, b) => a - b);
  for (const box of boxes) box.rank = used.indexOf(box.rank);
}

/** What a box says to somebody who does not see it. @param {Box} box */
export const spoken = (box) =>
  `${box.kind} ${box.name}${box.number ? `, ${box.unit === "/s" ? `${box.number} a second` : `${box.number} ${box.unit}`}` : ""}. ${box.health.reason || box.note}`;

