/** The list of Kafka clients' connections. */

import { bytes, count, duration, time } from "../format.js";
import { linkTo } from "./cells.js";

/** @import {ClientConnection} from "../types.js" */
/** @import {List} from "./list.js" */

/** A time that has passed, without milliseconds. @param {number} ms */
const passed = (ms) => duration(Math.max(0, Math.floor(ms / 1000) * 1000));

/** @type {List<ClientConnection>} */
export const CONNECTIONS = {
  title: "Connections",
  one: "connection",
  find: "client id, library, address, group, API",
  lesson: "Every Kafka client that is connected is listed here, with its library, what it asked for last and how much it has moved. Connect one:",
  code: (kafka) => `millstream consume hello --bootstrap-server ${kafka}

# or any other client, unchanged
kcat -b ${kafka} -C -t hello`,
  key: ({ id }) => String(id),
  columns: [
    { key: "client_id", title: "Client id", cell: ({ client_id }) => linkTo({ kind: "client", ref: client_id }, client_id || "(none)") },
    { key: "software", title: "Library", why: "What the client says of itself (ApiVersions 3 and later).", cell: ({ software, software_version }) => `${software} ${software_version}`.trim() || "not told" },
    { key: "peer", title: "Address", cell: ({ peer }) => peer },
    { key: "group", title: "Group", cell: ({ group }) => (group === null ? "" : linkTo({ kind: "group", ref: group })) },
    { key: "api", title: "Last request", cell: ({ api, api_version }) => (api === null ? "none yet" : `${api} v${api_version}`) },
    { key: "requests", title: "Requests", number: true, cell: ({ requests }) => count(requests) },
    { key: "bytes_in", title: "In", why: "Bytes of its requests.", number: true, cell: ({ bytes_in }) => bytes(bytes_in) },
    { key: "bytes_out", title: "Out", why: "Bytes of the answers.", number: true, cell: ({ bytes_out }) => bytes(bytes_out) },
    { key: "since", title: "Since", cell: ({ since_ms }) => time(since_ms) },
    { key: "idle", title: "Idle", why: "Since its last request. A long poll that waits for records counts as idle.", number: true, cell: ({ last_ms }, now) => passed(now - last_ms) },
  ],
};
