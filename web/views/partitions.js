/** A topic's partitions: what each holds, segment by segment, and what retention lets go next, and when. */

import { $, h, keyed, setAttribute, setText } from "../dom.js";
import { bytes, count, duration, plural, time } from "../format.js";
import { filesOf } from "./files.js";
import { explain } from "./words.js";

/** @import {Partition, Partitions, Retention} from "../types.js" */

let topic = "";
/** @type {Partitions|null} */
let shown = null;
/** The server's clock, as the last view told it. */
let now = 0;
/** Partitions whose files are shown. @type {Set<number>} */
const opened = new Set();

/** Starts it. */
export function startPartitions() {
  addEventListener("zonechange", draw);
}

/** Begins with another topic, or none. @param {string} name */
export function openPartitions(name) {
  if (name === topic) return;
  topic = name;
  shown = null;
  opened.clear();
  draw();
}

/** Takes what came. @param {Partitions} partitions */
export function feedPartitions(partitions) {
  if (partitions.topic !== topic) return;
  shown = partitions;
  draw();
}

/** Lets the times run. @param {number} now_ms */
export function drawDepartures(now_ms) {
  now = now_ms;
  draw();
}

function draw() {
  drawRules(shown?.retention ?? null);
  const rows = (shown?.partitions ?? []).flatMap((partition) => {
    const files = { partition, files: true };
    return opened.has(partition.index) ? [{ partition, files: false }, files] : [{ partition, files: false }];
  });
  keyed(
    $("partitions-body"),
    rows,
    ({ partition, files }) => `${topic}\n${partition.index}${files ? " files" : ""}`,
    ({ partition, files }) => (files ? filesRow(partition) : createRow(partition)),
    (row, { partition, files }) => files || updateRow(row, partition),
  );
  const more = (shown?.partitions_total ?? 0) - (shown?.partitions.length ?? 0);
  setText($("partitions-more"), shown === null ? "Asking for the partitions …" : more > 0 ? `${plural(more, "more partition")} not shown` : "");
}

/** @param {Retention|null} retention */
function drawRules(retention) {
  keyed(
    $("retention"),
    retention ? rules(retention) : [],
    ({ label }) => label,
    ({ label, word }) => h("div", { class: "fact", title: explain(word) }, h("dt", {}, label), h("dd")),
    (element, { value }) => {
      const text = element.querySelector("dd");
      if (text) setText(text, value);
    },
  );
}

/** @param {Retention} retention */
const rules = ({ retention_ms, retention_bytes, segment_ms, segment_bytes, check_interval_ms, next_check_ms }) => [
  { label: "retention.ms", value: retention_ms === null ? "for ever" : duration(retention_ms), word: "retention.ms" },
  { label: "retention.bytes", value: retention_bytes === null ? "no limit" : bytes(retention_bytes), word: "retention.bytes" },
  { label: "segment.ms", value: duration(segment_ms), word: "segment.ms" },
  { label: "segment.bytes", value: bytes(segment_bytes), word: "segment.bytes" },
  { label: "Next check", value: `${soon(next_check_ms)}, every ${duration(check_interval_ms)}`, word: "check" },
];

/** @param {number} at */
const soon = (at) => (at - now < 1000 ? "now" : `in ${duration(Math.ceil((at - now) / 1000) * 1000)}`);

/** @param {Partition} partition */
const createRow = ({ index }) =>
  h("tr", { class: "partition-row", tabindex: "0", "aria-expanded": "false", title: "Its files (Enter)", onclick: () => toggle(index), onkeydown: (event) => event.key === "Enter" && toggle(index) },
    h("td", { class: "is-number" }, String(index)),
    h("td", { class: "offsets" }),
    h("td", { class: "is-number last-stable" }),
    h("td", { class: "is-number" }),
    h("td", { class: "is-number" }),
    h("td", {}, h("div", { class: "segments" })),
    h("td", { class: "departure" }));

/** @param {number} index */
function toggle(index) {
  if (!opened.delete(index)) opened.add(index);
  draw();
}

