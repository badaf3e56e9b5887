/** How a query goes: what comes in against what is worked off, how long batches take, where the watermark is. */

import { $, copyButton, h, setText } from "../dom.js";
import { duration, rate, timeOfMark } from "../format.js";
import { Chart } from "./chart.js";

/** @import {Progress, Query} from "../types.js" */

/** @type {{rates: Chart, batches: Chart, watermark: Chart}|null} */
let charts = null;
let query = "";
let json = "";

/** Starts it. */
export function startProgress() {
  charts = {
    rates: new Chart("Rows a second, in and worked off", { format: rate }),
    batches: new Chart("How long batches take", { format: duration }),
    watermark: new Chart("Watermark", { format: timeOfMark, timeAxis: true }),
  };
  const panel = (/** @type {string} */ title, /** @type {string} */ note, /** @type {Chart} */ chart) =>
    h("section", { class: "panel" }, h("h3", {}, title), h("p", { class: "faint" }, note), chart.element);
  $("progress-charts").append(
    panel("Rows a second", "When less is worked off than comes in, the query falls behind.", charts.rates),
    panel("Batch time", "A batch that takes longer than the trigger's interval delays the next.", charts.batches),
    panel("Watermark", "Rows with an event time before it come too late and are dropped.", charts.watermark),
  );
  $("progress-copy").append(copyButton(() => json));
}

/** Begins with another query, or none. @param {string} id */
export function openProgress(id) {
  if (id === query) return;
  query = id;
  json = "";
  setText($("progress-json"), "");
  charts?.rates.set([], []);
  charts?.batches.set([], []);
  charts?.watermark.set([], []);
}

/** Takes a progress. @param {Progress} progress @param {Query|undefined} of */
export function feedProgress(progress, of) {
  const { points } = progress;
  const xs = points.map((point) => point.at_ms / 1000);
  charts?.rates.set(xs, [
    { name: "in", ys: points.map((point) => point.input_rate) },
    { name: "worked off", ys: points.map((point) => point.processed_rate) },
  ]);
  const interval = of?.trigger_ms ?? null;
  charts?.batches.set(xs, [
    { name: "batch", ys: points.map((point) => point.batch_ms) },
    ...(interval ? [{ name: "trigger interval", ys: points.map(() => interval), dashed: true }] : []),
  ]);
  const marks = points.map((point) => (point.watermark_ms !== null && point.watermark_ms > 0 ? point.watermark_ms / 1000 : null));
  const panel = charts?.watermark.element.parentElement;
  if (panel) panel.hidden = marks.every((mark) => mark === null);
  charts?.watermark.set(xs, [{ name: "watermark", ys: marks }]);
  json = progress.last === null ? "" : JSON.stringify(progress.last, null, 2);
  setText($("progress-json"), json || "No batch is done yet.");
}

