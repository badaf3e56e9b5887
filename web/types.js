/**
 * The shapes that the server sends; `API.md` explains each field. Types only: nothing here runs.
 *
 * @typedef {{records_in: number, bytes_in: number, records_out: number, bytes_out: number}} Traffic
 *
 * @typedef {{kafka: string|null, spark: string|null, console: string|null}} Doors
 *
 * @typedef {object} Cluster
 * @property {string} cluster_id
 * @property {string} version
 * @property {number} uptime_ms
 * @property {number|null} memory_bytes
 * @property {Doors} doors
 *
 * @typedef {object} Topic
 * @property {string} name
 * @property {number} partitions
 * @property {number} records
 * @property {number} size_bytes
 * @property {Traffic} traffic
 * @property {number[]} [history]
 *
 * @typedef {{topic: string, rate: number}} ClientEdge
 *
 * @typedef {object} Client
 * @property {string} client_id
 * @property {string} software
 * @property {string|null} group
 * @property {number} connections
 * @property {string} peer
 * @property {ClientEdge[]} writes
 * @property {ClientEdge[]} reads
 *
 * @typedef {{level: "ok"|"off"|"warn"|"bad", reason: string}} Health
 *
 * @typedef {object} Group
 * @property {string} id
 * @property {string} state
 * @property {number} members
 * @property {{topic: string, records: number}[]} lag
 * @property {number} lag_total
 * @property {number} lag_growth
 * @property {Health} health
 *
 * @typedef {{kind: string, topic: string|null, label: string|null}} Endpoint
 *
 * @typedef {object} Query
 * @property {string} id
 * @property {string|null} name
 * @property {"running"|"stopped"|"failed"} state
 * @property {string} [error]
 * @property {Health} health
 * @property {Endpoint[]} sources
 * @property {Endpoint} sink
 * @property {string} output_mode
 * @property {number} rate_in
 * @property {number} rate_out
 * @property {number} rows_in
 * @property {number} rows_out
 * @property {number} batches
 * @property {number|null} batch_ms
 * @property {number|null} trigger_ms
 * @property {number|null} watermark_ms
 * @property {number|null} max_event_time_ms
 * @property {number} state_rows
 * @property {number} late_rows
 *
 * @typedef {object} View
 * @property {number} now_ms
 * @property {Cluster} cluster
 * @property {Traffic} totals
 * @property {{step_ms: number, records_in: number[], records_out: number[]}} [history]
 * @property {Topic[]} topics
 * @property {number} topics_total
 * @property {Client[]} clients
 * @property {Group[]} groups
 * @property {Query[]} queries
 *
 * @typedef {{text?: string, hex?: string, size: number, cut?: boolean}} Cell
 *
 * @typedef {object} TailRecord
 * @property {number} partition
 * @property {number} offset
 * @property {number|null} timestamp_ms
 * @property {Cell|null} key
 * @property {Cell|null} value
 * @property {[string, Cell|null][]} headers
 *
 * @typedef {{topic: string, first: boolean, arrived: number, records: TailRecord[]}} TailPiece
 *
 * @typedef {object} Retention
 * @property {number|null} retention_ms
 * @property {number|null} retention_bytes
 * @property {number} segment_ms
 * @property {number} segment_bytes
 * @property {boolean} deletes
 * @property {number} check_interval_ms
 * @property {number} next_check_ms
 *
 * @typedef {{start: number, end: number, size_bytes: number, newest_ms: number|null, active: boolean}} Segment
 *
 * @typedef {object} Partition
 * @property {number} index
 * @property {boolean} online
 * @property {number} start
 * @property {number} end
 * @property {number} last_stable
 * @property {number} log_end
 * @property {number} leader_epoch
 * @property {number} size_bytes
 * @property {Segment[]} segments
 * @property {number} segments_total
 * @property {{reason: string, at_ms: number}|null} next
 * @property {number|null} room
 *
 * @typedef {{topic: string, retention: Retention, partitions_total: number, partitions: Partition[]}} Partitions
 *
 * @typedef {"number"|"text"|"boolean"|"time"|"window"|"json"} ColumnKind
 * @typedef {{name: string, data_type: string, kind: ColumnKind}} Column
 * @typedef {string|number|boolean|null|{start: number, end: number}|object} Value
 * @typedef {{version: number, columns: Column[], rows: Value[][], total_rows: number}} ResultTable
 *
 * @typedef {object} ProgressPoint
 * @property {number} batch_id
 * @property {number} at_ms
 * @property {number} input_rows
 * @property {number} input_rate
 * @property {number} processed_rate
 * @property {number} batch_ms
 * @property {number|null} watermark_ms
 * @property {number} state_rows
 *
 * @typedef {{points: ProgressPoint[], last: object|null}} Progress
 *
 * @typedef {{topic: string, partitions: number[]}} Assigned
 *
 * @typedef {object} GroupPartition
 * @property {string} topic
 * @property {number} partition
 * @property {number|null} committed
 * @property {number} start
 * @property {number} end
 * @property {number|null} lag
 * @property {number|null} committed_ms
 * @property {string|null} member
 *
 * @typedef {object} Member
 * @property {string} id
 * @property {string|null} instance_id
 * @property {string} client_id
 * @property {string} host
 * @property {number|null} epoch
 * @property {Assigned[]} assignment
 * @property {Assigned[]|null} target
 *
 * @typedef {object} GroupDetail
 * @property {string} id
 * @property {number} lag_total
 * @property {number} partitions_total
 * @property {number} members_total
 * @property {string} state
 * @property {string} protocol
 * @property {string} assignor
 * @property {number} epoch
 * @property {number|null} since_ms
 * @property {GroupPartition[]} partitions
 * @property {Member[]} members
 *
 * @typedef {{id: string, state: string, protocol: string, members: number, topics: number, lag: number, health: Health}} GroupRow
 *
 * @typedef {object} Transaction
 * @property {string} id
 * @property {string} state
 * @property {boolean} in_flight
 * @property {number} producer_id
 * @property {number} epoch
 * @property {number} timeout_ms
 * @property {number|null} started_ms
 * @property {number} updated_ms
 * @property {number} partitions_total
 * @property {[string, number][]} partitions
 *
 * @typedef {object} OpenTransaction
 * @property {string} topic
 * @property {number} partition
 * @property {number} producer_id
 * @property {number} epoch
 * @property {string|null} id
 * @property {number} first_offset
 * @property {number|null} last_ms
 * @property {number} held_back
 * @property {boolean} is_first
 *
 * @typedef {object} ClientConnection
 * @property {number} id
 * @property {string} client_id
 * @property {string} software
 * @property {string} software_version
 * @property {string} peer
 * @property {string} local
 * @property {string|null} group
 * @property {string|null} api
 * @property {number} api_version
 * @property {number} requests
 * @property {number} bytes_in
 * @property {number} bytes_out
 * @property {number} since_ms
 * @property {number} last_ms
 *
 * @typedef {object} Config
 * @property {string} name
 * @property {string|null} value
 * @property {string} source
 * @property {boolean} read_only
 * @property {string|null} documentation
 * @property {boolean} has_effect
 * @property {{name: string, value: string|null, source: string}[]} beneath
 *
 * @typedef {{kind: "topic"|"group"|"broker", name: string, configs: Config[]}} Configs
 *
 * @typedef {{name: string, size_bytes: number}} File
 * @typedef {{directory: string, segments: {base: number, first_ms: number|null, files: File[]}[], others: File[]}} PartitionFiles
 *
 * @typedef {"groups"|"transactions"|"connections"} Place
 * @typedef {"topic"|"query"|"group"|"client"|"broker"|Place} Kind
 * @typedef {{kind: Kind, ref: string}} Selection
 */

/**
 * @template T
 * @typedef {{total: number, found: number, from: number, limit: number, rows: T[]}} ListPage
 */

/** @typedef {ListPage<Transaction> & {in_flight: number, open_total: number, open: OpenTransaction[]}} TransactionPage */

export {};