/** @param {Partition} partition */
const filesRow = ({ index }) => h("tr", { class: "files-row" }, h("td", { colspan: "7" }, filesOf(topic, index)));

/** @param {HTMLElement} row @param {Partition} partition */
function updateRow(row, partition) {
  const [, offsets, stable, epoch, size, segments, departure] = row.children;
  if (!offsets || !stable || !epoch || !size || !segments?.firstElementChild || !departure) return;
  setText(offsets, partition.online ? span(partition) : "");
  const unsynced = partition.log_end - partition.end;
  setAttribute(offsets, "title", `${plural(partition.end - partition.start, "record")}: log start offset ${partition.start}, high watermark ${partition.end}${unsynced > 0 ? `, ${plural(unsynced, "record")} not yet on disk` : ""}`);
  setAttribute(row, "aria-expanded", String(opened.has(partition.index)));
  const held = partition.end - partition.last_stable;
  setText(stable, partition.online ? count(partition.last_stable) : "");
  setAttribute(stable, "data-level", held > 0 ? "warn" : null);
  setAttribute(stable, "title", held > 0 ? `An open transaction holds ${plural(held, "record")} back.` : null);
  setText(epoch, partition.online ? String(partition.leader_epoch) : "");
  setText(size, partition.online ? bytes(partition.size_bytes) : "");
  drawSegments(segments.firstElementChild, partition);
  const { text, why } = fate(partition);
  setText(departure, text);
  setAttribute(departure, "title", why);
  setAttribute(departure, "data-goes", partition.next ? "" : null);
}

/** @param {Element} place @param {Partition} partition */
function drawSegments(place, { segments, segments_total, next }) {
  keyed(
    place,
    segments,
    ({ start }) => String(start),
    () => h("i"),
    (block, segment) => {
      block.style.flexGrow = String(Math.max(1, segment.size_bytes));
      const newest = segment.newest_ms === null ? "no timestamps" : `youngest record ${time(segment.newest_ms)}`;
      const kind = segment.active ? ", the one that is written to" : "";
      setAttribute(block, "title", `segment ${span(segment)}, ${bytes(segment.size_bytes)}, ${newest}${kind}`);
      setAttribute(block, "data-next", next && segment === segments[0] ? "" : null);
      setAttribute(block, "data-active", segment.active ? "" : null);
    },
  );
  setAttribute(place, "title", plural(segments_total, "segment"));
}

/** @param {{start: number, end: number}} of */
const span = ({ start, end }) => (end > start ? `${start}..${end - 1}` : `empty at ${end}`);

/** What becomes of a partition's oldest segment, and why. @param {Partition} partition */
function fate({ online, segments, next, room }) {
  const oldest = segments[0];
  if (!online) return { text: "its log could not be opened", why: "The server's own log says why." };
  if (!oldest) return { text: "nothing is held", why: explain("segment") };
  if (!next) return kept(room);
  const which = `segment ${span(oldest)}, ${bytes(oldest.size_bytes)}, goes ${soon(next.at_ms)}`;
  const until = room !== null && next.reason === "retention.ms" ? ` or with ${bytes(room)} more` : "";
  const reason = next.reason === "deleted" ? "its records were deleted" : next.reason;
  const younger = oldest.active ? " It is still written to: a record that comes keeps it longer." : "";
  return { text: `${which}${until} (${reason})`, why: `${explain(next.reason) ?? explain("segment")} ${explain("check")}${younger}` };
}

/** @param {number|null} room */
function kept(room) {
  if (shown && !shown.retention.deletes) return { text: "kept: cleanup.policy is compact", why: "Without delete in cleanup.policy nothing goes by age or size." };
  if (room !== null) return { text: `kept: retention.bytes not reached, ${bytes(room)} more may come`, why: explain("retention.bytes") };
  if (shown?.retention.retention_ms === null) return { text: "kept for ever", why: "Neither retention.ms nor retention.bytes sets a limit." };
  return { text: "kept: its records have no timestamp", why: explain("retention.ms") };
}
