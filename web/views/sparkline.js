/** A minute of numbers as a line without axes. */

import { svg } from "../dom.js";

const WIDTH = 120;
const HEIGHT = 24;

/** An empty one. */
export function sparkline() {
  return svg(
    "svg",
    { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("path", { class: "spark-area" }),
    svg("path", { class: "spark-line" }),
  );
}

/**
 * Draws the values, the newest at the right edge; the scale begins at 0.
 *
 * @param {SVGSVGElement} element
 * @param {number[]} values
 */
export function drawSparkline(element, values) {
  const top = Math.max(...values, 1) * 1.1;
  const points = values.map((value, at) => {
    const x = WIDTH - (values.length - 1 - at);
    return `${x} ${(HEIGHT - 1 - (value / top) * (HEIGHT - 3)).toFixed(1)}`;
  });
  const line = points.length > 1 ? `M${points.join("L")}` : "";
  const first = WIDTH - values.length + 1;
  element.children[0]?.setAttribute("d", line ? `${line}V${HEIGHT}H${first}Z` : "");
  element.children[1]?.setAttribute("d", line);
}
