//! What requests lead to: refusals with Kafka's codes and texts, and images that replay to themselves.

use expect_test::{Expect, expect};
use millstream_log::disk::SimDisk;
use proptest::prelude::*;

use super::{endpoint, open, topic};
use crate::controller::{
    AlterConfig, AlterConfigOp, ControllerError, MorePartitions, NewTopic, ResourceAlteration, TopicRef,
};
use crate::{ConfigResource, Image, Metadata};

fn shown<T>(result: &Result<T, ControllerError>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => format!("{} {error}", error.code()),
    }
}

fn check(topics: &[NewTopic], expected: Expect) {
    let mut metadata = open(&SimDisk::new());
    metadata.register_broker(&[endpoint()], false).unwrap();
    metadata.create_topics(&[topic("a.b"), topic("there")], false).unwrap();
    let before = metadata.image();
    let tried = metadata.create_topics(topics, true).unwrap();
    assert_eq!(metadata.image(), before);
    let done = metadata.create_topics(topics, false).unwrap();
    let said: Vec<String> = done.iter().map(shown).collect();
    assert_eq!(tried.iter().map(shown).collect::<Vec<_>>(), said);
    let lines = topics.iter().zip(said).map(|(topic, said)| format!("{}: {said}\n", topic.name));
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn names() {
    let names =
        ["new", "there", "a_b", "bad/name", "", "__cluster_metadata", "twice", "twice", "__consumer_offsets"];
    check(
        &names.map(topic),
        expect![[r#"
        new: ok
        there: 36 Topic 'there' already exists.
        a_b: 17 Topic 'a_b' collides with existing topic: a.b
        bad/name: 17 Topic name is invalid: 'bad/name' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'
        : 17 Topic name is invalid: the empty string is not allowed
        __cluster_metadata: 42 Creation of internal topic __cluster_metadata is prohibited.
        twice: 42 Duplicate topic name.
        twice: 42 Duplicate topic name.
        __consumer_offsets: ok
    "#]],
    );
}

#[test]
fn partitions_and_replicas() {
    let assigned = |name: &str, assignments: &[(i32, &[i32])]| NewTopic {
        assignments: assignments.iter().map(|(partition, brokers)| (*partition, brokers.to_vec())).collect(),
        ..topic(name)
    };
    check(
        &[
            NewTopic { partitions: 0, ..topic("none") },
            NewTopic { partitions: -2, ..topic("negative") },
            NewTopic { replication_factor: 0, ..topic("factor-0") },
            NewTopic { replication_factor: 3, ..topic("factor-3") },
            NewTopic { partitions: 7, replication_factor: 1, ..topic("good") },
            assigned("assigned", &[(1, &[1]), (0, &[1])]),
            assigned("gap", &[(0, &[1]), (2, &[1])]),
            assigned("same-twice", &[(0, &[1]), (0, &[1])]),
            assigned("other-broker", &[(0, &[2])]),
            assigned("broker-twice", &[(0, &[1, 1])]),
            assigned("no-broker", &[(0, &[])]),
            NewTopic { partitions: 1, ..assigned("both", &[(0, &[1])]) },
            NewTopic { replication_factor: 1, ..assigned("both-factor", &[(0, &[1])]) },
        ],
        expect![[r#"
            none: 37 Number of partitions was set to an invalid non-positive value.
            negative: 37 Number of partitions was set to an invalid non-positive value.
            factor-0: 38 Replication factor must be larger than 0, or -1 to use the default value.
            factor-3: 38 Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.
            good: ok
            assigned: ok
            gap: 39 partitions should be a consecutive 0-based integer sequence
            same-twice: 39 Found multiple manual partition assignments for partition 0
            other-broker: 39 The manual partition assignment includes broker 2, but no such broker is registered.
            broker-twice: 39 The manual partition assignment includes the broker 1 more than once.
            no-broker: 39 The manual partition assignment includes an empty replica list.
            both: 42 A manual partition assignment was specified, but numPartitions was not set to -1.
            both-factor: 42 A manual partition assignment was specified, but replication factor was not set to -1.
        "#]],
    );
    check(
        &[NewTopic { partitions: 10_001, ..topic("many") }, topic("other")],
        expect![[r#"
        many: 44 Excessively large number of partitions per request.
        other: 44 Excessively large number of partitions per request.
    "#]],
    );
}

#[test]
fn configs() {
    let with = |name: &str, config: &str, value: Option<&str>| NewTopic {
        configs: vec![(config.to_owned(), value.map(ToOwned::to_owned))],
        ..topic(name)
    };
    let lags = [("min.compaction.lag.ms", "10"), ("max.compaction.lag.ms", "9")];
    let lags = lags.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).to_vec();
    check(
        &[
            with("good", "retention.ms", Some("1000")),
            with("unknown", "no.such", Some("1")),
            with("null", "retention.ms", None),
            with("wrong", "retention.ms", Some("soon")),
            with("long", "cleanup.policy", Some(&"delete,".repeat(5_000))),
            NewTopic { configs: lags, ..topic("lags") },
            with("tiered", "remote.storage.enable", Some("true")),
        ],
        expect![[r#"
            good: ok
            unknown: 40 Unknown topic config name: no.such
            null: 40 Null value not supported for topic configs: retention.ms
            wrong: 40 Invalid value soon for configuration retention.ms: Not a number of type LONG
            long: 40 The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.
            lags: 40 conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (9)
            tiered: 40 Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.
        "#]],
    );
}

#[test]
fn a_cordoned_directory_gets_no_partitions_but_those_placed_by_hand() {
    let mut metadata = open(&SimDisk::new());
    metadata.register_broker(&[endpoint()], false).unwrap();
    metadata.create_topics(&[topic("before")], false).unwrap();
    let cordon = |metadata: &mut Metadata, resource, op| {
        let change = AlterConfig { name: "cordoned.log.dirs".into(), op };
        let changes = vec![ResourceAlteration { resource, changes: vec![change], replaces: false }];
        shown(&metadata.alter_configs(&changes, false).unwrap()[0])
    };
    let by_hand = |name: &str| NewTopic { assignments: vec![(0, vec![1])], ..topic(name) };
    let try_all = |metadata: &mut Metadata, round: &str| {
        let topics = [topic(&format!("free-{round}")), by_hand(&format!("placed-{round}"))];
        let more = MorePartitions { topic: "before".into(), count: 9, assignments: None };
        let created = metadata.create_topics(&topics, false).unwrap().iter().map(shown).collect::<Vec<_>>();
        let grown = metadata.create_partitions(&[more], true).unwrap().iter().map(shown).collect::<Vec<_>>();
        [created, grown].concat().join("\n")
    };
    let own = || ConfigResource::Broker(Some(1));
    let all = AlterConfigOp::Set("*".into());
    let said = [
        cordon(&mut metadata, ConfigResource::Broker(None), all.clone()),
        cordon(&mut metadata, own(), all),
        try_all(&mut metadata, "cordoned"),
    ];
    expect![[r#"
        42 Cannot update these configs at default cluster level, broker id must be specified: [cordoned.log.dirs]
        ok
        38 Unable to replicate the partition 1 time(s): All brokers are currently fenced, or have all their log directories cordoned.
        ok
        38 Unable to replicate the partition 1 time(s): All brokers are currently fenced, or have all their log directories cordoned."#]].assert_eq(&said.join("\n"));
    // It stands over a start, and what the start says counts again once it is taken back.
    metadata.register_broker(&[endpoint()], true).unwrap();
    assert_eq!(metadata.image().broker(1).unwrap().cordoned_log_dirs, [metadata.directory_id()]);
    cordon(&mut metadata, own(), AlterConfigOp::Set(String::new()));
    assert_eq!(try_all(&mut metadata, "open"), "ok\nok\nok");
    cordon(&mut metadata, own(), AlterConfigOp::Delete);
    assert_eq!(metadata.image().broker(1).unwrap().cordoned_log_dirs, [metadata.directory_id()]);
}

#[test]
fn deletions() {
    let mut metadata = open(&SimDisk::new());
    let made = metadata.create_topics(&["a", "b"].map(topic), false).unwrap();
    let id = made[1].as_ref().unwrap().id;
    let asked = [
        TopicRef::Name("a".into()),
        TopicRef::Name("a".into()),
        TopicRef::Id(id),
        TopicRef::Name("c".into()),
        TopicRef::Id(crate::Uuid::ZERO),
    ];
    let said: Vec<String> = metadata.delete_topics(&asked).unwrap().iter().map(shown).collect();
    expect![[r#"
        ok
        42 Duplicate topic name.
        ok
        3 This server does not host this topic-partition.
        100 This server does not host this topic ID."#]]
    .assert_eq(&said.join("\n"));
    assert_eq!(metadata.image().topics().count(), 0);
}

fn asked() -> Vec<(ConfigResource, AlterConfig)> {
    let set =
        |name: &str, value: &str| AlterConfig { name: name.into(), op: AlterConfigOp::Set(value.into()) };
    let on = |name: &str| ConfigResource::Topic(name.to_owned());
    vec![
        (on("t"), set("retention.ms", "5")),
        (on("t"), set("retention.ms", "x")),
        (on("t"), set("no.such", "5")),
        (on("t"), AlterConfig { name: "cleanup.policy".into(), op: AlterConfigOp::Append("compact".into()) }),
        (
            on("t"),
            AlterConfig { name: "cleanup.policy".into(), op: AlterConfigOp::Subtract("delete".into()) },
        ),
        (on("t"), AlterConfig { name: "retention.ms".into(), op: AlterConfigOp::Append("5".into()) }),
        (on("t"), AlterConfig { name: "retention.ms".into(), op: AlterConfigOp::Delete }),
        (on("none"), set("retention.ms", "5")),
        (ConfigResource::Broker(None), set("log.retention.ms", "7")),
        (ConfigResource::Broker(Some(1)), set("log.retention.ms", "no")),
        (ConfigResource::Broker(Some(1)), set("node.id", "3")),
        (ConfigResource::Broker(Some(1)), set("sasl.kerberos.min.time.before.relogin", "58000")),
        (ConfigResource::Broker(None), set("sasl.kerberos.min.time.before.relogin", "58000")),
        (ConfigResource::Broker(Some(2)), set("log.retention.ms", "7")),
        (ConfigResource::Broker(None), set("log.retention.hours", "7")),
        (ConfigResource::Broker(Some(1)), set("min.insync.replicas", "1")),
        (
            ConfigResource::Broker(None),
            AlterConfig { name: "min.insync.replicas".into(), op: AlterConfigOp::Delete },
        ),
        (on("t"), set("min.insync.replicas", "1")),
        (ConfigResource::Other(64, "c".into()), set("x", "7")),
    ]
}

#[test]
fn alterations() {
    let mut metadata = open(&SimDisk::new());
    metadata.create_topics(&[topic("t")], false).unwrap();
    let mut out = String::new();
    for (resource, change) in asked() {
        let line = format!("{resource:?} {change:?}");
        let alteration = ResourceAlteration { resource, changes: vec![change], replaces: false };
        let done = metadata.alter_configs(&[alteration], false).unwrap();
        let now = metadata.image().configs(&ConfigResource::Topic("t".to_owned())).cloned();
        out += &format!("{line}\n  {} -> {now:?}\n", shown(&done[0]));
    }
    expect![[r#"
        Topic("t") AlterConfig { name: "retention.ms", op: Set("5") }
          ok -> Some({"retention.ms": "5"})
        Topic("t") AlterConfig { name: "retention.ms", op: Set("x") }
          40 Invalid value x for configuration retention.ms: Not a number of type LONG -> Some({"retention.ms": "5"})
        Topic("t") AlterConfig { name: "no.such", op: Set("5") }
          40 Unknown topic config name: no.such -> Some({"retention.ms": "5"})
        Topic("t") AlterConfig { name: "cleanup.policy", op: Append("compact") }
          ok -> Some({"cleanup.policy": "delete,compact", "retention.ms": "5"})
        Topic("t") AlterConfig { name: "cleanup.policy", op: Subtract("delete") }
          ok -> Some({"cleanup.policy": "compact", "retention.ms": "5"})
        Topic("t") AlterConfig { name: "retention.ms", op: Append("5") }
          40 Can't APPEND to key retention.ms because its type is not LIST. -> Some({"cleanup.policy": "compact", "retention.ms": "5"})
        Topic("t") AlterConfig { name: "retention.ms", op: Delete }
          ok -> Some({"cleanup.policy": "compact"})
        Topic("none") AlterConfig { name: "retention.ms", op: Set("5") }
          3 The topic 'none' does not exist. -> Some({"cleanup.policy": "compact"})
        Broker(None) AlterConfig { name: "log.retention.ms", op: Set("7") }
          ok -> Some({"cleanup.policy": "compact"})
        Broker(Some(1)) AlterConfig { name: "log.retention.ms", op: Set("no") }
          42 Invalid value no for configuration log.retention.ms: Not a number of type LONG -> Some({"cleanup.policy": "compact"})
        Broker(Some(1)) AlterConfig { name: "node.id", op: Set("3") }
          42 Cannot update these configs dynamically: [node.id] -> Some({"cleanup.policy": "compact"})
        Broker(Some(1)) AlterConfig { name: "sasl.kerberos.min.time.before.relogin", op: Set("58000") }
          ok -> Some({"cleanup.policy": "compact"})
        Broker(None) AlterConfig { name: "sasl.kerberos.min.time.before.relogin", op: Set("58000") }
          42 Cannot update these configs at default cluster level, broker id must be specified: [sasl.kerberos.min.time.before.relogin] -> Some({"cleanup.policy": "compact"})
        Broker(Some(2)) AlterConfig { name: "log.retention.ms", op: Set("7") }
          42 Unexpected broker id, expected 1, but received 2 -> Some({"cleanup.policy": "compact"})
        Broker(None) AlterConfig { name: "log.retention.hours", op: Set("7") }
          42 Cannot update these configs dynamically: [log.retention.hours] -> Some({"cleanup.policy": "compact"})
        Broker(Some(1)) AlterConfig { name: "min.insync.replicas", op: Set("1") }
          40 Broker-level min.insync.replicas cannot be altered while ELR is enabled. -> Some({"cleanup.policy": "compact"})
        Broker(None) AlterConfig { name: "min.insync.replicas", op: Delete }
          40 Cluster-level min.insync.replicas cannot be removed while ELR is enabled. -> Some({"cleanup.policy": "compact"})
        Topic("t") AlterConfig { name: "min.insync.replicas", op: Set("1") }
          ok -> Some({"cleanup.policy": "compact", "min.insync.replicas": "1"})
        Other(64, "c") AlterConfig { name: "x", op: Set("7") }
          42 Configs of resource type 64 are not supported. -> Some({"cleanup.policy": "compact", "min.insync.replicas": "1"})
    "#]].assert_eq(&out);
}

#[test]
fn alterations_that_replace() {
    let set = |name: &str| AlterConfig { name: name.into(), op: AlterConfigOp::Set("5".into()) };
    let mut metadata = open(&SimDisk::new());
    metadata.create_topics(&[topic("t")], false).unwrap();
    let resource = ConfigResource::Topic("t".to_owned());
    let alter = |names: &[&str], replaces| ResourceAlteration {
        resource: resource.clone(),
        changes: names.iter().map(|name| set(name)).collect(),
        replaces,
    };
    for (names, replaces, kept) in [
        (&["retention.ms", "segment.ms"][..], false, "retention.ms segment.ms"),
        (&["retention.bytes"], true, "retention.bytes"),
        (&[], false, "retention.bytes"),
        (&[], true, ""),
    ] {
        metadata.alter_configs(&[alter(names, replaces)], false).unwrap().remove(0).unwrap();
        let now = metadata.image().configs(&resource).cloned().unwrap_or_default();
        assert_eq!(now.keys().cloned().collect::<Vec<_>>().join(" "), kept, "{names:?} {replaces}");
    }
    let twice = metadata.alter_configs(&[alter(&[], true), alter(&[], false)], false).unwrap();
    assert_eq!(shown(&twice[0]), "42 Each resource must appear at most once.");
    assert_eq!(twice[0], twice[1]);
}

#[test]
fn more_partitions() {
    let more = |topic: &str, count| MorePartitions { topic: topic.to_owned(), count, assignments: None };
    let placed = |count, assignments: &[&[i32]]| MorePartitions {
        assignments: Some(assignments.iter().map(|brokers| brokers.to_vec()).collect()),
        ..more("t", count)
    };
    let table = [
        vec![more("t", 2)],
        vec![more("t", 1)],
        vec![more("none", 3)],
        vec![more("t", 3), more("t", 4)],
        vec![more("t", 20_000)],
        vec![placed(3, &[])],
        vec![placed(3, &[&[2]])],
        vec![placed(3, &[&[1, 1]])],
        vec![placed(3, &[&[1]])],
        vec![more("t", 5), more("u", 3)],
    ];
    let mut metadata = open(&SimDisk::new());
    metadata.create_topics(&["t", "u"].map(topic), false).unwrap();
    let mut out = String::new();
    for asked in table {
        let before = metadata.image();
        let tried = metadata.create_partitions(&asked, true).unwrap();
        assert_eq!(metadata.image(), before);
        let done = metadata.create_partitions(&asked, false).unwrap();
        assert_eq!(tried, done);
        let counts = metadata.image().topics().map(|topic| topic.partitions.len()).collect::<Vec<_>>();
        out += &format!("{} -> {counts:?}\n", done.iter().map(shown).collect::<Vec<_>>().join(", "));
    }
    expect![[r#"
        37 Topic already has 2 partition(s). -> [2, 2]
        37 The topic t currently has 2 partition(s); 1 would not be an increase. -> [2, 2]
        3 This server does not host this topic-partition. -> [2, 2]
        42 Duplicate topic name., 42 Duplicate topic name. -> [2, 2]
        44 Excessively large number of partitions per request. -> [2, 2]
        39 Attempted to add 1 additional partition(s), but only 0 assignment(s) were specified. -> [2, 2]
        39 The manual partition assignment includes broker 2, but no such broker is registered. -> [2, 2]
        39 The manual partition assignment includes the broker 1 more than once. -> [2, 2]
        ok -> [3, 2]
        ok, ok -> [5, 3]
    "#]]
    .assert_eq(&out);
    let image = metadata.image();
    let [first, last] = [0, 4].map(|id| image.topic("t").unwrap().partitions[&id].clone());
    assert_eq!(first, last, "the new ones are like those of a new topic");
}

#[test]
fn a_cluster_keeps_its_name() {
    let disk = SimDisk::new();
    let open = |cluster_id: Option<&str>| {
        let options =
            crate::OpenOptions { cluster_id: cluster_id.map(ToOwned::to_owned), ..super::options() };
        Metadata::open(std::sync::Arc::new(disk.clone()), std::path::Path::new(super::DIR), &options)
    };
    let first = open(Some("my lab: 1")).unwrap();
    let id = first.directory_id();
    drop(first);
    assert_eq!(open(None).unwrap().cluster_id(), "my lab: 1");
    assert_eq!(open(Some("my lab: 1")).unwrap().directory_id(), id);
    let said = open(Some("other")).unwrap_err().to_string();
    assert!(said.contains("belongs to cluster 'my lab: 1', not to 'other'"), "{said}");
}

#[derive(Debug, Clone)]
enum Change {
    Create(u8, i32),
    Delete(u8),
    Alter(u8, i64),
    Producer,
    Restart,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0u8..6, 1i32..4).prop_map(|(name, partitions)| Change::Create(name, partitions)),
        (0u8..6).prop_map(Change::Delete),
        (0u8..6, 0i64..100).prop_map(|(name, value)| Change::Alter(name, value)),
        Just(Change::Producer),
        Just(Change::Restart),
    ]
}

fn replayed(image: &Image) -> Image {
    let mut again = Image::default();
    image.records().iter().for_each(|record| again.apply(record).unwrap());
    again.advance(image.offset(), image.epoch());
    again
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_image_is_the_replay_of_its_records(changes in prop::collection::vec(change(), 0..20)) {
        let disk = SimDisk::new();
        let mut metadata = open(&disk);
        metadata.register_broker(&[endpoint()], false).unwrap();
        for change in changes {
            match change {
                Change::Create(name, partitions) => {
                    let new = NewTopic { partitions, ..topic(&format!("t{name}")) };
                    let _ = metadata.create_topics(&[new], false).unwrap();
                }
                Change::Delete(name) => {
                    let _ = metadata.delete_topics(&[TopicRef::Name(format!("t{name}"))]).unwrap();
                }
                Change::Alter(name, value) => {
                    let op = AlterConfigOp::Set(value.to_string());
                    let resource = ConfigResource::Topic(format!("t{name}"));
                    let changes = vec![AlterConfig { name: "retention.ms".into(), op }];
                    let alteration = ResourceAlteration { resource, changes, replaces: value % 2 == 0 };
                    let _ = metadata.alter_configs(&[alteration], false).unwrap();
                }
                Change::Producer => {
                    metadata.allocate_producer_ids().unwrap().unwrap();
                }
                Change::Restart => {
                    let before = metadata.image();
                    drop(metadata);
                    metadata = open(&disk);
                    let mut after = Image::clone(&metadata.image());
                    after.advance(before.offset(), before.epoch());
                    prop_assert_eq!(&after, &*before);
                }
            }
            let image = metadata.image();
            let mut again = replayed(&image);
            again.set_kraft_version(image.kraft_version());
            prop_assert_eq!(&again, &*image);
        }
    }
}
