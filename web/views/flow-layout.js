/**
 * Where boxes stand: columns by rank, inside a column near what they are linked with, so that few edges cross. What
 * nobody is connected to stands below the rest.
 */

/** @import {Box, Graph} from "./flow-graph.js" */

export const BOX_HEIGHT = 84;
const ROW = BOX_HEIGHT + 16;
const WIDEST = 232;
const NARROWEST = 160;
const GAP = 72;
const WIDEST_GAP = 176;

/**
 * @typedef {{x: number, y: number}} Place
 * @typedef {{places: Map<string, Place>, boxWidth: number, width: number, height: number, order: string[]}} Layout
 */

/** @param {Graph} graph @param {number} available the width there is @returns {Layout} */
export function layout(graph, available) {
  const columns = arrange(graph);
  const number = Math.max(columns.length, 1);
  const share = (available - (number - 1) * GAP) / number;
  const boxWidth = Math.round(Math.min(WIDEST, Math.max(NARROWEST, share)));
  const free = number > 1 ? (available - number * boxWidth) / (number - 1) : GAP;
  const gap = Math.round(Math.min(WIDEST_GAP, Math.max(GAP - 28, free)));
  const linked = new Set(graph.links.flatMap(({ from, to }) => [from, to]));
  const linkedIn = (/** @type {string[]} */ column) => column.filter((id) => linked.has(id)).length;
  const middle = Math.max(...columns.map(linkedIn), 0) * ROW;
  /** @type {Map<string, Place>} */
  const places = new Map();
  columns.forEach((column, x) => {
    const number = linkedIn(column);
    const top = (middle - number * ROW) / 2;
    column.forEach((id, y) => {
      const at = y < number ? top + y * ROW : middle + (y - number) * ROW;
      places.set(id, { x: x * (boxWidth + gap), y: Math.round(at) });
    });
  });
  const height = Math.max(...[...places.values()].map(({ y }) => y + BOX_HEIGHT), BOX_HEIGHT);
  return { places, boxWidth, width: number * (boxWidth + gap) - gap, height, order: columns.flat() };
}

/** The ids of each column, top to bottom. @param {Graph} graph @returns {string[][]} */
function arrange({ boxes, links }) {
  /** @type {Box[][]} */
  const columns = [];
  for (const box of boxes) (columns[box.rank] ??= []).push(box);
  const filled = columns.map((column) => (column ?? []).sort(byName).map((box) => box.id));
  // Two sweeps to the right and back: each box goes to the middle of its neighbours.
  for (const back of [false, true, false, true]) {
    const sweep = back ? [...filled].reverse() : filled;
    const neighbours = links.map(({ from, to }) => (back ? { own: from, other: to } : { own: to, other: from }));
    for (const column of sweep) {
      const place = new Map(filled.flatMap((other) => other.map((id, at) => [id, (at + 0.5) / other.length])));
      const middle = new Map(column.map((id, at) => [id, centre(id, (at + 0.5) / column.length, neighbours, place)]));
      column.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
    }
  }
  const linked = new Set(links.flatMap(({ from, to }) => [from, to]));
  return filled.map((column) => [...column.filter((id) => linked.has(id)), ...column.filter((id) => !linked.has(id))]);
}

/** @param {string} id @param {number} own @param {{own: string, other: string}[]} neighbours @param {Map<string, number>} place */
function centre(id, own, neighbours, place) {
  const near = neighbours.filter((link) => link.own === id).map((link) => place.get(link.other) ?? own);
  return near.length > 0 ? near.reduce((sum, at) => sum + at, 0) / near.length : own;
}

/** What is linked first, then the names; the box for the rest at the end. @param {Box} a @param {Box} b */
function byName(a, b) {
  const late = (/** @type {Box} */ box) => (box.icon === "more" ? 1 : 0);
  return late(a) - late(b) || a.name.localeCompare(b.name) || a.id.localeCompare(b.id);
}
