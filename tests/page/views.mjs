/**
 * The lists and what is behind them, in a real browser: groups, transactions, connections, settings, files.
 *
 * The scenes of the console's example `fake` show every state; `clients` are real ones on a real server.
 */

import { check, ensure, open, picture } from "./browser.mjs";

const text = (page, selector) => page.locator(selector).innerText();
const says = (page, selector, part) =>
  page.waitForFunction(([css, part]) => document.querySelector(css)?.textContent?.includes(part), [selector, part]);
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
const PLACES = { groups: "g", transactions: "t", connections: "o", broker: "b" };
const at = (url, place) => new URL(`#${place}`, url).href;

/** On a scene with everything, and on one with ten thousand of each. */
export async function lists(browser, demo, busy) {
  const page = await open(browser, demo);
  await check("every place by its key, and back", async () => {
    for (const [place, key] of Object.entries(PLACES)) {
      await page.keyboard.press(key);
      await page.locator(`#place-${place}[aria-current=page]`).waitFor();
      await page.locator(place === "broker" ? "#configs-body tr" : "#list-body tr").first().waitFor();
      ensure((await overflow(page)) <= 0, `${place} is wider than the window`);
    }
    await page.keyboard.press("Escape");
    await page.locator("#place-flow[aria-current=page]").waitFor();
    await page.locator(".box").first().waitFor();
  });
  await check("open transactions say what they hold back, a hanging one that it hangs", async () => {
    await page.keyboard.press("t");
    await says(page, "#held-body", "holds the last stable offset back");
    ensure((await text(page, "#held-body")).includes("hangs"), "no hanging transaction");
    ensure((await text(page, "#list-body")).includes("Ongoing"), "no open transaction");
  });
  await picture(page, "transactions-scene");
  await check("a group: lag over time, its partitions, members and settings", async () => {
    await page.keyboard.press("g");
    await page.locator("#list-body a", { hasText: "dashboard" }).click();
    await page.locator("#lag-chart canvas").waitFor();
    ensure((await page.locator("#lag-body tr").count()) === 6, "not every partition");
    await page.keyboard.press("2");
    ensure((await text(page, "#members-body")).includes("clicks-by-status 0–2"), "no assignment");
    await page.keyboard.press("3");
    await says(page, "#configs-body", "retention.ms");
    ensure((await text(page, "#configs-body")).includes("without effect here"), "nothing is without effect");
    ensure((await page.locator("#configs-body tr").first().innerText()).includes("retention.ms"), "what is set is not first");
  });
  await check("no script failed in the lists", async () => ensure(page.problems.length === 0, page.problems.join("; ")));
  await page.context().close();
  await crowd(browser, busy);
}

/** Ten thousand rows are found, sorted and turned by the server. */
async function crowd(browser, busy) {
  const page = await open(browser, at(busy, "connections"));
  await check("ten thousand connections: a part at a time", async () => {
    await page.locator("#list-body tr").nth(99).waitFor();
    ensure((await page.locator("#list-body tr").count()) === 100, "more rows than a part has");
    await says(page, "#list-count", "1–100 of 10,003");
    await page.locator("#list-after").click();
    await says(page, "#list-count", "101–200 of");
    await page.keyboard.press("/");
    await page.keyboard.type("device-0077");
    await says(page, "#list-count", "10 found, of 10,003");
    await page.locator("th[data-key=requests] .sort").click();
    await page.locator("th[data-key=requests][aria-sort=descending]").waitFor();
    ensure(page.url().endsWith("#connections/device-0077"), "the address bar does not keep the search");
    await page.locator("#list-find").fill("nobody has this");
    await says(page, "#list-state", "No connection has this text");
  });
  await check("ten thousand groups, by any column", async () => {
    await page.goto(at(busy, "groups"));
    await says(page, "#list-count", "of 10,001");
    await page.locator("th[data-key=members] .sort").click();
    await page.locator("th[data-key=members][aria-sort=descending]").waitFor();
    await page.waitForFunction(() => document.querySelector("#list-body td:nth-child(4)")?.textContent === "4");
  });
  await picture(page, "groups-crowd");
  await check("no script failed with ten thousand", async () => ensure(page.problems.length === 0, page.problems.join("; ")));
  await page.context().close();
}

/** An empty list is a lesson. */
export async function lessons(browser, empty) {
  const page = await open(browser, empty);
  await check("an empty list says what to type", async () => {
    for (const place of ["groups", "transactions", "connections"]) {
      await page.goto(at(empty, place));
      await page.locator("#list-lesson .copy").waitFor();
      ensure(/localhost:\d+/.test(await text(page, "#list-lesson")), `no address for ${place}`);
    }
  });
  await picture(page, "connections-empty");
  await page.context().close();
}

/** Markup in every name stays text. */
export async function hostileLists(browser, hostile) {
  const page = await open(browser, hostile);
  await check("hostile names in lists, groups, settings and files stay text", async () => {
    for (const place of Object.keys(PLACES)) {
      await page.goto(at(hostile, place));
      await page.locator(place === "broker" ? "#configs-body tr" : "#list-body tr").first().waitFor();
    }
    await page.goto(at(hostile, "groups"));
    await page.locator("#list-body a").first().click();
    await page.locator("#lag-body tr").first().waitFor();
    await page.keyboard.press("2");
    await page.locator("#members-body tr").first().waitFor();
    await page.keyboard.press("f");
    await page.locator(".box[data-kind=topic]").first().click({ force: true });
    await page.locator("#tab-partitions").click();
    await page.locator(".partition-row").first().click();
    await page.locator(".files table").waitFor();
    ensure((await page.evaluate(() => window.pwned)) === undefined, "a string from outside was run");
    ensure(page.problems.length === 0, page.problems.join("; "));
  });
  await page.context().close();
}

