/**
 * Which chart a result asks for: a time or window column becomes x, a text column the series, numbers y. The rule is
 * a guess about meaning, so it can be overruled; this file has no elements in it.
 */

/** @import {Column, ResultTable, Value} from "../types.js" */

/** @typedef {{x: string, series: string, y: string, as: "columns"|"lines"}} Choice names of columns, "" for none; and how */

/** Series drawn; the rest is summed. */
export const SERIES = 8;

/** A number that names things (a status, a port) has no more different values than this. */
const NAMES = 24;

/** What columns of such numbers are called. */
const NAMING = /(^|_)(id|code|status|port|partition|offset|year|month|day|hour|minute|zip)$|Id$|^timestampType$/i;

/** @param {ResultTable} table @returns {Choice} */
export function choose(table) {
  const { columns } = table;
  const windowed = columns.find((column) => column.kind === "window")?.name ?? "";
  const x = windowed || (columns.find((column) => column.kind === "time")?.name ?? "");
  const numbers = columns.filter((column) => column.kind === "number");
  const series = chooseSeries(table, x, numbers);
  const amounts = numbers.filter((column) => column.name !== series);
  const y = (amounts.find((column) => !NAMING.test(column.name)) ?? amounts[0])?.name ?? "";
  // Whole numbers of windows are counts or sums as a rule: they can stand on each other. An average cannot.
  const at = indexOf(table, y);
  const stacks = windowed !== "" && table.rows.every((row) => row[at] === null || (Number.isInteger(row[at]) && Number(row[at]) >= 0));
  return { x, series, y, as: stacks ? "columns" : "lines" };
}

/** The text that tells lines apart, best one of few values; else a number that is a name. @param {ResultTable} table @param {string} x @param {Column[]} numbers */
function chooseSeries(table, x, numbers) {
  const texts = table.columns.filter((column) => column.kind === "text" || column.kind === "boolean");
  const values = (/** @type {Column} */ column) => new Set(table.rows.map((row) => row[table.columns.indexOf(column)])).size;
  const text = texts.find((column) => values(column) > 1 && values(column) <= SERIES) ?? texts[0];
  if (text || x === "" || numbers.length < 2) return text?.name ?? "";
  const [first] = numbers;
  const named = numbers.find((column) => NAMING.test(column.name)) ?? (first && names(table, x, first) ? first : undefined);
  return named?.name ?? "";
}

/** Whether a number column tells rows of the same x apart by few values. @param {ResultTable} table @param {string} x @param {Column} column */
function names(table, x, column) {
  const [atX, at] = [indexOf(table, x), table.columns.indexOf(column)];
  const pairs = table.rows.map((row) => `${JSON.stringify(row[atX])} ${row[at]}`);
  const values = new Set(table.rows.map((row) => row[at]));
  const windows = new Set(table.rows.map((row) => JSON.stringify(row[atX])));
  const distinct = new Set(pairs).size === pairs.length;
  return distinct && values.size <= NAMES && windows.size < pairs.length && [...values].every(Number.isInteger);
}

/** @param {ResultTable} table @param {string} name */
const indexOf = (table, name) => table.columns.findIndex((column) => column.name === name);

/**
 * @typedef {{kind: "none", why: string}} NoChart
 * @typedef {{kind: "bars", bars: {name: string, value: number}[]}} Bars
 * @typedef {{kind: "lines", xs: number[], series: {name: string, ys: (number|null)[]}[], columns: boolean}} Lines
 */

/** What to draw. @param {ResultTable} table @param {Choice} choice @returns {NoChart|Bars|Lines} */
export function plot(table, choice) {
  const [x, s, y] = [indexOf(table, choice.x), indexOf(table, choice.series), indexOf(table, choice.y)];
  if (y < 0) return { kind: "none", why: "There is no number to draw." };
  if (table.rows.length === 0) return { kind: "none", why: "No rows yet." };
  const name = (/** @type {Value[]} */ row) => (s < 0 ? choice.y : label(row[s]));
  const value = (/** @type {Value[]} */ row) => toNumber(row[y]);
  if (x < 0) return bars(table.rows.map((row) => [name(row), value(row)]));
  const points = table.rows.map((row) => /** @type {[number|null, string, number]} */ ([toX(row[x]), name(row), value(row)]));
  const timed = points.filter(([at]) => at !== null);
  return lines(timed.map(([at, label, number]) => [Number(at), label, number]), choice.as === "columns");
}

/** @param {[string, number][]} pairs @returns {Bars} */
function bars(pairs) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const [name, value] of pairs) sums.set(name, (sums.get(name) ?? 0) + value);
  const { top, rest } = split(sums);
  const shown = top.map((name) => ({ name, value: sums.get(name) ?? 0 }));
  const sum = rest.reduce((total, name) => total + (sums.get(name) ?? 0), 0);
  return { kind: "bars", bars: rest.length > 0 ? [...shown, { name: `${rest.length} more`, value: sum }] : shown };
}

/** @param {[number, string, number][]} points @param {boolean} columns @returns {Lines} */
function lines(points, columns) {
  const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b);
  const place = new Map(xs.map((x, at) => [x, at]));
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const [, name, value] of points) sums.set(name, (sums.get(name) ?? 0) + Math.abs(value));
  const { top, rest } = split(sums);
  const names = rest.length > 0 ? [...top, `${rest.length} more`] : top;
  const row = new Map(top.map((name, at) => [name, at]));
  const series = names.map((name) => ({ name, ys: /** @type {(number|null)[]} */ (xs.map(() => null)) }));
  for (const [x, name, value] of points) {
    const ys = series[row.get(name) ?? top.length]?.ys;
    const at = place.get(x);
    if (ys && at !== undefined) ys[at] = (ys[at] ?? 0) + value;
  }
  return { kind: "lines", xs, series, columns };
}

/** The greatest names, and those that are summed. @param {Map<string, number>} sums */
function split(sums) {
  const names = [...sums.keys()].sort((a, b) => (sums.get(b) ?? 0) - (sums.get(a) ?? 0) || a.localeCompare(b));
  return names.length > SERIES ? { top: names.slice(0, SERIES - 1), rest: names.slice(SERIES - 1) } : { top: names, rest: [] };
}

/** Seconds, as the chart wants them; a window stands at its start. @param {Value|undefined} value */
function toX(value) {
  if (typeof value === "number") return value / 1000;
  if (value !== null && typeof value === "object" && "start" in value) return Number(value.start) / 1000;
  return null;
}

/** @param {Value|undefined} value */
const toNumber = (value) => (Number.isFinite(Number(value)) ? Number(value) : 0);

/** @param {Value|undefined} value */
function label(value) {
  if (value === null || value === undefined) return "null";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
