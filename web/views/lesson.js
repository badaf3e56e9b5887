/** An empty cluster is a lesson: how to send the first record, with the true addresses filled in. */

import { $ } from "../dom.js";
import { onView } from "../state.js";
import { snippetTabs } from "./snippet-tabs.js";

let doors = "";

/** Starts it. */
export function startLesson() {
  onView((view) => {
    const empty = view.topics_total === 0 && view.queries.length === 0;
    document.body.classList.toggle("is-empty", empty);
    $("lesson").hidden = !empty;
    $("flow").hidden = empty;
    const now = JSON.stringify(view.cluster.doors);
    if (empty && now !== doors) {
      doors = now;
      $("lesson-snippets").replaceChildren(snippetTabs(view.cluster.doors, "hello"));
    }
  });
}
