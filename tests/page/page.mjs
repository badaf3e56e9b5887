/**
 * The page in a real browser: `node page.mjs REAL TRAFFIC DEMO EMPTY HOSTILE BUSY LAB CLIENTS`.
 *
 * REAL and TRAFFIC are the pages of the two demos; the next four are scenes of the console's example `fake`: data that moves, an
 * empty cluster, names and records that try to become markup, ten thousand of everything. LAB is the page of a server
 * with the queries of `lab.py`, CLIENTS that of one with the clients of `clients.py`; either may be empty.
 */

import { choose } from "../../web/views/chart-choice.js";
import { check, ensure, open, picture, request, withBrowser } from "./browser.mjs";
import { clients, hostileLists, lessons, lists, narrowLists } from "./views.mjs";

const [REAL, TRAFFIC, DEMO, EMPTY, HOSTILE, BUSY, LAB, CLIENTS] = process.argv.slice(2);

const box = (page, kind, name) => page.locator(`.box[data-kind=${kind}]`, { hasText: name }).first();
const text = (page, selector) => page.locator(selector).innerText();
const changes = (page, selector, before) =>
  page.waitForFunction(([css, old]) => document.querySelector(css)?.textContent !== old, [selector, before]);
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

async function running(browser) {
  const page = await open(browser, REAL);
  await check("the strip shows a rate", async () => {
    await page.waitForFunction(() => /[1-9]/.test(document.querySelector("#in-rate")?.textContent ?? ""));
  });
  await check("topics and queries are drawn", async () => {
    await box(page, "topic", "clickstream").waitFor();
    await box(page, "query", "clicks-by-status").waitFor();
    await box(page, "query", "top-pages").waitFor();
  });
  await check("a query's result is a table that changes, and a chart", async () => {
    await box(page, "query", "clicks-by-status").click();
    await page.locator("#result-body tr").nth(1).waitFor();
    await page.locator("#result-chart canvas").waitFor();
    await changes(page, "#result-body", await page.locator("#result-body").textContent());
    ensure(page.url().includes("#"), "the address bar does not keep the selection");
  });
  await check("1600 px need no scrolling sideways", async () => ensure((await overflow(page)) <= 0, "wider than the window"));
  await picture(page, "result");
  await check("its progress is shown", async () => {
    await page.keyboard.press("2");
    await page.locator("#progress-charts canvas").first().waitFor();
    ensure((await text(page, "#progress-json")).includes("batchId"), "no progress JSON");
  });
  await tail(page);
  await check("no script failed", async () => ensure(page.problems.length === 0, page.problems.join("; ")));
  await page.context().close();
}

async function tail(page) {
  const first = "#tail-body tr";
  await check("a topic's tail moves, pause keeps its rows, space goes on", async () => {
    await page.keyboard.press("Escape");
    await box(page, "topic", "clickstream").click();
    await page.locator(first).first().waitFor();
    await changes(page, first, await page.locator(first).first().textContent());
    await page.locator("#pause").click();
    const kept = await page.locator(first).first().textContent();
    await changes(page, "#detail-facts", await page.locator("#detail-facts").textContent());
    ensure((await page.locator(first).first().textContent()) === kept, "a paused row changed");
    await page.locator("#pause").click();
    await changes(page, first, kept);
  });
  await picture(page, "tail");
  await check("its partitions say what they hold and what goes next", async () => {
    await page.locator("#tab-partitions").click();
    await page.locator("#partitions-body .departure").first().waitFor();
    ensure(/kept|goes (in|now)/.test(await text(page, "#partitions-body tr")), "nothing of what goes next");
    ensure((await text(page, "#retention")).includes("7 d"), "no retention.ms");
    await page.keyboard.press("1");
  });
  await check("a filter shows what it asks for only", async () => {
    await page.keyboard.press("/");
    await page.keyboard.type("favicon");
    await page.waitForFunction(() => {
      const rows = [...document.querySelectorAll("#tail-body tr")];
      return rows.length > 0 && rows.every((row) => row.textContent?.includes("favicon"));
    });
  });
}

async function traffic(browser) {
  const page = await open(browser, TRAFFIC);
  await check("demo traffic: a producer a sensor, three topics, two queries", async () => {
    for (const sensor of ["sensor-6005", "sensor-7578", "sensor-t4013"]) await box(page, "client", sensor).waitFor();
    for (const topic of ["traffic", "speeds-by-sensor", "slow-traffic"]) await box(page, "topic", topic).waitFor();
    await box(page, "query", "slow-traffic").waitFor();
  });
  await check("demo traffic: mean speeds by the hour, a line a sensor", async () => {
    await box(page, "query", "speeds-by-sensor").click();
    await page.locator("#result-body tr").nth(3).waitFor();
    await page.locator("#result-chart canvas").waitFor();
    const chosen = await page.evaluate(() => ["x", "series", "y", "as"].map((part) => document.querySelector(`#chart-${part}`)?.value));
    ensure(chosen.join() === "window,sensor,mean,lines", `drawn by ${chosen}`);
  });
  await picture(page, "traffic");
  await check("no script failed at demo traffic", async () => ensure(page.problems.length === 0, page.problems.join("; ")));
  await page.context().close();
}

