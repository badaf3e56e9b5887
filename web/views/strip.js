/** The strip on top: which cluster, how long, how much, and whether it still answers. */

import { $, copy, setText } from "../dom.js";
import { bytes, duration, rate, read, write } from "../format.js";
import { icon } from "../icons.js";
import { onView, state } from "../state.js";
import { drawSparkline, sparkline } from "./sparkline.js";

/** A view older than this is greyed. */
const STALE_MS = 3000;

/** Starts it. */
export function startStrip() {
  const [inflow, outflow] = [sparkline(), sparkline()];
  $("in-spark").append(inflow);
  $("out-spark").append(outflow);

  onView((view) => {
    const { cluster, totals } = view;
    document.title = `${rate(totals.records_in)} · Millstream`;
    setText($("cluster-id"), cluster.cluster_id.length > 10 ? `${cluster.cluster_id.slice(0, 8)}…` : cluster.cluster_id);
    $("cluster").title = `Cluster id ${cluster.cluster_id}: click to copy`;
    setText($("uptime"), duration(cluster.uptime_ms));
    setText($("version"), cluster.version);
    setText($("in-rate"), rate(totals.records_in));
    setText($("in-bytes"), `${bytes(totals.bytes_in)}/s`);
    setText($("out-rate"), rate(totals.records_out));
    setText($("out-bytes"), `${bytes(totals.bytes_out)}/s`);
    setText($("memory"), cluster.memory_bytes === null ? "–" : bytes(cluster.memory_bytes));
    drawSparkline(inflow, state.in);
    drawSparkline(outflow, state.out);
  });

  $("cluster").addEventListener("click", () => {
    const id = state.view?.cluster.cluster_id ?? "";
    copy(id, $("cluster-id"), id.length > 10 ? `${id.slice(0, 8)}…` : id);
  });
  setInterval(showAge, 1000);
  startTheme();
}

/** Old numbers stay, greyed, with their age in words. */
function showAge() {
  const age = performance.now() - state.seenAt;
  const stale = state.view !== null && age > STALE_MS;
  document.body.classList.toggle("stale", stale);
  setText($("age"), stale ? `No answer for ${duration(Math.floor(age / 1000) * 1000)}` : "");
}

function startTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const shown = () => read("theme") ?? (dark.matches ? "dark" : "light");
  const show = () => {
    document.documentElement.dataset.theme = shown();
    $("theme").replaceChildren(icon(shown() === "dark" ? "sun" : "moon"));
    $("theme").title = shown() === "dark" ? "Light theme (d)" : "Dark theme (d)";
    dispatchEvent(new Event("themechange"));
  };
  dark.addEventListener("change", show);
  $("theme").addEventListener("click", () => {
    write("theme", shown() === "dark" ? "light" : "dark");
    show();
  });
  show();
}
