/** The files of a partition: asked for when its row is opened, for they lie on a disk. */

import { h } from "../dom.js";
import { bytes, count, fineTime, plural } from "../format.js";

/** @import {PartitionFiles} from "../types.js" */

/** A place that fills itself. @param {string} topic @param {number} partition */
export function filesOf(topic, partition) {
  const place = h("div", { class: "files" }, "Asking the disk …");
  show(place, topic, partition);
  return place;
}

/** @param {HTMLElement} place @param {string} topic @param {number} partition */
async function show(place, topic, partition) {
  const answer = await fetch(`/api/topics/${encodeURIComponent(topic)}/partitions/${partition}/files`).catch(() => null);
  const said = await answer?.json().catch(() => null);
  const again = h("button", { type: "button", class: "link", onclick: () => show(place, topic, partition) }, "Look again");
  if (!answer?.ok || !said) place.replaceChildren(h("p", { class: "problem" }, said?.error ?? "The server did not answer. "), again);
  else place.replaceChildren(...draw(said), again);
}

/** @param {PartitionFiles} files */
function draw({ directory, segments, others }) {
  const row = (/** @type {string} */ name, /** @type {number} */ size, /** @type {string} */ note) =>
    h("tr", {}, h("td", {}, name), h("td", { class: "is-number" }, bytes(size)), h("td", {}, note));
  const rows = segments.flatMap(({ base, first_ms, files }) =>
    files.map(({ name, size_bytes }) => row(name, size_bytes, name.endsWith(".log") ? `from offset ${count(base)}${first_ms === null ? "" : `, first record ${fineTime(first_ms)}`}` : what(name))));
  return [
    h("p", {}, h("code", {}, directory), ` · ${plural(segments.length, "segment")}`),
    h("table", {}, h("tbody", {}, ...rows, ...others.map(({ name, size_bytes }) => row(name, size_bytes, what(name))))),
  ];
}

/** What a file is for. @param {string} name */
function what(name) {
  /** @type {[string, string][]} */
  const kinds = [
    [".deleted", "on its way out: removed after file.delete.delay.ms"],
    [".timeindex", "timestamp to offset"], [".txnindex", "aborted transactions"], [".index", "offset to position"],
    [".snapshot", "producers, for idempotence and transactions"], ["leader-epoch-checkpoint", "where each leader epoch began"], ["partition.metadata", "the topic's id"],
  ];
  return kinds.find(([end]) => name.endsWith(end))?.[1] ?? "";
}