async function narrowAndDark(browser) {
  const page = await open(browser, REAL, { width: 400, height: 800, theme: "dark" });
  await check("400 px: a list, without scrolling sideways", async () => {
    await box(page, "topic", "clickstream").waitFor();
    ensure((await overflow(page)) <= 0, "wider than the window");
    await picture(page, "narrow");
    await box(page, "topic", "clickstream").click();
    await page.locator("#tail-body tr").first().waitFor();
    ensure((await overflow(page)) <= 0, "the sheet is wider than the window");
  });
  await check("dark, as the system asks, and light by a key", async () => {
    ensure((await page.evaluate(() => document.documentElement.dataset.theme)) === "dark", "not dark");
    await page.keyboard.press("d");
    ensure((await page.evaluate(() => document.documentElement.dataset.theme)) === "light", "still dark");
  });
  await page.context().close();
}

async function widths(browser) {
  const page = await open(browser, DEMO);
  await page.locator(".box").first().waitFor();
  await check("no width needs scrolling sideways", async () => {
    for (const width of [360, 400, 600, 719, 720, 800, 960, 1024, 1100, 1280, 1366, 1440, 1920]) {
      await page.setViewportSize({ width, height: 800 });
      // A chart follows its place in the next frames.
      const fits = page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
      await fits.catch(() => ensure(false, `at ${width} px it is wider than the window`));
    }
  });
  await page.context().close();
}

async function retention(browser) {
  const page = await open(browser, DEMO);
  await check("a segment goes by time, by size, because it was deleted, or stays", async () => {
    await box(page, "topic", "clickstream").click();
    await page.keyboard.press("2");
    await page.locator("#partitions-body tr").nth(3).waitFor();
    const shown = await text(page, "#partitions-body");
    for (const part of ["(retention.ms)", "(retention.bytes)", "(its records were deleted)", "kept: retention.bytes not reached"]) {
      ensure(shown.includes(part), `no "${part}" in ${shown}`);
    }
    ensure((await page.locator("#partitions-body .segments i[data-next]").count()) > 0, "no segment is marked");
    ensure((await page.locator("#partitions-body .departure").first().getAttribute("title"))?.includes("older"), "nothing explains it");
    for (const width of [360, 800, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      ensure((await overflow(page)) <= 0, `at ${width} px it is wider than the window`);
    }
  });
  await picture(page, "partitions");
  await check("no script failed", async () => ensure(page.problems.length === 0, page.problems.join("; ")));
  await page.context().close();
}

async function keyboard(browser) {
  const page = await open(browser, DEMO);
  await check("everything by keyboard: move, select, keys, connect", async () => {
    await page.locator(".box").first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => location.hash.length > 1);
    await page.keyboard.press("?");
    await page.locator("#keys-dialog[open]").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("c");
    await page.locator("#connect-dialog[open]").waitFor();
    ensure((await text(page, "#connect-dialog")).includes("bootstrap_servers"), "no snippet");
    await page.keyboard.press("Escape");
  });
  await check("a query can be stopped, and says so", async () => {
    await page.locator(".box[data-kind=query]").first().click();
    await page.locator("#stop").click();
    await page.locator("#stop-dialog button[value=stop]").click();
    await page.waitForFunction(() => document.querySelector("#detail")?.textContent?.toLowerCase().includes("stopped"));
  });
  await page.context().close();
}

async function emptyAndHostile(browser) {
  const empty = await open(browser, EMPTY);
  await check("an empty cluster is a lesson with true addresses", async () => {
    await empty.locator("#lesson").waitFor();
    ensure(/localhost:\d+/.test(await text(empty, "#lesson")), "no address");
    await empty.locator("#lesson .copy").first().waitFor();
  });
  await picture(empty, "empty");
  await empty.context().close();
  const hostile = await open(browser, HOSTILE);
  await check("names and records from outside stay text", async () => {
    await hostile.locator(".box").first().waitFor();
    const boxes = hostile.locator(".box");
    for (let index = 0; index < Math.min(await boxes.count(), 6); index += 1) {
      await boxes.nth(index).click({ force: true });
      await hostile.locator("#detail").waitFor();
    }
    await hostile.locator(".box[data-kind=topic]").first().click({ force: true });
    await hostile.locator("#tail-body tr").first().waitFor();
    ensure((await hostile.evaluate(() => window.pwned)) === undefined, "a string from outside was run");
    ensure((await hostile.content()).includes("&lt;"), "nothing hostile was shown");
  });
  await hostile.context().close();
}

