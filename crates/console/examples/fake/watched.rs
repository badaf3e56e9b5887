//! What is behind the lists: groups in full, transactions, connections, settings, files.

use millstream_console::model::{
    Assigned, ClientConnection, Config, ConfigLayer, ConfigOwner, File, Group, GroupDetail, GroupPartition,
    Member, OpenTransaction, PartitionFiles, SegmentFiles, Snapshot, Transaction, Transactions,
};

use crate::{
    hostile::STRINGS,
    log::mixed,
    scene::{Scene, whole},
};

/// Rows of a scene that has very many.
const CROWD: u64 = 10_000;

fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or_default()
}

fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or_default()
}

/// A text for the `n`th thing, as the scene has it.
fn named(scene: Scene, n: u64, name: &str) -> String {
    match scene {
        Scene::Hostile => usize::try_from(n % 8)
            .ok()
            .and_then(|n| STRINGS.get(n))
            .map(ToString::to_string)
            .unwrap_or_default(),
        _ => name.to_owned(),
    }
}

/// The groups: those of the picture, and in a crowd many more.
pub(crate) fn groups(scene: Scene, snapshot: Snapshot) -> Vec<Group> {
    let mut groups = snapshot.groups;
    if scene == Scene::Busy {
        groups.extend((0..CROWD).map(|n| Group {
            id: format!("group-{n:05}"),
            state: if n.is_multiple_of(5) { "Empty" } else { "Stable" }.into(),
            protocol: if n.is_multiple_of(3) { "consumer" } else { "classic" }.into(),
            members: u32::try_from(n % 5).unwrap_or_default(),
            ..Group::default()
        }));
    }
    groups
}

/// A group in full.
pub(crate) fn group(scene: Scene, age: f64, group: &Group) -> GroupDetail {
    let now = now_ms();
    let topics: Vec<String> = group.lag.iter().map(|lag| lag.topic.clone()).collect();
    let topic = topics.first().cloned().unwrap_or_default();
    let partition = |index: u64| {
        let end = whole(age * 48.0) + 4_000 + index * 97;
        let lag = mixed(index + whole(age)) % 60 * (index + 1);
        GroupPartition {
            topic: topic.clone(),
            partition: i32::try_from(index).unwrap_or_default(),
            committed: (index < 5).then(|| int(end.saturating_sub(lag))),
            start: 0,
            end: int(end),
            lag: (index < 5).then_some(lag),
            committed_ms: (index < 5).then_some(now - 1_200),
            member: Some(named(
                scene,
                index,
                if index < 3 { "consumer-1-6f0d5a1e" } else { "consumer-2-0c444b7e" },
            )),
        }
    };
    let member = |n: u64, id: &str, partitions: Vec<i32>| Member {
        id: named(scene, n, id),
        instance_id: (n == 1).then(|| named(scene, n + 2, "rack-a-7")),
        client_id: named(scene, n + 3, "kafka-python-2.0.2"),
        host: named(scene, n + 4, "/127.0.0.1"),
        epoch: None,
        assignment: vec![Assigned { topic: named(scene, n, &topic), partitions }],
        target: None,
    };
    GroupDetail {
        state: group.state.clone(),
        protocol: group.protocol.clone(),
        assignor: named(scene, 1, "range"),
        epoch: 3,
        since_ms: Some(now - int(whole(age * 1_000.0))),
        partitions: (0..6).map(partition).collect(),
        members: vec![
            member(0, "consumer-1-6f0d5a1e", vec![0, 1, 2]),
            member(1, "consumer-2-0c444b7e", vec![3, 4, 5]),
        ],
    }
}

/// Transactions: one open, one hanging, some done.
pub(crate) fn transactions(scene: Scene, age: f64) -> Transactions {
    if scene == Scene::Empty {
        return Transactions::default();
    }
    let now = now_ms();
    let count = if scene == Scene::Busy { CROWD } else { 6 };
    let ids = (0..count).map(|n| {
        let in_flight = n.is_multiple_of(5);
        let done = if n.is_multiple_of(3) { "CompleteAbort" } else { "CompleteCommit" };
        Transaction {
            id: named(scene, n, &format!("payments-{n}")),
            state: named(scene, n + 1, if in_flight { "Ongoing" } else { done }),
            in_flight,
            producer_id: int(1_000 + n),
            epoch: 4,
            timeout_ms: 60_000,
            started_ms: in_flight.then(|| now - int(whole(age * 1_000.0)) - int(n % 40) * 500),
            updated_ms: now - int(n) * 1_700,
            partitions_total: if in_flight { 3 } else { 0 },
            partitions: if in_flight {
                vec![(named(scene, n, "payments"), 0), ("payments".into(), 2), ("audit".into(), 0)]
            } else {
                vec![]
            },
        }
    });
    let open = |n: u64, id: Option<String>| OpenTransaction {
        topic: named(scene, n, "payments"),
        partition: i32::try_from(n).unwrap_or_default(),
        producer_id: int(1_000 + n * 7),
        epoch: 4,
        id,
        first_offset: int(9_120 + n),
        last_ms: Some(now - 800 - int(n) * 700_000),
        held_back: 240 + n,
        is_first: true,
    };
    let open = vec![open(0, Some(named(scene, 0, "payments-0"))), open(2, None)];
    Transactions { ids: ids.collect(), open }
}

