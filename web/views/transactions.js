/** The list of transactions, and what they hold back. */

import { $, h, keyed, setAttribute, setText } from "../dom.js";
import { count, duration, plural, time } from "../format.js";
import { linkTo, mark, ranges } from "./cells.js";

/** @import {OpenTransaction, Transaction, TransactionPage} from "../types.js" */
/** @import {List} from "./list.js" */

/** Topics of a transaction in short. @param {Transaction} transaction */
function partitions({ partitions, partitions_total }) {
  /** @type {Map<string, number[]>} */
  const topics = new Map();
  for (const [topic, partition] of partitions) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  const more = partitions_total - partitions.length;
  return [...topics].map(([topic, numbers]) => `${topic} ${ranges(numbers)}`).join(" · ") + (more > 0 ? ` · ${count(more)} more` : "");
}

/** @param {Transaction} transaction @param {number} now */
function age({ started_ms, timeout_ms }, now) {
  if (started_ms === null) return "";
  const open = Math.max(0, now - started_ms);
  const text = duration(Math.floor(open / 1000) * 1000);
  return open > timeout_ms / 2 ? mark(text, "warn", "More than half of its time-out has passed; then it is aborted.") : text;
}

/** @param {Transaction} transaction */
function stateMark({ state, in_flight }) {
  if (state === "Ongoing") return mark(state, "ok", "A transaction is open.");
  if (in_flight) return mark(state, "warn", "Its end is decided; the markers are being written.");
  return mark(state, state === "CompleteAbort" ? "warn" : "off", state === "CompleteAbort" ? "Its last transaction was aborted." : "");
}

/** @type {List<Transaction>} */
export const TRANSACTIONS = {
  title: "Transactions",
  one: "transaction",
  find: "transactional id, producer id, state, topic",
  lesson: "A producer with a transactional.id writes to several partitions as one: readers with isolation.level=read_committed see all of it or nothing. Try it:",
  code: (kafka) => `# pip install confluent-kafka
from confluent_kafka import Producer

producer = Producer({"bootstrap.servers": "${kafka}", "transactional.id": "lab-1"})
producer.init_transactions()
producer.begin_transaction()
producer.produce("hello", b"all or nothing")
producer.flush()
input("The transaction is open. Enter commits it: ")
producer.commit_transaction()`,
  key: ({ id }) => id,
  columns: [
    { key: "id", title: "Transactional id", cell: ({ id }) => id },
    { key: "state", title: "State", cell: stateMark },
    { key: "producer_id", title: "Producer id", number: true, cell: ({ producer_id }) => String(producer_id) },
    { key: "", title: "Epoch", why: "It grows when a producer takes the id over: who has an older epoch is fenced.", number: true, cell: ({ epoch }) => String(epoch) },
    { key: "age", title: "Open for", number: true, cell: age },
    { key: "timeout", title: "Time-out", why: "A transaction that is open for longer is aborted.", number: true, cell: ({ timeout_ms }) => duration(timeout_ms) },
    { key: "partitions", title: "Partitions", cell: partitions },
    { key: "updated", title: "Changed", cell: ({ updated_ms }) => time(updated_ms) },
  ],
};

/** What holds back readers of committed records. @param {TransactionPage|null} page @param {number} now */
export function drawHeld(page, now) {
  const place = $("held");
  const open = page?.open ?? [];
  place.hidden = open.length === 0;
  setText($("held-count"), page && open.length > 0 ? `${plural(page.open_total, "open transaction")} in partitions` : "");
  keyed($("held-body"), open, key, createHeld, (row, one) => updateHeld(row, one, now));
}

/** @param {OpenTransaction} one */
const key = ({ topic, partition, producer_id }) => `${topic}\n${partition}\n${producer_id}`;

/** @param {OpenTransaction} one */
const createHeld = ({ topic, partition }) =>
  h("tr", {}, h("td", {}, linkTo({ kind: "topic", ref: topic }, `${topic}-${partition}`)), h("td"), h("td", { class: "is-number" }), h("td", { class: "is-number" }), h("td", { class: "is-number" }), h("td"));

/** @param {HTMLElement} row @param {OpenTransaction} one @param {number} now */
function updateHeld(row, { id, producer_id, epoch, first_offset, held_back, last_ms, is_first }, now) {
  const [, who, first, held, last, why] = row.children;
  if (!who || !first || !held || !last || !why) return;
  setText(who, id === null ? `producer ${producer_id}, epoch ${epoch}` : id);
  setText(first, count(first_offset));
  setText(held, is_first ? plural(held_back, "record") : "");
  setText(last, last_ms === null ? "" : `${duration(Math.max(0, Math.floor((now - last_ms) / 1000) * 1000))} ago`);
  setText(why, id === null ? "hangs: no coordinator knows it; kafka-transactions abort ends it" : is_first ? "holds the last stable offset back" : "waits behind another one");
  setAttribute(why, "data-level", id === null ? "bad" : null);
}
