/**
 * What the page knows, in one place: the last view, histories, what is selected. Views listen; nobody else changes it.
 */

/** @import {Selection, View} from "./types.js" */

/** Points of history: a minute at two a second. */
const HISTORY = 120;

/** @type {{view: View|null, seenAt: number, in: number[], out: number[], topics: Map<string, number[]>}} */
export const state = { view: null, seenAt: 0, in: [], out: [], topics: new Map() };

/** @type {Set<(view: View) => void>} */
const listeners = new Set();

/** Calls `listener` with each view. @param {(view: View) => void} listener */
export function onView(listener) {
  listeners.add(listener);
  if (state.view) listener(state.view);
}

/** Takes a view from the server. @param {View} view */
export function setView(view) {
  state.view = view;
  state.seenAt = performance.now();
  if (view.history) {
    state.in = view.history.records_in;
    state.out = view.history.records_out;
  } else {
    push(state.in, view.totals.records_in);
    push(state.out, view.totals.records_out);
  }
  for (const topic of view.topics) {
    if (topic.history) state.topics.set(topic.name, topic.history);
    else {
      const history = state.topics.get(topic.name) ?? [];
      push(history, topic.traffic.records_in);
      state.topics.set(topic.name, history);
    }
  }
  if (state.topics.size > 2 * view.topics.length + 10) {
    const names = new Set(view.topics.map((topic) => topic.name));
    for (const name of state.topics.keys()) if (!names.has(name)) state.topics.delete(name);
  }
  listeners.forEach((listener) => listener(view));
}

/** @param {number[]} history @param {number} value */
function push(history, value) {
  history.push(value);
  if (history.length > HISTORY) history.shift();
}

/** @type {Set<(selection: Selection|null) => void>} */
const selectListeners = new Set();

/** Selections that are a place of their own; what they refer to is a text to find. */
const PLACES = ["groups", "transactions", "connections", "broker"];

/** What the address bar says is selected. @returns {Selection|null} */
export function chosen() {
  const match = /^#(topic|query|group|client|groups|transactions|connections|broker)(?:\/(.*))?$/.exec(location.hash);
  if (!match) return null;
  try {
    return { kind: /** @type {Selection["kind"]} */ (match[1]), ref: decodeURIComponent(match[2] ?? "") };
  } catch {
    return null;
  }
}

/** The address bar's part for a selection. @param {Selection} selection */
export const hash = ({ kind, ref }) => (PLACES.includes(kind) && ref === "" ? `#${kind}` : `#${kind}/${encodeURIComponent(ref)}`);

/** Selects, or with null nothing; the address bar keeps it. @param {Selection|null} selection */
export function select(selection) {
  const next = selection ? hash(selection) : "#";
  if (location.hash !== next) location.hash = next;
}

/** Calls `listener` whenever the selection changes. @param {(selection: Selection|null) => void} listener */
export function onSelect(listener) {
  selectListeners.add(listener);
}

addEventListener("hashchange", () => selectListeners.forEach((listener) => listener(chosen())));
