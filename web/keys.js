/** The keyboard: everything that the mouse can do. */

import { $ } from "./dom.js";
import { chosen, select } from "./state.js";
import { isPlace } from "./views/places.js";
import { openTabAt } from "./views/detail.js";
import { togglePause } from "./views/tail.js";

/** Starts it. */
export function startKeys() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof HTMLElement ? event.target : document.body;
    if (target.closest("input, select, textarea, dialog")) return;
    if (handle(event, target)) event.preventDefault();
  });
  for (const [button, dialog] of [["connect", "connect-dialog"], ["keys", "keys-dialog"]]) {
    $(button ?? "").addEventListener("click", () => show(dialog ?? ""));
  }
  for (const button of document.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => button.closest("dialog")?.close());
  }
}

/** @param {string} id */
function show(id) {
  /** @type {HTMLDialogElement} */ ($(id)).showModal();
}

/** @param {KeyboardEvent} event @param {HTMLElement} target @returns {boolean} whether the key was ours */
function handle(event, target) {
  const tailOpen = !$("detail").hidden && !$("panel-tail").hidden;
  switch (event.key) {
    case "/":
      if (isPlace(chosen())) return $(chosen()?.kind === "broker" ? "configs-find" : "list-find").focus(), true;
      if (tailOpen) $("filter").focus();
      return tailOpen;
    case " ":
      // A focused button keeps its own space.
      if (!tailOpen || target.closest("button, a")) return false;
      togglePause();
      return true;
    case "j": case "ArrowDown": return move(target, 1, event.key === "j");
    case "k": case "ArrowUp": return move(target, -1, event.key === "k");
    case "1": case "2": case "3": case "4":
      openTabAt(Number(event.key) - 1);
      return true;
    case "f": return select(null), true;
    case "g": return select({ kind: "groups", ref: "" }), true;
    case "t": return select({ kind: "transactions", ref: "" }), true;
    case "o": return select({ kind: "connections", ref: "" }), true;
    case "b": return select({ kind: "broker", ref: "" }), true;
    case "?": return show("keys-dialog"), true;
    case "c": return $("connect").click(), true;
    case "d": return $("theme").click(), true;
    case "r": return focusFirst(".tail-row");
    case "Escape":
      if (chosen()) select(null);
      return true;
    default: return false;
  }
}

/**
 * Moves among the rows when one has the focus, else among the boxes.
 *
 * @param {HTMLElement} target
 * @param {number} step
 * @param {boolean} always arrows scroll the page unless a row or box has the focus
 */
function move(target, step, always) {
  const row = target.closest(".tail-row, .row-link");
  const kind = isPlace(chosen()) ? ".list .row-link" : row?.matches(".tail-row") ? ".tail-row" : ".box";
  if (!always && !target.closest(".tail-row, .box, .row-link")) return false;
  const all = [...document.querySelectorAll(kind)].filter((element) => element instanceof HTMLElement && element.checkVisibility()).map((element) => /** @type {HTMLElement} */ (element));
  const at = all.findIndex((element) => element === (row ?? target.closest(".box")));
  const current = all.findIndex((element) => element.getAttribute("aria-current") === "true");
  const from = at >= 0 ? at : current;
  const next = all[Math.max(0, Math.min(all.length - 1, from + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest", inline: "nearest" });
  return true;
}

/** @param {string} selector */
function focusFirst(selector) {
  const first = document.querySelector(selector);
  if (first instanceof HTMLElement) first.focus();
  return first !== null;
}
