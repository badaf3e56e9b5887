/** A topic's tail: what comes, newest on top. Pausing keeps the rows; a busy topic is sampled and says so. */

import { $, h, keyed, setAttribute, setText } from "../dom.js";
import { count, plural, rate, toggleZone, zone } from "../format.js";
import { compile } from "./filter.js";
import { details, line } from "./tail-row.js";

/** @import {TailPiece, TailRecord} from "../types.js" */

/** Records kept, for the filter to look at; rows shown of them. */
const KEPT = 2000;
const SHOWN = 200;

let topic = "";
/** @type {TailRecord[]} */
let records = [];
/** What came while paused, kept apart. @type {TailRecord[]} */
let waiting = [];
let paused = false;
let missed = 0;
/** The last second's pieces: when, how many came, how many of them were sent. @type {[number, number, number][]} */
let recent = [];
/** Rows that are open stay so. @type {Set<string>} */
const open = new Set();
let filter = compile("");

/** Starts it. */
export function startTail() {
  const input = /** @type {HTMLInputElement} */ ($("filter"));
  input.addEventListener("input", () => {
    filter = compile(input.value);
    setText($("filter-problem"), filter.problem);
    draw();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" || event.key === "Enter") input.blur();
  });
  $("pause").addEventListener("click", togglePause);
  $("tail-zone").addEventListener("click", () => {
    toggleZone();
    dispatchEvent(new Event("zonechange"));
  });
  addEventListener("zonechange", () => {
    keyed($("tail-body"), [], String, () => h("tr"));
    draw();
  });
}

/** Begins with another topic, or none. @param {string} name */
export function openTail(name) {
  if (name === topic) return;
  topic = name;
  records = [];
  waiting = [];
  recent = [];
  missed = 0;
  open.clear();
  setPaused(false);
  draw();
}

/** Takes what came. @param {TailPiece} piece */
export function feedTail(piece) {
  if (piece.topic !== topic) return;
  if (piece.first) {
    // After a lost connection the newest records come again: only what is not here yet is new.
    const known = new Set(records.map(place));
    piece.records = piece.records.filter((record) => !known.has(place(record)));
  } else {
    recent.push([performance.now(), piece.arrived, piece.records.length]);
  }
  if (paused) {
    waiting = [...piece.records, ...waiting].slice(0, KEPT);
    missed += piece.first ? 0 : piece.arrived;
  } else {
    records = [...piece.records, ...records].slice(0, KEPT);
  }
  draw();
}

/** Stops the rows from moving, or lets what came since in. */
export function togglePause() {
  setPaused(!paused);
  draw();
}

/** @param {boolean} value */
function setPaused(value) {
  paused = value;
  if (!paused) {
    records = [...waiting, ...records].slice(0, KEPT);
    waiting = [];
    missed = 0;
  }
  $("pause").setAttribute("aria-pressed", String(paused));
  setText($("pause-label"), paused ? "Go on" : "Pause");
}

/** @param {string} key */
function toggle(key) {
  if (!open.delete(key)) open.add(key);
  draw();
}

/** @param {TailRecord} record */
const place = (record) => `${record.partition}:${record.offset}`;

function draw() {
  const passing = records.filter(filter.test);
  const rows = passing.slice(0, SHOWN);
  const lines = rows.flatMap((record) => {
    const key = place(record);
    return open.has(key) ? [{ key, record, more: false }, { key: `${key} more`, record, more: true }] : [{ key, record, more: false }];
  });
  keyed(
    $("tail-body"),
    lines,
    ({ key }) => key,
    ({ key, record, more }) => (more ? details(record) : line(record, () => toggle(key))),
    (element, { key, more }) => more || setAttribute(element, "aria-expanded", String(open.has(key))),
  );
  $("panel-tail").classList.toggle("no-headers", !records.some((record) => record.headers.length > 0));
  setText($("tail-zone"), zone());
  setText($("tail-state"), summary(passing.length));
  const empty = records.length === 0 ? "Nothing has come yet. Records appear here as they arrive." : "No record here passes the filter.";
  setText($("tail-empty"), rows.length === 0 ? empty : "");
}

/** @param {number} passing */
function summary(passing) {
  const now = performance.now();
  recent = recent.filter(([at]) => now - at < 1250).slice(-2);
  const came = recent.reduce((sum, [, arrived]) => sum + arrived, 0);
  const sent = recent.reduce((sum, [, , shown]) => sum + shown, 0);
  const filtered = /** @type {HTMLInputElement} */ ($("filter")).value.trim() !== "";
  const match = filtered ? `${count(passing)} of the last ${plural(records.length, "record")} · ` : "";
  if (paused) return `${match}paused, ${count(missed)} came since`;
  if (came > sent) return `${match}sampled: ${count(sent)} of ${rate(came)}`;
  return `${match}${rate(came)}`;
}