/** Queries that a PySpark program started, as a learner does: their results are drawn without a word about how. */
async function lab(browser) {
  const page = await open(browser, LAB);
  // Query, what its chart takes for x, series and y, and a text of its table.
  const drawn = [
    ["hours", "window", "status", "hits", "10:00"],
    ["pages", "", "page", "count", "/"],
    ["requests", "time", "method", "bytes", "GET"],
    ["late", "window", "", "count", "10:00"],
  ];
  for (const [name, x, series, y, cell] of drawn) {
    await check(`a PySpark query's result is drawn: ${name}`, async () => {
      await box(page, "query", name).click();
      await page.locator("#result-body tr").first().waitFor();
      await page.waitForFunction((text) => document.querySelector("#result-body")?.textContent?.includes(text), cell);
      const chosen = await page.evaluate(() => ["x", "series", "y"].map((part) => document.querySelector(`#chart-${part}`)?.value));
      ensure(chosen.join() === [x, series, y].join(), `drawn by ${chosen}`);
      await page.locator(x === "" ? "#result-chart .bars li" : "#result-chart canvas").first().waitFor();
    });
    await picture(page, `lab-${name}`);
    await page.keyboard.press("Escape");
  }
  await check("no script failed at it", async () => ensure(page.problems.length === 0, page.problems.join("; ")));
  await page.context().close();
}

/** The rule alone, on results that courses have. */
async function choices() {
  const kinds = { w: "window", t: "time", s: "text", n: "number" };
  const table = (names, row) => ({
    columns: names.map((name) => ({ name: name.slice(2), kind: kinds[name[0]], data_type: "" })),
    rows: [row, row.map((value) => (typeof value === "string" ? `${value}2` : value))],
  });
  const span = { start: 0, end: 1 };
  const expected = [
    [["w:window", "s:word", "n:count"], [span, "a", 1], "window word count columns"],
    [["w:window", "n:status", "n:hits", "n:bytes"], [span, 200, 1, 5], "window status hits columns"],
    [["s:word", "n:count"], ["a", 1], " word count lines"],
    [["t:time", "s:page", "n:status", "n:bytes"], [0, "/", 200, 5], "time page bytes lines"],
    [["w:window", "s:sensor", "n:mean"], [span, "a", 1.5], "window sensor mean lines"],
    [["t:timestamp", "n:value"], [0, 1], "timestamp  value lines"],
    [["s:key", "s:value", "n:partition", "n:offset", "t:timestamp", "n:timestampType"], ["a", "b", 0, 7, 0, 0], "timestamp key partition lines"],
    [["s:value"], ["a"], " value  lines"],
  ];
  await check("a chart is chosen by what the columns are", async () => {
    for (const [names, row, choice] of expected) {
      const { x, series, y, as } = choose(table(names, row));
      ensure([x, series, y, as].join(" ") === choice, `${names}: ${[x, series, y, as].join(" ")}`);
    }
  });
}

async function strangers() {
  await check("scripts and styles come from here only", async () => {
    const policy = (await request(REAL)).headers["content-security-policy"] ?? "";
    ensure(policy.includes("default-src") && !policy.includes("unsafe-inline"), `the policy is '${policy}'`);
  });
  await check("another name for this address is refused (DNS rebinding)", async () => {
    const { status } = await request(REAL, { headers: { Host: "evil.example" }, path: "/api/topics" });
    ensure(status >= 400, `answered ${status}`);
  });
  await check("another site cannot stop a query", async () => {
    const headers = { Origin: "http://evil.example" };
    const { status } = await request(DEMO, { method: "POST", headers, path: "/api/queries/x/stop" });
    ensure(status === 403, `answered ${status}`);
  });
}

await withBrowser(async (browser) => {
  await running(browser);
  await traffic(browser);
  await narrowAndDark(browser);
  await widths(browser);
  await retention(browser);
  await keyboard(browser);
  await emptyAndHostile(browser);
  await choices();
  await lists(browser, DEMO, BUSY);
  await lessons(browser, EMPTY);
  await hostileLists(browser, HOSTILE);
  await narrowLists(browser, DEMO);
  if (CLIENTS) await clients(browser, CLIENTS);
  if (LAB) await lab(browser);
  await strangers();
});
