/** The page's few icons, drawn as strokes of the text's colour. */

import { svg } from "./dom.js";

/** @type {Record<string, string[]>} */
const PATHS = {
  client: ["M2.5 3.5h11v7h-11z", "M6 13.5h4", "M8 10.5v3"],
  topic: ["M2.5 4h11", "M2.5 8h11", "M2.5 12h7"],
  query: ["M2.5 3h11l-4.2 5.2v4.3l-2.6 1V8.2z"],
  group: ["M6 7.5a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5z", "M2 13c0-2.2 1.6-3.6 4-3.6s4 1.4 4 3.6", "M10.5 3.4a2 2 0 0 1 0 3.8", "M12 9.8c1.3.5 2 1.6 2 3.2"],
  reader: ["M8 13.5V6", "M4.5 9.5 8 13l3.500-3.500", "M2.5 2.500h11"],
  source: ["M8 2.500v7.500", "M4.500 6.500 8 10l3.500-3.500", "M2.500 13.500h11"],
  sink: ["M2.500 3h11v10h-11z", "M2.500 6.500h11", "M6.500 6.500v6.500"],
  more: ["M3.500 8h.01", "M8 8h.01", "M12.500 8h.01"],
  sun: ["M8 5.200a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600z", "M8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.9.9M11.700 11.700l.9.9M3.400 12.600l.9-.9M11.700 4.300l.9-.9"],
  moon: ["M13.300 9.600A5.700 5.700 0 0 1 6.400 2.700a5.700 5.700 0 1 0 6.900 6.900z"],
  warn: ["M8 2.500 14 13H2z", "M8 6.500v3", "M8 11.300h.01"],
  back: ["M9.500 3.500 5 8l4.500 4.500"],
};

/** @param {string} name */
export function icon(name) {
  const strokes = (PATHS[name] ?? []).map((d) => svg("path", { d }));
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, ...strokes);
}
