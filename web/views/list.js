/** A long list, a part at a time: searched and sorted by the server, so that ten thousand rows cost as much as ten. */

import { $, copyButton, h, keyed, setAttribute, setText } from "../dom.js";
import { count } from "../format.js";
import { chosen, hash, select, state } from "../state.js";
import { CONNECTIONS } from "./connections.js";
import { GROUPS } from "./groups.js";
import { TRANSACTIONS, drawHeld } from "./transactions.js";

/** @import {ListPage, Place, Selection, TransactionPage} from "../types.js" */

/**
 * @template T
 * @typedef {object} Column
 * @property {string} key what the server sorts by; empty for a column that is not sorted
 * @property {string} title
 * @property {string} [why]
 * @property {boolean} [number]
 * @property {(row: T, now: number) => string|Node} cell a node is made anew only when the row's `signature` changes
 */

/**
 * @template T
 * @typedef {object} List
 * @property {string} title
 * @property {string} one
 * @property {string} find what the search looks into
 * @property {string} lesson what to do to get something here
 * @property {(kafka: string) => string} code
 * @property {(row: T) => string} key
 * @property {Column<T>[]} columns
 */

/** @type {Record<string, List<any>>} */
const LISTS = { groups: GROUPS, transactions: TRANSACTIONS, connections: CONNECTIONS };

/** @type {Place|""} */
let open = "";
let sort = "";
let from = 0;
/** @type {ListPage<any>|null} */
let page = null;
let changed = () => {};
/** @type {number|undefined} */
let typing;

/** Starts it. `again` is called when another part is wanted. @param {() => void} again */
export function startList(again) {
  changed = again;
  const find = /** @type {HTMLInputElement} */ ($("list-find"));
  find.addEventListener("input", () => {
    clearTimeout(typing);
    // Each letter would be a connection of its own.
    typing = setTimeout(() => {
      from = 0;
      if (open) history.replaceState(null, "", hash({ kind: open, ref: find.value }));
      changed();
    }, 200);
  });
  find.addEventListener("keydown", (event) => {
    if (event.key === "Escape" || event.key === "Enter") find.blur();
  });
  $("list-before").addEventListener("click", () => turn(-1));
  $("list-after").addEventListener("click", () => turn(1));
}

/** @param {number} way */
function turn(way) {
  if (!page) return;
  from = Math.max(0, page.from + way * page.limit);
  changed();
}

/** Shows a list, or with null none. @param {Selection|null} selection */
export function openList(selection) {
  const name = /** @type {Place|""} */ (selection && selection.kind in LISTS ? selection.kind : "");
  const find = /** @type {HTMLInputElement} */ ($("list-find"));
  if (selection && name && (name !== open || document.activeElement !== find)) find.value = selection.ref;
  if (name === open) return;
  [open, sort, from, page] = [name, "", 0, null];
  keyed($("list-body"), [], String, () => h("tr"));
  drawHeld(null, 0);
  const list = LISTS[open];
  if (!list) return;
  setText($("list-title"), list.title);
  find.placeholder = `Find: ${list.find}`;
  $("list-head").replaceChildren(h("tr", {}, ...list.columns.map(heading)));
  draw();
}

/** @param {Column<any>} column */
function heading({ key, title, why, number }) {
  const text = key ? h("button", { type: "button", class: "sort", onclick: () => sortBy(key, number === true) }, title) : title;
  return h("th", { scope: "col", class: number ? "is-number" : null, title: why, "data-key": key }, text);
}

/** Numbers begin with the greatest, words with the first. @param {string} key @param {boolean} number */
function sortBy(key, number) {
  const [first, second] = number ? [`-${key}`, key] : [key, `-${key}`];
  sort = sort === first ? second : sort === second ? "" : first;
  from = 0;
  draw();
  changed();
}

/** What the connection is to bring. */
export function listQuery() {
  const find = /** @type {HTMLInputElement} */ ($("list-find")).value;
  const words = new URLSearchParams({ list: open, find, sort, from: String(from) });
  return `/api/events?${words}`;
}

/** Takes a part of a list. @param {Place} name @param {ListPage<any>} part */
export function feedList(name, part) {
  if (name !== open) return;
  page = part;
  from = part.from;
  draw();
}

/** Lets ages run. */
export const drawList = () => open && page && draw();

function draw() {
  const list = LISTS[open];
  if (!list) return;
  for (const head of $("list-head").querySelectorAll("th")) {
    const way = sort === head.dataset.key ? "ascending" : sort === `-${head.dataset.key}` ? "descending" : null;
    setAttribute(head, "aria-sort", head.dataset.key ? way : null);
  }
  const now = state.view?.now_ms ?? Date.now();
  keyed(
    $("list-body"),
    page?.rows ?? [],
    list.key,
    () => h("tr", {}, ...list.columns.map(({ number }) => h("td", { class: number ? "is-number" : null }))),
    (row, item) => list.columns.forEach((column, at) => fill(row.children[at], column.cell(item, now))),
  );
  if (open === "transactions") drawHeld(/** @type {TransactionPage|null} */ (page), now);
  drawEnds(list);
}

/** Leaves a cell alone that says the same, so that a link keeps its focus. @param {Element|undefined} cell @param {string|Node} content */
function fill(cell, content) {
  if (!cell) return;
  if (typeof content === "string") setText(cell, content);
  else if (!(cell.firstChild?.isEqualNode(content))) cell.replaceChildren(content);
}

/** @param {List<any>} list */
function drawEnds(list) {
  const rows = page?.rows.length ?? 0;
  const more = page !== null && page.found > rows;
  const finds = page !== null && page.found !== page.total;
  const part = page && more ? `${count(page.from + 1)}–${count(page.from + rows)} of ${count(page.found)}` : count(page?.found ?? 0);
  setText($("list-count"), page === null ? "" : `${part}${finds ? ` found, of ${count(page.total)}` : ""}`);
  $("list-pages").hidden = !more;
  /** @type {HTMLButtonElement} */ ($("list-before")).disabled = page === null || page.from === 0;
  /** @type {HTMLButtonElement} */ ($("list-after")).disabled = page === null || page.from + rows >= page.found;
  $("list-table").hidden = rows === 0;
  const empty = page !== null && page.total === 0;
  setText($("list-state"), page === null ? `Asking for ${list.title.toLowerCase()} …` : empty ? "" : rows === 0 ? `No ${list.one} has this text.` : "");
  const place = $("list-lesson");
  place.hidden = !empty;
  if (!empty || place.dataset.of === open) return;
  place.dataset.of = open;
  const code = list.code(state.view?.cluster.doors.kafka ?? "localhost:9092");
  place.replaceChildren(
    h("h2", {}, `No ${list.one} yet`),
    h("p", {}, list.lesson),
    h("div", { class: "code" }, h("pre", { tabindex: "0" }, code), copyButton(() => code)),
    h("p", { class: "waiting" }, h("i"), "It appears here by itself. Nothing to reload."),
  );
}

/** Says why a list cannot be had. @param {string} error */
export function failList(error) {
  if (open && chosen()?.kind === open) setText($("list-state"), error);
}

/** Goes to a list with a text to find. @param {Place} kind @param {string} ref */
export const findIn = (kind, ref) => select({ kind, ref });