/** Every width, in the dark too. */
export async function narrowLists(browser, demo) {
  const page = await open(browser, demo, { width: 400, height: 800, theme: "dark" });
  await check("the places need no scrolling sideways from 360 to 1920 px", async () => {
    for (const place of Object.keys(PLACES)) {
      await page.goto(at(demo, place));
      await page.locator(place === "broker" ? "#configs-body tr" : "#list-body tr").first().waitFor();
      for (const width of [360, 400, 600, 720, 1024, 1440, 1920]) {
        await page.setViewportSize({ width, height: 800 });
        ensure((await overflow(page)) <= 0, `${place} at ${width} px is wider than the window`);
      }
    }
  });
  await page.context().close();
}

/** Real clients on a real server: a group, an open transaction, connections with their libraries, a topic that was set. */
export async function clients(browser, url) {
  const page = await open(browser, at(url, "groups"));
  await check("real clients: groups of both protocols", async () => {
    await page.locator("#list-body a", { hasText: "page-classic" }).waitFor();
    await page.locator("#list-body a", { hasText: "page-consumer" }).waitFor();
    ensure(/page-consumer\s+Stable\s+consumer/.test(await text(page, "#list-body")), "no group of the new protocol is stable");
  });
  await picture(page, "groups");
  for (const group of ["page-classic", "page-consumer"]) {
    await check(`real clients: ${group} with members, assignment, committed offsets and lag`, async () => {
      await page.goto(at(url, `group/${group}`));
      await page.waitForFunction(() => /\d/.test(document.querySelector("#lag-body td:nth-child(3)")?.textContent ?? ""));
      ensure((await page.locator("#lag-body tr").count()) === 3, "not the three partitions");
      await page.locator("#lag-chart canvas").waitFor();
      await says(page, "#detail-facts", "Last rebalance");
      await picture(page, group);
      await page.locator("#tab-members").click();
      ensure(/page-topic (0–2|0|1|2)/.test(await text(page, "#members-body")), "no assignment");
      await picture(page, `${group}-members`);
      await page.locator("#tab-lag").click();
    });
  }
  await check("real clients: an open transaction and what it holds back", async () => {
    await page.goto(at(url, "transactions"));
    await says(page, "#list-body", "page-transaction");
    await says(page, "#list-body", "Ongoing");
    await says(page, "#list-body", "CompleteCommit");
    await says(page, "#held-body", "holds the last stable offset back");
  });
  await picture(page, "transactions");
  await check("real clients: connections with library, version and last request", async () => {
    await page.goto(at(url, "connections"));
    await says(page, "#list-body", "confluent-kafka-python");
    ensure(/(Fetch|Heartbeat|ConsumerGroupHeartbeat|Produce|AddPartitionsToTxn|EndTxn) v\d+/.test(await text(page, "#list-body")), "no last request");
  });
  await picture(page, "connections");
  await check("real clients: a topic's settings with their sources", async () => {
    await page.goto(at(url, "topic/page-topic"));
    await page.locator("#tab-configs").click();
    await page.locator("#configs-body tr").first().waitFor();
    const first = await page.locator("#configs-body tr").first().innerText();
    ensure(first.includes("retention.ms") && first.includes("86400000") && first.includes("topic"), `the first setting is ${first}`);
    await picture(page, "configs-topic");
    await page.goto(at(url, "broker"));
    await says(page, "#configs-body", "socket.request.max.bytes");
  });
  await picture(page, "broker");
  await check("real clients: a partition's files", async () => {
    await page.goto(at(url, "topic/page-topic"));
    await page.locator("#tab-partitions").click();
    await page.locator(".partition-row").first().click();
    await says(page, ".files", "00000000000000000000.log");
    await says(page, ".files", "partition.metadata");
  });
  await picture(page, "files");
  await check("no script failed with real clients", async () => ensure(page.problems.length === 0, page.problems.join("; ")));
  await page.context().close();
  for (const [name, place] of [["narrow-groups", "groups"], ["narrow-group", "group/page-classic"], ["narrow-transactions", "transactions"], ["narrow-connections", "connections"], ["narrow-broker", "broker"]]) {
    const narrow = await open(browser, at(url, place), { width: 400, height: 800, theme: "dark" });
    await narrow.locator(":is(#list-body, #configs-body, #lag-body) tr:visible").first().waitFor();
    await picture(narrow, name);
    await narrow.context().close();
  }
  for (const [name, place] of [["dark-groups", "groups"], ["dark-group", "group/page-classic"], ["dark-transactions", "transactions"], ["dark-connections", "connections"], ["dark-broker", "broker"]]) {
    const dark = await open(browser, at(url, place), { theme: "dark" });
    await dark.locator(":is(#list-body, #configs-body, #lag-body) tr:visible").first().waitFor();
    await picture(dark, name);
    await dark.context().close();
  }
}
