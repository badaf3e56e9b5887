/**
 * The tail's filter. A filter is words; a record passes when every word does.
 *
 * - `error` somewhere in key, value, headers, partition or offset (upper and lower case are the same)
 * - `"not found"` the words in quotes, together
 * - `-robots` not there
 * - `key:user-7`, `value:404`, `header:trace` in that part only
 * - `offset>1000`, `partition=0`, `timestamp>=2026-11-22T06:00Z` by `=`, `!=`, `<`, `<=`, `>`, `>=`
 * - `celsius>20`, `user.name=ada` a field of a JSON value, likewise
 */

/** @import {Cell, TailRecord} from "../types.js" */

/** @typedef {(record: TailRecord) => boolean} Test */
/** @typedef {{test: Test, problem: string}} Filter */

/** A word: perhaps `-`, perhaps `name` and an operator, then a text in quotes or without blanks. */
const WORD = /(-?)(?:([A-Za-z_][\w.-]*)(:|!=|>=|<=|=|<|>))?(?:"([^"]*)"?|(\S+))?/y;
const PARTS = new Set(["key", "value", "header"]);

/** @param {string} text @returns {Filter} */
export function compile(text) {
  /** @type {Test[]} */
  const tests = [];
  let problem = "";
  WORD.lastIndex = 0;
  while (WORD.lastIndex < text.length) {
    if (/\s/.test(text.charAt(WORD.lastIndex))) {
      WORD.lastIndex++;
      continue;
    }
    const at = WORD.lastIndex;
    const match = WORD.exec(text);
    if (!match || match[0] === "") break;
    const [, minus, name, operator, quoted, bare] = match;
    const operand = quoted ?? bare ?? "";
    if (name && operator && operand === "" && quoted === undefined) {
      problem = `${text.slice(at).trim()} what?`;
      continue;
    }
    const test = name && operator ? comparison(name, operator, operand) : anywhere(operand);
    if (typeof test === "string") problem = test;
    else tests.push(minus ? (record) => !test(record) : test);
  }
  return { test: (record) => tests.every((test) => test(record)), problem };
}

/** @param {string} name @param {string} operator @param {string} operand @returns {Test|string} */
function comparison(name, operator, operand) {
  if (operator === ":") {
    if (!PARTS.has(name)) return anywhere(`${name}:${operand}`);
    const sought = operand.toLowerCase();
    return (record) => part(record, name).toLowerCase().includes(sought);
  }
  const compare = comparer(operator, operand);
  if (name === "offset" || name === "partition") {
    if (Number.isNaN(Number(operand))) return `${name} is a number, ${operand} is none`;
    return (record) => compare(record[name]);
  }
  if (name === "timestamp") {
    const at = /^\d+$/.test(operand) ? Number(operand) : Date.parse(operand);
    if (Number.isNaN(at)) return "a timestamp looks like 2026-11-22T06:00Z";
    const than = comparer(operator, String(at));
    return (record) => record.timestamp_ms !== null && than(record.timestamp_ms);
  }
  if (PARTS.has(name)) return (record) => compare(part(record, name));
  return (record) => compare(field(record, name));
}

/** @param {string} operand @returns {Test} */
function anywhere(operand) {
  const sought = operand.toLowerCase();
  return (record) => haystack(record).includes(sought);
}

/** @param {string} operator @param {string} operand @returns {(value: unknown) => boolean} */
function comparer(operator, operand) {
  const number = operand.trim() === "" ? NaN : Number(operand);
  return (value) => {
    if (value === undefined || (value !== null && typeof value === "object")) return false;
    const bothNumbers = !Number.isNaN(number) && value !== "" && value !== null && !Number.isNaN(Number(value));
    const [left, right] = bothNumbers ? [Number(value), number] : [String(value), operand];
    switch (operator) {
      case "=": return left === right;
      case "!=": return left !== right;
      case "<": return left < right;
      case "<=": return left <= right;
      case ">": return left > right;
      default: return left >= right;
    }
  };
}

/** The text that a cell shows. @param {Cell|null} cell */
export const cellText = (cell) => cell?.text ?? cell?.hex ?? "";

/** @param {TailRecord} record @param {string} name */
function part(record, name) {
  if (name === "key") return cellText(record.key);
  if (name === "value") return cellText(record.value);
  return record.headers.map(([header, value]) => `${header}=${cellText(value)}`).join("\n");
}

/** @param {TailRecord} record */
function haystack(record) {
  const kept = haystacks.get(record);
  if (kept !== undefined) return kept;
  const place = `${record.partition}:${record.offset}`;
  const text = [part(record, "key"), part(record, "value"), part(record, "header"), place].join("\n").toLowerCase();
  haystacks.set(record, text);
  return text;
}

/** @param {TailRecord} record @param {string} path */
function field(record, path) {
  let value = jsons.get(record);
  if (value === undefined) {
    try {
      value = JSON.parse(record.value?.text ?? "null");
    } catch {
      value = null;
    }
    jsons.set(record, value);
  }
  for (const name of path.split(".")) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** @type {WeakMap<TailRecord, string>} */
const haystacks = new WeakMap();
/** @type {WeakMap<TailRecord, any>} */
const jsons = new WeakMap();
