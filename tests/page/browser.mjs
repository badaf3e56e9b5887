/** A browser, one line a check, and requests that a browser would not send. */

import http from "node:http";
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const PATIENCE_MS = 30_000;

let failed = false;

/** Runs one check and prints its line. A failed one does not stop the others. */
export async function check(name, body) {
  try {
    await body();
    console.log(`ok ${name}`);
  } catch (error) {
    failed = true;
    console.log(`FAIL ${name}: ${String(error?.message ?? error).replaceAll(/\s+/g, " ").slice(0, 400)}`);
  }
}

/** Throws unless `holds`. */
export function ensure(holds, what) {
  if (!holds) throw new Error(what);
}

/** Opens the browser for `body`, then ends the program: 1 when a check failed. */
export async function withBrowser(body) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  try {
    await body(browser);
  } finally {
    await browser.close();
  }
  process.exit(failed ? 1 : 0);
}

/** A page at `url`; errors of its scripts are collected in `page.problems`. */
export async function open(browser, url, { width = 1600, height = 1000, theme = "light" } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(error.message));
  await page.goto(url, { waitUntil: "domcontentloaded" });
  return page;
}

/** Saves a picture where $SCREENSHOTS says, if it does. */
export async function picture(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
}

/** A request with headers of our choice: status and headers of the answer. */
export function request(url, { method = "GET", headers = {}, path = "/" } = {}) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = http.request({ hostname, port, path, method, headers, setHost: !headers.Host }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers }));
    });
    sent.on("error", reject);
    sent.end();
  });
}
