/** The list of consumer groups. */

import { count } from "../format.js";
import { linkTo, mark } from "./cells.js";

/** @import {GroupRow} from "../types.js" */
/** @import {List} from "./list.js" */

/** @type {List<GroupRow>} */
export const GROUPS = {
  title: "Consumer groups",
  one: "consumer group",
  find: "name, state, protocol",
  lesson: "Consumers with the same group.id share a topic's partitions between them, and the group remembers how far it has read. Start one:",
  code: (kafka) => `millstream consume hello --group lab --from-beginning --bootstrap-server ${kafka}

# or, with Apache Kafka's own tool
kafka-console-consumer.sh --bootstrap-server ${kafka} --topic hello --group lab --from-beginning`,
  key: ({ id }) => id,
  columns: [
    { key: "id", title: "Group", cell: ({ id }) => linkTo({ kind: "group", ref: id }) },
    { key: "state", title: "State", cell: ({ state, health }) => mark(state, health.level, health.reason) },
    { key: "protocol", title: "Protocol", why: "classic: the members share out the partitions. consumer: the broker does (KIP-848).", cell: ({ protocol }) => protocol },
    { key: "members", title: "Members", number: true, cell: ({ members }) => count(members) },
    { key: "topics", title: "Topics", why: "Topics with committed offsets.", number: true, cell: ({ topics }) => count(topics) },
    { key: "lag", title: "Lag", why: "Records between what is committed and the end, of all partitions.", number: true, cell: ({ lag }) => count(lag) },
  ],
};
