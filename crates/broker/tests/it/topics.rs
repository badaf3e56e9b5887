//! Topics by every way: made, shown, described, deleted, over the wire and from inside.

use millstream_broker::TopicError;
use millstream_wire::ErrorCode;
use millstream_wire::messages::create_topics::{CreatableTopic, CreatableTopicConfig, CreateTopicsRequest};
use millstream_wire::messages::delete_topics::{DeleteTopicState, DeleteTopicsRequest};
use millstream_wire::messages::describe_cluster::DescribeClusterRequest;
use millstream_wire::messages::describe_configs::{DescribeConfigsRequest, DescribeConfigsResource};
use millstream_wire::messages::describe_topic_partitions::{DescribeTopicPartitionsRequest, TopicRequest};
use millstream_wire::messages::metadata::{MetadataRequest, MetadataRequestTopic};

use crate::client::{Client, batch, broker, config, text};

fn creatable(name: &str, num_partitions: i32) -> CreatableTopic {
    CreatableTopic { name: name.into(), num_partitions, replication_factor: -1, ..Default::default() }
}

/// Name, value and source of two of the settings of topic `a`.
async fn described(client: &mut Client) -> Vec<(String, String, i8)> {
    let resource = DescribeConfigsResource {
        resource_type: 2,
        resource_name: "a".into(),
        configuration_keys: Some(vec!["cleanup.policy".into(), "flush.messages".into()]),
    };
    let request = DescribeConfigsRequest { resources: vec![resource], ..Default::default() };
    let response = client.call(&request, 1).await;
    let configs = response.results[0].configs.iter();
    configs
        .map(|config| {
            (config.name.to_string(), config.value.clone().unwrap().to_string(), config.config_source)
        })
        .collect()
}

