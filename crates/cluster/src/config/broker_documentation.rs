//! What a broker config does here, or why it changes nothing, in a sentence.

use super::documentation::{NO_EFFECT, NO_TIERS, ONE_REPLICA};

const NO_TLS: &str = "listeners are PLAINTEXT; TLS comes later.";
const NO_SASL: &str = "clients are not asked who they are; SASL comes later.";
const NO_QUOTAS: &str = "quotas come later.";
const NO_POLICIES: &str = "there are no Java classes; a server that is given one does not start.";
const ONE_PROCESS: &str = "broker and controller are one process, a quorum of one.";
const NO_REPORTERS: &str = "figures are read at /metrics of the page.";
const AS_MANY_AS_NEEDED: &str = "threads are as many as there is work for.";
const AS_LARGE_AS_NEEDED: &str = "buffers are as large as what lies in them.";
const NO_PURGATORY: &str = "what waits is let go the moment it is answered.";

#[rustfmt::skip]
const EFFECTS: &[(&str, &str)] = &[
    ("advertised.listeners", "The address that clients are told; without it the one that they have dialled."),
    ("auto.create.topics.enable", "A topic that somebody asks for is made."),
    ("connections.max.idle.ms", "A connection that is silent for this long is closed."),
    ("cordoned.log.dirs", "The directories that get no new partitions: * or that of log.dirs; then topics are refused until it is taken back."),
    ("delete.topic.enable", "Topics can be deleted."),
    ("fetch.max.bytes", "Bytes of records in one answer to a fetch, about."),
    ("group.consumer.assignment.interval.ms", "The least time between two assignments of a consumer group; 0: none."),
    ("group.consumer.assignors", "The assignors that members of consumer groups may ask for; the first one is the default."),
    ("group.consumer.heartbeat.interval.ms", "How often members of consumer groups send heartbeats."),
    ("group.consumer.max.assignment.interval.ms", "The most that a group may set consumer.assignment.interval.ms to."),
    ("group.consumer.max.heartbeat.interval.ms", "The most that a group may set consumer.heartbeat.interval.ms to."),
    ("group.consumer.max.session.timeout.ms", "The most that a group may set consumer.session.timeout.ms to."),
    ("group.consumer.max.size", "Members that a consumer group may have."),
    ("group.consumer.migration.policy", "Whether groups pass from the classic protocol to the new one (upgrade), back (downgrade), both or neither."),
    ("group.consumer.min.assignment.interval.ms", "The least that a group may set consumer.assignment.interval.ms to."),
    ("group.consumer.min.heartbeat.interval.ms", "The least that a group may set consumer.heartbeat.interval.ms to."),
    ("group.consumer.min.session.timeout.ms", "The least that a group may set consumer.session.timeout.ms to."),
    ("group.consumer.regex.refresh.interval.ms", "How often the topics of regular expressions are looked up when no topic was created."),
    ("group.consumer.session.timeout.ms", "How long a member of a consumer group may be silent before it is out."),
    ("group.initial.rebalance.delay.ms", "How long the first rebalance of a group waits for more members."),
    ("group.max.session.timeout.ms", "The longest session timeout that a member may ask for."),
    ("group.max.size", "Members of one group."),
    ("group.min.session.timeout.ms", "The shortest session timeout that a member may ask for."),
    ("listeners", "Where the Kafka door listens."),
    ("log.cleaner.backoff.ms", "How often the cleaner looks for something to compact."),
    ("log.cleaner.dedupe.buffer.size", "Memory for the keys of one round of compaction."),
    ("log.cleaner.io.max.bytes.per.second", "Bytes that compaction reads in a second at most."),
    ("log.dirs", "The directory with Kafka's files."),
    ("log.flush.offset.checkpoint.interval.ms", "How often it is written down how far every partition is on disk."),
    ("log.retention.check.interval.ms", "How often old segments are looked for."),
    ("max.connections", "Open connections."),
    ("max.connections.per.ip", "Open connections from one address."),
    ("max.connections.per.ip.overrides", "Open connections from single addresses, ADDRESS:COUNT with commas between; they stand above max.connections.per.ip."),
    ("max.incremental.fetch.session.cache.slots", "Fetch sessions that are kept; a client without one sends whole requests."),
    ("metadata.log.max.record.bytes.between.snapshots", "Bytes of new metadata after which a snapshot of it is written."),
    ("node.id", "This broker's id."),
    ("num.partitions", "Partitions of a topic that does not say how many."),
    ("offset.metadata.max.bytes", "Bytes of the note beside a committed offset."),
    ("offsets.retention.check.interval.ms", "How often old committed offsets are looked for."),
    ("offsets.retention.minutes", "Committed offsets that nobody renews for this long are forgotten."),
    ("offsets.topic.num.partitions", "Partitions of __consumer_offsets."),
    ("offsets.topic.segment.bytes", "segment.bytes of __consumer_offsets when it is made."),
    ("process.roles", "Broker and controller are one process."),
    ("producer.id.expiration.ms", "An idempotent producer that is silent for this long is forgotten."),
    ("queued.max.request.bytes", "Memory for requests and answers in flight."),
    ("socket.listen.backlog.size", "Connections that the system keeps until they are accepted."),
    ("socket.receive.buffer.bytes", "The system's buffer for what a connection receives; -1: as the system thinks best."),
    ("socket.request.max.bytes", "A longer request closes its connection."),
    ("socket.send.buffer.bytes", "The system's buffer for what a connection sends; -1: as the system thinks best."),
    ("socket.stall.timeout.ms", "How long a request may take to arrive, and how long an answer may lie untaken; then the connection is closed. Not a setting of Apache Kafka."),
    ("transaction.max.timeout.ms", "A producer that asks for more time for its transactions is refused."),
    ("transaction.partition.verification.enable", "Whether the coordinator is asked before an old client's transaction reaches a partition."),
    ("transaction.remove.expired.transaction.cleanup.interval.ms", "How often transactional ids that nobody uses are looked for."),
    ("transaction.state.log.num.partitions", "Partitions of __transaction_state when it is made."),
    ("transaction.state.log.segment.bytes", "segment.bytes of __transaction_state when it is made."),
    ("transactional.id.expiration.ms", "A transactional id that nobody has used for this long is forgotten."),
];

