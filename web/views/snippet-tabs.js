/** Snippets behind tabs, each with its copy button. */

import { copyButton, h } from "../dom.js";
import { snippets } from "../snippets.js";

/** @import {Doors} from "../types.js" */

let chosenTab = 0;

/** @param {Doors} doors @param {string} topic */
export function snippetTabs(doors, topic) {
  const list = snippets(doors, topic);
  const place = h("div", { class: "snippets" });
  const show = (/** @type {number} */ at) => {
    chosenTab = at;
    const snippet = list[at] ?? list[0];
    if (!snippet) return place.replaceChildren(h("p", {}, "The Kafka door is closed: start without --kafka off to send records."));
    const tabs = list.map(({ title }, other) =>
      h("button", { type: "button", role: "tab", "aria-selected": String(list[other] === snippet), onclick: () => { show(other); focusTab(place, other); } }, title));
    place.replaceChildren(
      h("div", { class: "tabs", role: "tablist", "aria-label": "Language" }, ...tabs),
      h("p", { class: "faint" }, snippet.note),
      h("div", { class: "code" }, h("pre", { tabindex: "0", "aria-label": `${snippet.title} snippet` }, snippet.code), copyButton(() => snippet.code)),
    );
  };
  show(chosenTab);
  return place;
}

/** @param {HTMLElement} place @param {number} at */
function focusTab(place, at) {
  const tab = place.querySelectorAll("[role=tab]")[at];
  if (tab instanceof HTMLElement) tab.focus();
}