#[tokio::test]
async fn created_described_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    let mut compacted = creatable("a", 3);
    let set = |name: &str, value: &str| CreatableTopicConfig { name: name.into(), value: text(value) };
    compacted.configs = vec![set("cleanup.policy", "compact"), set("max.message.bytes", "2000")];
    let mut wrong = creatable("c", 1);
    wrong.configs = vec![set("no.such", "1")];
    let request = CreateTopicsRequest {
        topics: vec![
            compacted,
            creatable("bad/name", 1),
            creatable("b", 0),
            wrong,
            creatable("d", 1),
            creatable("d", 1),
        ],
        ..Default::default()
    };
    let response = client.call(&request, 7).await;
    let rows: Vec<_> = response
        .topics
        .iter()
        .map(|topic| (topic.name.to_string(), topic.error_code, topic.num_partitions))
        .collect();
    assert_eq!(
        rows,
        [
            ("a".to_owned(), ErrorCode::NONE, 3),
            ("bad/name".to_owned(), ErrorCode::INVALID_TOPIC_EXCEPTION, -1),
            ("b".to_owned(), ErrorCode::INVALID_PARTITIONS, -1),
            ("c".to_owned(), ErrorCode::INVALID_CONFIG, -1),
            ("d".to_owned(), ErrorCode::INVALID_REQUEST, -1),
        ]
    );
    let topic_id = response.topics[0].topic_id;
    let produced = client.produce("a", batch(&["no key"]), 9).await;
    assert_eq!(produced.error_code, ErrorCode::INVALID_RECORD, "a compacted topic wants keys");

    let mut configs = described(client).await;
    configs.sort();
    assert_eq!(
        configs,
        [
            ("cleanup.policy".to_owned(), "compact".to_owned(), 1),
            ("flush.messages".to_owned(), "1".to_owned(), 5)
        ]
    );

    let gone = DeleteTopicState { name: None, topic_id };
    let unknown = DeleteTopicState { name: text("unknown"), ..Default::default() };
    let request = DeleteTopicsRequest { topics: vec![gone, unknown], ..Default::default() };
    let response = client.call(&request, 6).await;
    let codes: Vec<_> = response.responses.iter().map(|topic| topic.error_code).collect();
    assert_eq!(codes, [ErrorCode::NONE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION]);
    let left: Vec<_> = std::fs::read_dir(dir.path().join("kafka"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        // Set aside, to be removed while nobody waits.
        .filter(|name| name.starts_with("a-") && !name.ends_with("-delete"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    broker.shutdown().await;
}

#[tokio::test]
async fn metadata_of_all_none_some_and_missing() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    let ask = |topics: Option<Vec<&str>>, allow_auto_topic_creation| MetadataRequest {
        topics: topics.map(|names| {
            let named = |name| MetadataRequestTopic { name: text(name), ..Default::default() };
            names.into_iter().map(named).collect()
        }),
        allow_auto_topic_creation,
        ..Default::default()
    };
    for (request, version, expected) in [
        (ask(Some(vec![]), true), 0, vec![("t", ErrorCode::NONE)]),
        (ask(Some(vec![]), true), 1, vec![]),
        (ask(None, true), 1, vec![("t", ErrorCode::NONE)]),
        (
            ask(Some(vec!["t", "no"]), false),
            4,
            vec![("no", ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), ("t", ErrorCode::NONE)],
        ),
        (ask(Some(vec!["bad/name"]), true), 4, vec![("bad/name", ErrorCode::INVALID_TOPIC_EXCEPTION)]),
        (ask(Some(vec!["new"]), true), 1, vec![("new", ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)]),
        (ask(Some(vec!["new"]), true), 1, vec![("new", ErrorCode::NONE)]),
        // Clients of this version give up on UNKNOWN_TOPIC_OR_PARTITION.
        (ask(Some(vec!["old"]), true), 0, vec![("old", ErrorCode::LEADER_NOT_AVAILABLE)]),
        (ask(Some(vec!["old"]), true), 0, vec![("old", ErrorCode::NONE)]),
        (ask(Some(vec!["a b"]), true), 0, vec![("a b", ErrorCode::INVALID_TOPIC_EXCEPTION)]),
    ] {
        let response = client.call(&request, version).await;
        let topics: Vec<_> =
            response.topics.iter().map(|topic| (topic.name.as_deref().unwrap(), topic.error_code)).collect();
        assert_eq!(topics, expected, "version {version}");
        let address = broker.addresses()[0];
        let broker = &response.brokers[0];
        assert_eq!((broker.node_id, &*broker.host), (1, "localhost"));
        assert_eq!(broker.port, i32::from(address.port()));
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn clients_are_told_the_name_that_the_broker_listens_under() {
    let dir = tempfile::tempdir().unwrap();
    let one = broker(dir.path()).await;
    for address in one.addresses() {
        let response = Client::connect_to(*address).await.call(&DescribeClusterRequest::default(), 0).await;
        assert_eq!(&*response.brokers[0].host, "localhost");
    }
    one.shutdown().await;
    let mut config = config(dir.path());
    config.advertised = Some(millstream_broker::Endpoint { host: "kafka.example".to_owned(), port: 19_092 });
    let other = millstream_broker::Broker::start(config).await.unwrap();
    let response = Client::connect(&other).await.call(&DescribeClusterRequest::default(), 0).await;
    assert_eq!((&*response.brokers[0].host, response.brokers[0].port), ("kafka.example", 19_092));
    other.shutdown().await;
}

#[tokio::test]
async fn partitions_are_described_page_by_page() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    let topics = vec![creatable("a", 3), creatable("b", 2)];
    client.call(&CreateTopicsRequest { topics, ..Default::default() }, 7).await;
    let named = |name: &str| TopicRequest { name: name.into() };
    let mut request = DescribeTopicPartitionsRequest {
        topics: vec![named("a"), named("b"), named("missing")],
        response_partition_limit: 2,
        cursor: None,
    };
    let mut pages = Vec::new();
    loop {
        let response = client.call(&request, 0).await;
        for topic in &response.topics {
            let partitions: Vec<i32> = topic.partitions.iter().map(|p| p.partition_index).collect();
            assert!(topic.partitions.iter().all(|p| p.eligible_leader_replicas.is_some()));
            pages.push((topic.name.clone().unwrap().to_string(), partitions, topic.error_code.code()));
        }
        request.cursor = response.next_cursor;
        if request.cursor.is_none() {
            break;
        }
    }
    assert_eq!(
        pages,
        [
            ("a".to_owned(), vec![0, 1], 0),
            ("a".to_owned(), vec![2], 0),
            ("b".to_owned(), vec![0], 0),
            ("b".to_owned(), vec![1], 0),
            ("missing".to_owned(), vec![], 3),
        ]
    );
    broker.shutdown().await;
}

#[tokio::test]
async fn the_door_inside() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let topics = broker.topics();
    assert_eq!(topics.create("t", Some(2), &[]).await.unwrap().partitions.len(), 2);
    assert!(matches!(topics.create("t", None, &[]).await, Err(TopicError::TopicExists { .. })));
    assert!(matches!(topics.create("a b", None, &[]).await, Err(TopicError::Invalid { .. })));
    let mut appended = topics.appended();
    appended.mark_unchanged();
    let two = [batch(&["a"]), batch(&["b", "c"])].concat();
    assert_eq!(topics.append("t", 1, two.into()).await, Ok(0));
    // The waiter of the append may be told a moment before.
    appended.changed().await.unwrap();
    let read = topics.read("t", 1, 2, 1 << 20).await.unwrap();
    assert_eq!((read.high_watermark, read.log_start_offset), (3, 0));
    assert!(!read.batches.is_empty());
    assert_eq!(topics.offset_for_timestamp("t", 1, 0).await, Ok(Some(0)));
    assert!(matches!(topics.read("t", 1, 4, 1).await, Err(TopicError::OffsetOutOfRange { .. })));
    assert!(matches!(topics.read("t", 7, 0, 1).await, Err(TopicError::UnknownPartition { .. })));
    assert!(matches!(topics.append("t", 0, "junk".into()).await, Err(TopicError::Invalid { .. })));
    let traffic = broker.activity().traffic();
    assert_eq!((traffic[0].topic.as_str(), traffic[0].records_in, traffic[0].records_out), ("t", 3, 2));
    let mut moves = topics.high_watermark("t", 1).unwrap();
    assert_eq!(*moves.wait_for(|end| *end >= 3).await.unwrap(), 3);
    topics.delete("t").await.unwrap();
    assert!(moves.wait_for(|end| *end > 3).await.is_err(), "who waits for a deleted topic is told");
    assert!(matches!(topics.get("t"), Err(TopicError::UnknownTopic { .. })));
    broker.shutdown().await;
}