/// The connections of the picture, and in a crowd many more.
pub(crate) fn connections(scene: Scene, age: f64, snapshot: &Snapshot) -> Vec<ClientConnection> {
    let now = now_ms();
    let busy = (0..if scene == Scene::Busy { CROWD } else { 0 })
        .map(|n| (format!("device-{n:05}"), "librdkafka 2.16.0".to_owned(), None));
    let drawn = snapshot
        .connections
        .iter()
        .map(|one| (one.client_id.clone(), one.software.clone(), one.group.clone()));
    (1_u64..)
        .zip(drawn.chain(busy))
        .map(|(id, (client_id, software, group))| {
            let (name, version) = software.rsplit_once(' ').unwrap_or((&software, ""));
            let reads = group.is_some();
            ClientConnection {
                id,
                client_id,
                software: name.to_owned(),
                software_version: version.to_owned(),
                peer: named(scene, id, &format!("127.0.0.1:{}", 50_000 + id % 10_000)),
                local: "127.0.0.1:9092".into(),
                group,
                api: Some(named(scene, id, if reads { "Fetch" } else { "Produce" })),
                api_version: if reads { 11 } else { 7 },
                requests: whole(age * 2.0) + id,
                bytes_in: whole(age * 900.0) * id,
                bytes_out: whole(age * 1_900.0) * id,
                since_ms: now - int(whole(age * 1_000.0)),
                last_ms: now - int(id % 7) * 400,
            }
        })
        .collect()
}

/// Settings from every place.
pub(crate) fn configs(scene: Scene, of: &ConfigOwner) -> Vec<Config> {
    let config = |name: &str, value: &str, source, documentation: &str| Config {
        name: name.into(),
        value: Some(named(scene, 2, value)),
        source,
        documentation: Some(named(scene, 3, documentation)),
        has_effect: true,
        ..Config::default()
    };
    let own = match of {
        ConfigOwner::Topic(_) => "DYNAMIC_TOPIC_CONFIG",
        ConfigOwner::Group(_) => "DYNAMIC_GROUP_CONFIG",
        ConfigOwner::Broker => "DYNAMIC_BROKER_CONFIG",
    };
    let layer = |name: &str, value: &str, source| ConfigLayer {
        name: name.into(),
        value: Some(value.into()),
        source,
    };
    vec![
        Config {
            has_effect: false,
            ..config(
                "min.insync.replicas",
                "1",
                "DEFAULT_CONFIG",
                "Kept, without effect here: every partition has one replica.",
            )
        },
        Config {
            beneath: vec![
                layer("log.retention.ms", "86400000", "STATIC_BROKER_CONFIG"),
                layer("log.retention.hours", "168", "DEFAULT_CONFIG"),
            ],
            ..config(
                "retention.ms",
                "300000",
                own,
                "A segment goes when its newest record is older than this; -1: never.",
            )
        },
        config(
            "segment.bytes",
            "1073741824",
            "STATIC_BROKER_CONFIG",
            "A new segment is begun before one grows beyond this.",
        ),
        Config {
            read_only: true,
            ..config("cleanup.policy", "delete", "DEFAULT_CONFIG", "What happens to old segments.")
        },
    ]
}

/// A directory of two segments.
pub(crate) fn files(scene: Scene, topic: &str, partition: i32) -> PartitionFiles {
    let now = now_ms();
    let file = |name: String, size_bytes| File { name, size_bytes };
    let segment = |base: i64| SegmentFiles {
        base,
        first_ms: Some(now - 600_000 + base * 20),
        files: [("index", 1_024), ("log", 187_400), ("timeindex", 1_536)]
            .into_iter()
            .map(|(kind, size)| file(format!("{base:020}.{kind}"), size))
            .collect(),
    };
    PartitionFiles {
        directory: format!("/var/lib/millstream/kafka/{topic}-{partition}"),
        segments: vec![segment(0), segment(500)],
        others: vec![
            file(named(scene, 1, "leader-epoch-checkpoint"), 8),
            file("partition.metadata".into(), 43),
        ],
    }
}