/// How names begin whose configs change nothing here, and why; the first that fits counts.
#[rustfmt::skip]
const WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("add.partitions.to.txn.retry.", "partitions are added without a way over the network."),
    ("alter.config.policy.", NO_POLICIES),
    ("alter.log.dirs.replication.quota.", NO_QUOTAS),
    ("authorizer.", NO_POLICIES),
    ("auto.leader.rebalance.", ONE_REPLICA),
    ("background.threads", AS_MANY_AS_NEEDED),
    ("broker.heartbeat.", ONE_PROCESS),
    ("broker.id", "node.id is this broker's id."),
    ("broker.rack", ONE_REPLICA),
    ("broker.session.", ONE_PROCESS),
    ("client.quota.", NO_QUOTAS),
    ("config.providers", "values are taken as they are written."),
    ("connection.failed.authentication.", NO_SASL),
    ("connections.max.reauth.", NO_SASL),
    ("controlled.shutdown.", "a stop in order writes everything down first."),
    ("controller.quota.", NO_QUOTAS),
    ("controller.", ONE_PROCESS),
    ("create.topic.policy.", NO_POLICIES),
    ("default.replication.factor", ONE_REPLICA),
    ("delegation.token.", NO_SASL),
    ("delete.records.purgatory.", NO_PURGATORY),
    ("early.start.", ONE_PROCESS),
    ("fetch.purgatory.", NO_PURGATORY),
    ("follower.", ONE_REPLICA),
    ("group.coordinator.append.linger.", "one sync serves all who wait for it."),
    ("group.coordinator.cached.buffer.", AS_LARGE_AS_NEEDED),
    ("group.coordinator.rebalance.protocols", "the classic protocol and that of KIP-848 are both there."),
    ("group.coordinator.", AS_MANY_AS_NEEDED),
    ("group.share.", "share groups come later."),
    ("group.streams.", "streams groups come later."),
    ("initial.broker.registration.", ONE_PROCESS),
    ("inter.broker.", ONE_PROCESS),
    ("kafka.metrics.", NO_REPORTERS),
    ("leader.", ONE_REPLICA),
    ("listener.security.protocol.map", NO_TLS),
    ("log.cleaner.enable", "compacted topics are always cleaned."),
    ("log.cleaner.io.buffer.", AS_LARGE_AS_NEEDED),
    ("log.cleaner.threads", AS_MANY_AS_NEEDED),
    ("log.dir.failure.", "a failed sync takes its partition offline at once."),
    ("log.dir", "log.dirs names the directory."),
    ("log.flush.scheduler.", "flush.messages=1 leaves nothing to flush; what flush.messages lets lie, the system writes."),
    ("log.flush.start.offset.", "it is written down when records are deleted."),
    ("max.connection.creation.rate", "max.connections and max.connections.per.ip are the limits."),
    ("max.request.partition.size.limit", "an answer is as long as its request asks, within socket.request.max.bytes."),
    ("metadata.log.dir", "it lies in log.dirs."),
    ("metadata.log.", "the log of metadata is one segment between two snapshots."),
    ("metadata.max.", "a snapshot takes the place of the records before it."),
    ("metric", NO_REPORTERS),
    ("num.", AS_MANY_AS_NEEDED),
    ("offsets.commit.", "a commit is answered when it is on disk."),
    ("offsets.load.", AS_LARGE_AS_NEEDED),
    ("offsets.topic.compression.", "commits are stored as they are."),
    ("offsets.topic.replication.", ONE_REPLICA),
    ("principal.builder.", NO_SASL),
    ("producer.purgatory.", NO_PURGATORY),
    ("queued.max.requests", "queued.max.request.bytes is the limit."),
    ("quota.", NO_QUOTAS),
    ("remote.", NO_TIERS),
    ("replica.", ONE_REPLICA),
    ("replication.quota.", NO_QUOTAS),
    ("request.timeout.", ONE_PROCESS),
    ("sasl.", NO_SASL),
    ("security.inter.broker.", ONE_PROCESS),
    ("security.", NO_TLS),
    ("share.", "share groups come later."),
    ("socket.connection.setup.", ONE_PROCESS),
    ("ssl.", NO_TLS),
    ("telemetry.", "clients are not asked for their figures."),
    ("transaction.abort.timed.out.", "a transaction ends the moment its time is over."),
    ("transaction.state.log.load.", AS_LARGE_AS_NEEDED),
    ("transaction.state.log.min.isr", ONE_REPLICA),
    ("transaction.state.log.replication.", ONE_REPLICA),
    ("transaction.two.phase.", "transactions take part in no other system's."),
];

/// What is said of it; `None` for a config that has no place in these tables.
pub(super) fn of(name: &str) -> Option<String> {
    let effect = EFFECTS.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
    let without = || WITHOUT_EFFECT.iter().find(|(beginning, _)| name.starts_with(beginning));
    effect.or_else(|| without().map(|(_, why)| format!("{NO_EFFECT}{why}")))
}

/// Whether a broker config changes anything here.
pub fn has_effect(name: &str) -> bool {
    super::documentation::of_broker(name).is_some_and(|text| !text.contains(NO_EFFECT))
}

#[cfg(test)]
mod tests {
    use super::super::BROKER_CONFIGS;
    use super::*;

    #[test]
    fn every_row_is_of_use() {
        let names = || BROKER_CONFIGS.iter().map(|config| config.name);
        for (name, _) in EFFECTS {
            assert!(names().any(|known| known == *name), "{name}");
        }
        for (beginning, why) in WITHOUT_EFFECT {
            let said = format!("{NO_EFFECT}{why}");
            let used = names().any(|name| name.starts_with(beginning) && of(name) == Some(said.clone()));
            assert!(used, "{beginning}");
        }
    }
}
