/** Small parts that tables share. */

import { h } from "../dom.js";
import { count } from "../format.js";
import { hash } from "../state.js";

/** @import {Selection} from "../types.js" */

/** A link to what can be selected. @param {Selection} selection @param {string} [text] */
export const linkTo = (selection, text = selection.ref) =>
  h("a", { class: "row-link", href: hash(selection), title: text }, text || "(no name)");

/** A state with its colour and its word. @param {string} word @param {"ok"|"off"|"warn"|"bad"} level @param {string} [why] */
export const mark = (word, level, why = "") => h("span", { class: "mark", "data-level": level, title: why || null }, word);

/** `0–4, 7`: partitions in short. @param {number[]} numbers */
export function ranges(numbers) {
  /** @type {[number, number][]} */
  const spans = [];
  for (const number of numbers) {
    const last = spans.at(-1);
    if (last && last[1] + 1 === number) last[1] = number;
    else spans.push([number, number]);
  }
  return spans.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(", ");
}

/** `topic 0–4, 7 · other 2`. @param {{topic: string, partitions: number[]}[]} assignment */
export const assigned = (assignment) => assignment.map(({ topic, partitions }) => `${topic} ${ranges(partitions)}`).join(" · ");

/** `3 of 10,000`. @param {number} shown @param {number} all */
export const of = (shown, all) => (shown === all ? count(all) : `${count(shown)} of ${count(all)}`);
