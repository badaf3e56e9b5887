/** Numbers, sizes and times for reading. Times always in one zone for the whole page: UTC, or the browser's own. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const any = new Intl.NumberFormat("en", { maximumFractionDigits: 6 });

/** @param {number} value */
export const count = (value) => whole.format(value);

/** A number of a result, with what decimals it has. @param {number} value */
export const exact = (value) => any.format(value);

/** A number in short: 950, 10.3k, 4.2M. @param {number} value */
export function short(value) {
  const size = Math.abs(value);
  if (size >= 1e9) return `${decimal.format(value / 1e9)}G`;
  if (size >= 1e6) return `${decimal.format(value / 1e6)}M`;
  if (size >= 1e5) return `${whole.format(value / 1e3)}k`;
  if (size >= 10 || Number.isInteger(value)) return whole.format(value);
  return decimal.format(value);
}

/** A number where room is short: 10.3k already. @param {number} value */
export const brief = (value) => (value >= 1e4 && value < 1e5 ? `${decimal.format(value / 1e3)}k` : short(value));

/** @param {number} value */
export const rate = (value) => `${short(value)}/s`;

/** @param {number} value */
export function bytes(value) {
  if (value < 1e3) return `${whole.format(value)} B`;
  if (value < 1e6) return `${decimal.format(value / 1e3)} kB`;
  if (value < 1e9) return `${decimal.format(value / 1e6)} MB`;
  return `${decimal.format(value / 1e9)} GB`;
}

/** @param {number} ms */
export function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  if (ms < 1000) return `${whole.format(ms)} ms`;
  if (seconds < 10 && ms % 1000 !== 0) return `${decimal.format(ms / 1000)} s`;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return two(seconds, 60, "min", 1, "s");
  if (seconds < 86400) return two(seconds, 3600, "h", 60, "min");
  return two(seconds, 86400, "d", 3600, "h");
}

/** `2 min 5 s`, and `2 min` when nothing is left over. @param {number} seconds @param {number} big @param {string} unit @param {number} small @param {string} rest */
function two(seconds, big, unit, small, rest) {
  const left = Math.floor((seconds % big) / small);
  return `${Math.floor(seconds / big)} ${unit}${left > 0 ? ` ${left} ${rest}` : ""}`;
}

/** @param {number} value @param {string} one @param {string} [many] */
export const plural = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

let local = read("zone") === "local";

/** The zone's name, for a table's head. */
export const zone = () => (local ? Intl.DateTimeFormat().resolvedOptions().timeZone : "UTC");

/** Between UTC and the browser's own zone. */
export function toggleZone() {
  local = !local;
  write("zone", local ? "local" : "utc");
}

/** @param {number} number @param {number} [digits] */
const pad = (number, digits = 2) => String(number).padStart(digits, "0");

/**
 * A moment's date and time of day in the page's zone, or null when it is none.
 *
 * @param {number} ms
 * @returns {{date: string, time: string, minute: string, millis: string}|null}
 */
export function moment(ms) {
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) return null;
  const [year, month, day] = local
    ? [at.getFullYear(), at.getMonth(), at.getDate()]
    : [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  const [hours, minutes] = local ? [at.getHours(), at.getMinutes()] : [at.getUTCHours(), at.getUTCMinutes()];
  const minute = `${pad(hours)}:${pad(minutes)}`;
  const time = `${minute}:${pad(at.getUTCSeconds())}`;
  return { date: `${pad(year, 4)}-${pad(month + 1)}-${pad(day)}`, time, minute, millis: pad(at.getUTCMilliseconds(), 3) };
}

/** `2015-05-17 10:05:03`, or the bare number when no clock shows it. @param {number} ms */
export function time(ms) {
  const at = moment(ms);
  return at ? `${at.date} ${at.time}` : String(ms);
}

/** With milliseconds. @param {number} ms */
export function fineTime(ms) {
  const at = moment(ms);
  return at ? `${at.date} ${at.time}.${at.millis}` : String(ms);
}

/** A window: `2015-05-17 10:00 – 11:00`. @param {number} start @param {number} end */
export function span(start, end) {
  const from = moment(start);
  const to = moment(end);
  if (!from || !to) return `${start} – ${end}`;
  const fine = start % 60_000 !== 0 || end % 60_000 !== 0;
  const clock = fine ? "time" : "minute";
  const tail = from.date === to.date ? to[clock] : `${to.date} ${to[clock]}`;
  return `${from.date} ${from[clock]} – ${tail}`;
}

/** A setting kept by the browser; a browser may refuse. @param {string} name */
export function read(name) {
  try {
    return localStorage.getItem(`millstream.${name}`);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} value */
export function write(name, value) {
  try {
    localStorage.setItem(`millstream.${name}`, value);
  } catch {
    // It then holds until the page is closed.
  }
}

/** A time on an axis, in seconds. @param {number} seconds */
export function timeOfMark(seconds) {
  const at = moment(seconds * 1000);
  return at ? `${at.date.slice(5)} ${at.minute}` : "";
}
