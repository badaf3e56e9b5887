/** What a word of the field means, in one sentence. */

/** @type {Record<string, string>} */
const WORDS = {
  partition: "A topic is split into partitions; order is kept inside each, and each reader of a group takes some of them.",
  segment: "A partition is a row of files, its segments; records are appended to the youngest, and retention lets the oldest go as a whole.",
  "retention.ms": "A segment goes when its youngest record is older than this.",
  "retention.bytes": "The oldest segments go while a partition is at least this large without them.",
  "segment.ms": "A new segment is begun by a record that is this much younger than the first of the segment.",
  "segment.bytes": "A new segment is begun before one grows beyond this.",
  epoch: "It grows with each rebalance; who comes with an older one has missed it.",
  classic: "The classic protocol: members join, one of them shares out the partitions, all sync.",
  consumer: "The new protocol (KIP-848): the broker shares out the partitions, members change one by one, nobody stops.",
  check: "Old segments are looked for from time to time (log.retention.check.interval.ms); until then they stay.",
  offset: "A record's number in its partition; it never changes.",
  lag: "How many records a group has yet to read: the end of the topic less what it has committed.",
  batch: "A streaming query works off what has come in small batches; a batch that takes longer than the trigger's interval delays the next.",
  state: "What the query remembers between batches, such as the windows that are still open.",
  watermark: "The event time up to which the query takes all data to have come; what is older is dropped, windows that end before it are final.",
  append: "Append mode: a row is given out once, when it can no longer change.",
  update: "Update mode: each batch gives out the rows that it changed.",
  complete: "Complete mode: each batch gives out the whole result.",
};

/** @param {string} word */
export const explain = (word) => WORDS[word] ?? null;
