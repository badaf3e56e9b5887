/** One record of a tail: a line, and behind it all there is to know. */

import { copyButton, h } from "../dom.js";
import { bytes, fineTime, zone } from "../format.js";
import { cellText } from "./filter.js";

/** @import {Cell, TailRecord} from "../types.js" */

/** Text of a cell that a line holds. */
const LINE = 400;

/**
 * The line of a record; a click or Enter toggles what is behind it.
 *
 * @param {TailRecord} record
 * @param {() => void} onToggle
 */
export function line(record, onToggle) {
  const at = record.timestamp_ms === null ? "–" : fineTime(record.timestamp_ms);
  const [date, clock] = at.includes(" ") ? at.split(" ") : ["", at];
  // Each stands in an element of its own: what turns the direction of writing ends with it.
  const headers = record.headers.map(([name, value]) => h("span", { class: "header" }, `${name}=${cellText(value)}`.slice(0, LINE)));
  return h(
    "tr",
    {
      class: "tail-row",
      tabindex: "-1",
      // Text that is being marked to copy is not a click.
      onclick: () => getSelection()?.type !== "Range" && onToggle(),
      onkeydown: (event) => event.key === "Enter" && onToggle(),
    },
    h("td", { class: "tail-time" }, h("span", { class: "tail-date" }, date ? `${date} ` : ""), clock, h("span", { class: "tail-zone" }, ` ${zone()}`)),
    h("td", { class: "tail-place" }, h("span", { class: "faint" }, `${record.partition}:`), String(record.offset)),
    h("td", { class: "tail-key" }, cell(record.key)),
    h("td", { class: "tail-value" }, cell(record.value)),
    h("td", { class: "tail-headers" }, ...headers),
  );
}

/** @param {Cell|null} value */
function cell(value) {
  if (value === null) return h("span", { class: "faint" }, "null");
  if (value.hex !== undefined) return h("span", { class: "hex", title: "bytes that are no text, in hexadecimal" }, value.hex.slice(0, LINE));
  if (value.text === "") return h("span", { class: "faint" }, "empty");
  return h("span", {}, cellText(value).slice(0, LINE));
}

/** All there is to know of a record. @param {TailRecord} record */
export function details(record) {
  const at = record.timestamp_ms === null ? "none" : `${fineTime(record.timestamp_ms)} ${zone()}`;
  const facts = `partition ${record.partition}, offset ${record.offset}, timestamp ${at}`;
  return h(
    "tr",
    { class: "tail-details" },
    h("td", { colspan: 5 },
      h("div", { class: "facts-line" }, facts),
      block("Key", record.key),
      block("Value", record.value),
      ...record.headers.map(([name, value]) => block(`Header ${name}`, value)),
    ),
  );
}

/** @param {string} title @param {Cell|null} value */
function block(title, value) {
  if (value === null) return h("div", { class: "block" }, h("div", { class: "block-head" }, `${title}: null`));
  const text = pretty(value);
  const size = `${bytes(value.size)}${value.hex === undefined ? "" : ", in hexadecimal"}${value.cut ? ", the beginning of it" : ""}`;
  return h(
    "div",
    { class: "block" },
    h("div", { class: "block-head" }, title, h("span", { class: "faint" }, size), copyButton(() => cellText(value))),
    h("pre", {}, text),
  );
}

/** JSON with its lines, anything else as it is. @param {Cell} value */
function pretty(value) {
  const text = cellText(value);
  if (!/^\s*[[{]/.test(text) || value.cut) return text;
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  return indent(text);
}

/** Breaks the lines of valid JSON without reading its numbers: a long one stays what it is. @param {string} json */
function indent(json) {
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  return json.replace(/"(?:[^"\\]|\\.)*"|[[{]\s*[\]}]|[[{\]},:]|\s+/g, (token) => {
    if (token === "{" || token === "[") return depth++, token + line();
    if (token === "}" || token === "]") return depth--, line() + token;
    if (token === ",") return token + line();
    if (token === ":") return ": ";
    return token.trim() === "" ? "" : token.length > 2 && /^[[{]/.test(token) ? token.replace(/\s+/g, "") : token;
  });
}
