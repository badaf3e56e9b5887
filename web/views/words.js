/** What a word of the field means, in one sentence. */

/** @type {Record<string, string>} */
const WORDS = {
  partition: "A topic is split into partitions; order is kept inside each, and each reader of a group takes some of them.",
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
