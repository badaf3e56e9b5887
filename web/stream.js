/**
 * The page's one connection: server-sent events. What is looked at rides on it, so looking elsewhere connects anew;
 * a lost connection is made again by the browser.
 */

/** @import {ClientConnection, Configs, GroupDetail, GroupRow, ListPage, Partitions, Progress, ResultTable, Selection, TailPiece, TransactionPage, View} from "./types.js" */

/**
 * @typedef {object} Handlers
 * @property {(view: View) => void} view
 * @property {(piece: TailPiece) => void} tail
 * @property {(partitions: Partitions) => void} partitions
 * @property {(group: GroupDetail) => void} group
 * @property {(configs: Configs) => void} configs
 * @property {(page: ListPage<GroupRow>) => void} groups
 * @property {(page: TransactionPage) => void} transactions
 * @property {(page: ListPage<ClientConnection>) => void} connections
 * @property {(table: ResultTable) => void} result
 * @property {(progress: Progress) => void} progress
 * @property {(trouble: {error: string}) => void} trouble
 */

/** @type {EventSource|null} */
let source = null;
let looked = "";

/**
 * Connects, looking at `selection`, or at what `other` asks for. Does nothing when it already does.
 *
 * @param {Selection|null} selection
 * @param {Handlers} handlers
 * @param {string} [other]
 */
export function connect(selection, handlers, other) {
  const focus = selection && ["topic", "query", "group", "broker"].includes(selection.kind) ? selection : null;
  const url = other ? other : focus ? `/api/events?${focus.kind}=${encodeURIComponent(focus.ref)}` : "/api/events";
  if (source && source.readyState !== EventSource.CLOSED && looked === url) return;
  source?.close();
  looked = url;
  source = new EventSource(url);
  for (const [name, handle] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => handle(JSON.parse(/** @type {MessageEvent} */ (event).data)));
  }
}

/** Whether the browser has given up; it does when the server refuses. */
export const lost = () => source?.readyState === EventSource.CLOSED;

addEventListener("pagehide", () => source?.close());
