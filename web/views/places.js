/** The places of the page: what flows, the lists, the broker. Which one is open is in the address bar. */

import { $, setAttribute, setText } from "../dom.js";
import { count } from "../format.js";
import { chosen, onView } from "../state.js";

/** @import {Place, Selection} from "../types.js" */

/** @type {Place[]} */
export const LISTS = ["groups", "transactions", "connections"];

/** Whether a selection is a place of its own, and no box of the flow. @param {Selection|null} selection */
export const isPlace = (selection) => selection !== null && (isList(selection) || selection.kind === "broker");

/** @param {Selection} selection */
export const isList = (selection) => LISTS.some((list) => list === selection.kind);

/** Starts it. */
export function startPlaces() {
  onView((view) => setText($("place-groups-count"), view.groups.length > 0 ? count(view.groups.length) + (view.groups.length >= 200 ? "+" : "") : ""));
}

/** Marks the place that is open. */
export function drawPlace() {
  const selected = chosen();
  const open = selected && isPlace(selected) ? selected.kind : "flow";
  document.body.dataset.place = open;
  for (const link of $("places").querySelectorAll("a")) setAttribute(link, "aria-current", link.id === `place-${open}` ? "page" : null);
}
