/** The page: starts its views, and keeps the one connection looking at what is selected. */

import { $ } from "./dom.js";
import { startKeys } from "./keys.js";
import { chosen, onSelect, onView, setView, state } from "./state.js";
import { connect, lost } from "./stream.js";
import { feedConfigs, openConfigs, startConfigs } from "./views/configs.js";
import { drawDetail, startDetail } from "./views/detail.js";
import { prefer, startFlow } from "./views/flow.js";
import { drawGroup, feedGroup, openGroup, startGroup } from "./views/group.js";
import { startLesson } from "./views/lesson.js";
import { drawList, failList, feedList, listQuery, openList, startList } from "./views/list.js";
import { drawDepartures, feedPartitions, openPartitions, startPartitions } from "./views/partitions.js";
import { drawPlace, isList, isPlace, startPlaces } from "./views/places.js";
import { feedProgress, openProgress, startProgress } from "./views/progress.js";
import { feedResult, openResult, startResult } from "./views/result.js";
import { snippetTabs } from "./views/snippet-tabs.js";
import { startStrip } from "./views/strip.js";
import { feedTail, openTail, startTail } from "./views/tail.js";
import { setText } from "./dom.js";

/** @import {Selection, View} from "./types.js" */

const wide = matchMedia("(min-width: 720px)");
/** What is looked at; with nothing in the address bar a wide page shows what moves. @type {Selection|null} */
let looked = null;

const handlers = {
  view: setView,
  tail: feedTail,
  partitions: feedPartitions,
  group: feedGroup,
  configs: feedConfigs,
  groups: (/** @type {import("./types.js").ListPage<any>} */ page) => feedList("groups", page),
  transactions: (/** @type {import("./types.js").TransactionPage} */ page) => feedList("transactions", page),
  connections: (/** @type {import("./types.js").ListPage<any>} */ page) => feedList("connections", page),
  result: feedResult,
  progress: (/** @type {import("./types.js").Progress} */ progress) =>
    feedProgress(progress, state.view?.queries.find(({ id }) => id === looked?.ref)),
  trouble: (/** @type {{error: string}} */ { error }) => {
    setText($("detail-reason"), error);
    failList(error);
  },
};

/** @param {View} view @returns {Selection|null} */
function look(view) {
  const selected = chosen();
  if (selected || !wide.matches) return selected;
  if (looked && exists(looked, view)) return looked;
  const query = view.queries.find(({ state }) => state === "running");
  if (query) return { kind: "query", ref: query.id };
  const topic = view.topics.reduce((best, topic) => (!best || topic.traffic.records_in > best.traffic.records_in ? topic : best), view.topics[0]);
  return topic ? { kind: "topic", ref: topic.name } : null;
}

/** @param {Selection} selection @param {View} view */
function exists({ kind, ref }, view) {
  if (kind === "query") return view.queries.some(({ id }) => id === ref);
  return kind === "topic" ? view.topics.some(({ name }) => name === ref) : true;
}

function follow() {
  drawPlace();
  const place = chosen();
  if (!state.view) return connect(place, handlers);
  if (isPlace(place)) return followPlace(place);
  openList(null);
  looked = look(state.view);
  prefer(looked);
  document.body.classList.toggle("has-sheet", chosen() !== null);
  openGroup(looked?.kind === "group" ? looked.ref : "");
  drawGroup(state.view.now_ms);
  openConfigs(looked);
  openTail(looked?.kind === "topic" ? looked.ref : "");
  openPartitions(looked?.kind === "topic" ? looked.ref : "");
  drawDepartures(state.view.now_ms);
  openResult(looked?.kind === "query" ? looked.ref : "");
  openProgress(looked?.kind === "query" ? looked.ref : "");
  drawDetail(looked, state.view);
  connect(looked, handlers);
}

/** A list or the broker: nothing of the flow is looked at meanwhile. @param {Selection|null} place */
function followPlace(place) {
  document.body.classList.remove("has-sheet");
  openGroup("");
  openConfigs(place);
  openList(place);
  drawList();
  connect(place, handlers, place && isList(place) ? listQuery() : undefined);
}

/** The first view is in the page; without it the first event brings one. */
function first() {
  try {
    const view = JSON.parse($("first-view").textContent ?? "");
    if (view) setView(view);
  } catch {
    // The page was not served by Millstream.
  }
}

startStrip();
startPlaces();
startList(follow);
startConfigs();
startGroup();
startDetail();
startTail();
startPartitions();
startResult();
startProgress();
first();
onView(follow);
startFlow();
startLesson();
startKeys();
onSelect(follow);
wide.addEventListener("change", follow);
addEventListener("zonechange", follow);
follow();
setInterval(() => lost() && follow(), 2000);
$("connect").addEventListener("click", () => {
  const topic = looked?.kind === "topic" ? looked.ref : "hello";
  if (state.view) $("connect-snippets").replaceChildren(snippetTabs(state.view.cluster.doors, topic));
});
