/** Time charts: uPlot in the page's colours, with a legend that shows the newest value or that under the pointer. */

import { h, keyed, setText } from "../dom.js";
import { moment, zone } from "../format.js";

/** @typedef {{name: string, ys: (number|null)[], dashed?: boolean}} Series */

/**
 * @typedef {object} Options
 * @property {(value: number) => string} format
 * @property {boolean} [area] fill below a single line
 * @property {boolean} [timeAxis] whether the numbers up are times
 */

/** uPlot is a classic script; it puts itself on the window. */
const UPlot = /** @type {any} */ (window).uPlot;

/** A chart that stands in an element of its own and follows its size. */
export class Chart {
  /** @param {string} label @param {Options} options */
  constructor(label, options) {
    this.options = options;
    this.stage = h("div", { class: "chart-stage" });
    this.legend = h("ul", { class: "legend" });
    this.element = h("figure", { class: "chart", "aria-label": label }, this.legend, this.stage);
    /** @type {any} */
    this.plot = null;
    /** @type {{xs: number[], series: Series[], columns: boolean}} */
    this.data = { xs: [], series: [], columns: false };
    this.shape = "";
    /** @type {number|null} */
    this.hovered = null;
    new ResizeObserver(() => this.fit()).observe(this.stage);
    for (const event of ["themechange", "zonechange"]) addEventListener(event, () => this.rebuild());
  }

  /** Draws. @param {number[]} xs seconds @param {Series[]} series @param {boolean} [columns] standing on each other */
  set(xs, series, columns = false) {
    this.data = { xs, series, columns };
    const shape = JSON.stringify([columns, ...series.map(({ name, dashed }) => [name, dashed])]);
    if (shape !== this.shape) {
      this.shape = shape;
      this.rebuild();
    } else this.plot?.setData(this.aligned());
    this.drawLegend();
  }

  /** The numbers as uPlot draws them. Columns are sums, the highest first, so that each covers the foot of the last. */
  aligned() {
    const { xs, series, columns } = this.data;
    if (!columns) return [xs, ...series.map(({ ys }) => ys)];
    const sums = xs.map(() => 0);
    return [xs, ...series.map(({ ys }) => ys.map((y, at) => (sums[at] = (sums[at] ?? 0) + (y ?? 0)))).reverse()];
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (width > 0 && height > 0) {
      if (this.plot) this.plot.setSize({ width, height });
      else this.rebuild();
    }
  }

  rebuild() {
    this.plot?.destroy();
    this.plot = null;
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (width === 0 || height === 0 || this.data.series.length === 0) return;
    const css = getComputedStyle(document.documentElement);
    const colour = (/** @type {string} */ name) => css.getPropertyValue(name).trim();
    const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: `12px ${getComputedStyle(document.body).fontFamily}` };
    const { format, area } = this.options;
    this.plot = new UPlot(
      {
        width,
        height,
        legend: { show: false },
        // Half of a date has room under the last mark.
        padding: [8, 36, 0, 0],
        cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
        scales: { x: { time: false, range: (/** @type {any} */ _, /** @type {number} */ low, /** @type {number} */ high) => this.reach(low, high) }, y: { range: (/** @type {any} */ _, /** @type {number} */ low, /** @type {number} */ high) => this.range(low, high) } },
        axes: [
          { ...axis, size: 32, space: 84, values: (/** @type {any} */ _, /** @type {number[]} */ marks) => timeMarks(marks), incrs: STEPS },
          { ...axis, size: this.options.timeAxis ? 88 : 60, space: 36, values: (/** @type {any} */ _, /** @type {number[]} */ marks) => marks.map(format), ...(this.options.timeAxis ? { incrs: STEPS } : {}) },
        ],
        series: [{}, ...this.strokes(colour, area === true)],
        hooks: { setCursor: [(/** @type {any} */ plot) => { this.hovered = plot.cursor.idx ?? null; this.drawLegend(); }] },
      },
      this.aligned(),
      this.stage,
    );
  }

  /** How each series is drawn. @param {(name: string) => string} colour @param {boolean} area */
  strokes(colour, area) {
    const { series, columns } = this.data;
    const paint = (/** @type {number} */ at) => colour(`--series-${(at % 8) + 1}`);
    if (columns) {
      const paths = UPlot.paths.bars({ size: [0.84, 64], align: 1 });
      return series.map((_, at) => ({ stroke: paint(at), fill: paint(at), width: 0, paths, points: { show: false } })).reverse();
    }
    return series.map(({ dashed }, at) => ({
      stroke: paint(at),
      width: dashed ? 1.5 : 2,
      dash: dashed ? [4, 4] : undefined,
      fill: area && series.length === 1 ? `${paint(0)}22` : undefined,
      points: { size: 5 },
    }));
  }

  /** The times from side to side: a column stands right of its time and needs room. @param {number} low @param {number} high */
  reach(low, high) {
    const { xs, columns } = this.data;
    if (!columns || low === null) return low === high ? [low - 1, high + 1] : [low, high];
    const steps = xs.slice(1).map((x, at) => x - (xs[at] ?? x));
    return [low, high + (steps.length > 0 ? Math.min(...steps) : 60)];
  }

  /** @param {number} low @param {number} high */
  range(low, high) {
    if (this.options.timeAxis) return low === high ? [low - 1, high + 1] : [low, high];
    if (low === null || high === null) return [0, 1];
    const top = high <= 0 ? 0 : high * 1.08;
    const bottom = low < 0 ? low * 1.08 : 0;
    return top === bottom ? [bottom, bottom + 1] : [bottom, top];
  }

  drawLegend() {
    const { xs, series } = this.data;
    const at = this.hovered !== null && this.hovered < xs.length ? this.hovered : null;
    keyed(
      this.legend,
      series.map((one, place) => ({ ...one, place })),
      ({ name }) => name,
      ({ name, place }) => h("li", {}, h("i", { class: `swatch series-${(place % 8) + 1}` }), h("span", { class: "legend-name", title: name }, name), h("b")),
      (element, { ys, place }) => {
        const value = at === null ? ys.findLast((y) => y !== null) : ys[at];
        const swatch = element.querySelector("i");
        if (swatch) swatch.className = `swatch series-${(place % 8) + 1}`;
        const number = element.querySelector("b");
        if (number) setText(number, value === null || value === undefined ? "–" : this.options.format(value));
      },
    );
    this.legend.dataset.at = at === null ? "" : momentText(xs[at] ?? 0);
  }
}

/** Steps of a time axis in seconds: from a second to a year. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000, 31536000];

/** The hour under each mark, and the day where it begins. @param {number[]} marks seconds */
export function timeMarks(marks) {
  let day = "";
  const fine = marks.some((mark) => mark % 60 !== 0);
  return marks.map((mark) => {
    const at = moment(mark * 1000);
    if (!at) return "";
    const clock = fine ? at.time : at.minute;
    const text = at.date === day ? clock : `${clock}\n${at.date}`;
    day = at.date;
    return text;
  });
}

/** @param {number} seconds */
function momentText(seconds) {
  const at = moment(seconds * 1000);
  return at ? `${at.date} ${at.time} ${zone()}` : "";
}
