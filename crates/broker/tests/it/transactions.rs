//! Transactions over the wire: both protocols, both isolation levels, offsets, restarts, what an administrator sees.

use bytes::Bytes;
use millstream_broker::Broker;
use millstream_wire::ErrorCode;
use millstream_wire::messages::add_offsets_to_txn::AddOffsetsToTxnRequest;
use millstream_wire::messages::add_partitions_to_txn::{AddPartitionsToTxnRequest, AddPartitionsToTxnTopic};
use millstream_wire::messages::api_versions::ApiVersionsRequest;
use millstream_wire::messages::describe_producers::{DescribeProducersRequest, ProducerState, TopicRequest};
use millstream_wire::messages::describe_transactions::{DescribeTransactionsRequest, TransactionState};
use millstream_wire::messages::end_txn::{EndTxnRequest, EndTxnResponse};
use millstream_wire::messages::fetch::PartitionData;
use millstream_wire::messages::find_coordinator::FindCoordinatorRequest;
use millstream_wire::messages::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};
use millstream_wire::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use millstream_wire::messages::list_transactions::ListTransactionsRequest;
use millstream_wire::messages::offset_fetch::{OffsetFetchRequest, OffsetFetchRequestTopic};
use millstream_wire::messages::produce::PartitionProduceResponse;
use millstream_wire::messages::txn_offset_commit::{
    TxnOffsetCommitRequest, TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use millstream_wire::messages::write_txn_markers::{
    WritableTxnMarker, WritableTxnMarkerTopic, WriteTxnMarkersRequest,
};
use millstream_wire::records::{BatchBuilder, Batches, Budget, Codec};

use crate::client::{Client, batch, broker, config, data, fetch_request, produce_request, restarted, text};

const ID: &str = "shop";
const COMMITTED: i8 = 1;

/// A producer over one connection.
struct Transactional {
    client: Client,
    id: i64,
    epoch: i16,
    sequence: i32,
}

impl Transactional {
    async fn start(broker: &Broker) -> Self {
        let mut client = Client::connect(broker).await;
        let find = FindCoordinatorRequest { key: ID.into(), key_type: 1, ..Default::default() };
        let found = client.call(&find, 2).await;
        assert_eq!((found.error_code, found.node_id), (ErrorCode::NONE, 1));
        loop {
            let made = init(&mut client, -1, -1).await;
            if made.error_code == ErrorCode::CONCURRENT_TRANSACTIONS {
                continue;
            }
            assert_eq!(made.error_code, ErrorCode::NONE);
            return Self { client, id: made.producer_id, epoch: made.producer_epoch, sequence: 0 };
        }
    }

    async fn add(&mut self, topic: &str) -> ErrorCode {
        let topics = vec![AddPartitionsToTxnTopic { name: topic.into(), partitions: vec![0] }];
        let request = AddPartitionsToTxnRequest {
            v3_and_below_transactional_id: ID.into(),
            v3_and_below_producer_id: self.id,
            v3_and_below_producer_epoch: self.epoch,
            v3_and_below_topics: topics,
            ..Default::default()
        };
        let response = self.client.call(&request, 3).await;
        response.results_by_topic_v3_and_below[0].results_by_partition[0].partition_error_code
    }

    async fn send(&mut self, topic: &str, value: &str, version: i16) -> PartitionProduceResponse {
        let records = self.batch(value);
        let mut request = produce_request(topic, records);
        request.transactional_id = text(ID);
        let mut response = self.client.call(&request, version).await;
        response.responses.remove(0).partition_responses.remove(0)
    }

    fn batch(&mut self, value: &str) -> Bytes {
        let builder = BatchBuilder::new(Codec::None).producer(self.id, self.epoch, self.sequence);
        let mut builder = builder.transactional();
        builder.append(1_700_000_000_000, None, Some(value.as_bytes()), &[]).unwrap();
        self.sequence += 1;
        builder.finish().unwrap().freeze()
    }

    async fn end(&mut self, committed: bool, version: i16) -> EndTxnResponse {
        let request = EndTxnRequest {
            transactional_id: ID.into(),
            producer_id: self.id,
            producer_epoch: self.epoch,
            committed,
        };
        let response = self.client.call(&request, version).await;
        if version >= 5 && response.error_code.is_none() {
            (self.id, self.epoch, self.sequence) = (response.producer_id, response.producer_epoch, 0);
        }
        response
    }

    /// Commits `offset` of the group for partition 0 of a topic.
    /// A marker past the coordinator, as `kafka-transactions abort` writes it.
    async fn abort_in(&mut self, topic: &str, partitions: &[i32]) -> Vec<ErrorCode> {
        let topics =
            vec![WritableTxnMarkerTopic { name: topic.into(), partition_indexes: partitions.to_vec() }];
        let marker = WritableTxnMarker {
            producer_id: self.id,
            producer_epoch: self.epoch,
            transaction_result: false,
            topics,
            coordinator_epoch: 0,
            transaction_version: 0,
        };
        let written = self.client.call(&WriteTxnMarkersRequest { markers: vec![marker] }, 1).await;
        written.markers[0].topics[0].partitions.iter().map(|row| row.error_code).collect()
    }

    async fn commit_offset(&mut self, group: &str, topic: &str, offset: i64, version: i16) -> ErrorCode {
        let partition = TxnOffsetCommitRequestPartition {
            partition_index: 0,
            committed_offset: offset,
            ..Default::default()
        };
        let topics = vec![TxnOffsetCommitRequestTopic { name: topic.into(), partitions: vec![partition] }];
        let request = TxnOffsetCommitRequest {
            transactional_id: ID.into(),
            group_id: group.into(),
            producer_id: self.id,
            producer_epoch: self.epoch,
            topics,
            ..Default::default()
        };
        self.client.call(&request, version).await.topics[0].partitions[0].error_code
    }
}

async fn init(client: &mut Client, id: i64, epoch: i16) -> InitProducerIdResponse {
    let request = InitProducerIdRequest {
        transactional_id: text(ID),
        transaction_timeout_ms: 60_000,
        producer_id: id,
        producer_epoch: epoch,
        ..Default::default()
    };
    client.call(&request, 4).await
}

/// What a reader of that isolation gets from `offset` on.
async fn read(client: &mut Client, topic: &str, offset: i64, isolation: i8) -> PartitionData {
    let mut request = fetch_request(topic, offset, 0);
    request.isolation_level = isolation;
    let mut response = client.call(&request, 11).await;
    data(&mut response)
}

/// Everything below `end` as readers of committed records get it, once they do: a marker whose time is much later than
/// that of the records lies in the next segment, and comes with the next answer.
async fn stable(client: &mut Client, topic: &str, end: i64) -> Vec<PartitionData> {
    loop {
        let mut request = fetch_request(topic, end, 100);
        request.isolation_level = COMMITTED;
        let mut response = client.call(&request, 11).await;
        if data(&mut response).last_stable_offset >= end {
            break;
        }
    }
    let (mut all, mut from) = (Vec::new(), 0);
    while from < end {
        let data = read(client, topic, from, COMMITTED).await;
        let batches = Batches::new(data.records.clone().unwrap_or_default().into_bytes());
        from = batches.flatten().last().unwrap().header.next_offset();
        all.push(data);
    }
    all
}

/// The values as a client of committed records gives them to its program.
fn committed_values(all: &[PartitionData]) -> Vec<String> {
    all.iter().flat_map(committed_in).collect()
}

fn committed_in(data: &PartitionData) -> Vec<String> {
    let mut aborted = data.aborted_transactions.clone().unwrap_or_default();
    let mut open: Vec<i64> = Vec::new();
    let mut values = Vec::new();
    for batch in Batches::verified(data.records.clone().unwrap_or_default().into_bytes()) {
        let batch = batch.unwrap();
        let header = batch.header;
        aborted.retain(|it| {
            let begins = it.first_offset <= header.last_offset();
            open.extend(begins.then_some(it.producer_id));
            !begins
        });
        if header.attributes.is_control() {
            open.retain(|id| *id != header.producer_id);
        } else if !(header.attributes.is_transactional() && open.contains(&header.producer_id)) {
            for record in batch.records(Budget::default()).unwrap() {
                values.push(String::from_utf8(record.unwrap().value.unwrap().to_vec()).unwrap());
            }
        }
    }
    values
}

async fn latest(client: &mut Client, topic: &str, isolation_level: i8) -> i64 {
    let partition = ListOffsetsPartition { partition_index: 0, timestamp: -1, ..Default::default() };
    let topics = vec![ListOffsetsTopic { name: topic.into(), partitions: vec![partition] }];
    let request = ListOffsetsRequest { replica_id: -1, isolation_level, topics, ..Default::default() };
    client.call(&request, 5).await.topics[0].partitions[0].offset
}

#[tokio::test]
async fn the_first_protocol() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let mut one = Transactional::start(&broker).await;
    one.client.make_topic("t").await;
    for (version, code) in [(9, ErrorCode::INVALID_TXN_STATE), (11, ErrorCode::TRANSACTION_ABORTABLE)] {
        let refused = one.send("t", "not added", version).await;
        assert_eq!(refused.error_code, code, "version {version}");
    }
    one.sequence = 0;
    assert_eq!(one.add("nowhere").await, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(one.add("t").await, ErrorCode::NONE);
    assert_eq!(one.send("t", "a", 9).await.error_code, ErrorCode::NONE);
    one.client.produce("t", batch(&["plain"]), 9).await;
    let reader = &mut Client::connect(&broker).await;
    let open = read(reader, "t", 0, COMMITTED).await;
    assert_eq!((open.high_watermark, open.last_stable_offset), (2, 0));
    assert_eq!(committed_in(&open), Vec::<String>::new());
    assert_eq!((latest(reader, "t", 0).await, latest(reader, "t", COMMITTED).await), (2, 0));

    assert_eq!(one.end(true, 3).await.error_code, ErrorCode::NONE);
    assert_eq!(committed_values(&stable(reader, "t", 3).await), ["a", "plain"]);
    assert_eq!(one.add("t").await, ErrorCode::NONE);
    assert_eq!(one.send("t", "b", 11).await.error_code, ErrorCode::NONE);
    assert_eq!(one.end(false, 3).await.error_code, ErrorCode::NONE);
    let all = stable(reader, "t", 5).await;
    let aborted: Vec<_> = all.iter().flat_map(|data| data.aborted_transactions.clone().unwrap()).collect();
    let aborted: Vec<_> = aborted.into_iter().filter(|it| it.producer_id == one.id).take(1).collect();
    assert_eq!((aborted.len(), aborted[0].producer_id, aborted[0].first_offset), (1, one.id, 3));
    assert_eq!(committed_values(&all), ["a", "plain"]);
    assert_eq!(read(reader, "t", 0, 0).await.aborted_transactions, None);

    let without = one.batch("without an id");
    let refused = one.client.produce("t", without, 9).await;
    assert_eq!(refused.error_code, ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    broker.shutdown().await;
}

#[tokio::test]
async fn the_second_protocol() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let mut one = Transactional::start(&broker).await;
    let asked = ApiVersionsRequest { client_software_name: "it".into(), client_software_version: "1".into() };
    let features = one.client.call(&asked, 4).await;
    let level = |name: &str| {
        features.finalized_features.iter().find(|it| &*it.name == name).map(|it| it.max_version_level)
    };
    assert_eq!((level("transaction.version"), level("share.version")), (Some(2), None));
    assert!(features.finalized_features_epoch >= 0);
    one.client.make_topic("t").await;
    let reader = &mut Client::connect(&broker).await;
    for (value, commit) in [("a", true), ("b", false), ("c", true)] {
        let epoch = one.epoch;
        assert_eq!(one.send("t", value, 12).await.error_code, ErrorCode::NONE);
        assert_eq!(one.send("t", value, 12).await.error_code, ErrorCode::NONE);
        assert_eq!(one.end(commit, 5).await.error_code, ErrorCode::NONE);
        assert_eq!(one.epoch, epoch + 1);
    }
    assert_eq!(committed_values(&stable(reader, "t", 9).await), ["a", "a", "c", "c"]);
    // Records of the transaction before come too late.
    one.epoch -= 1;
    let late = one.send("t", "late", 12).await;
    assert_eq!(late.error_code, ErrorCode::INVALID_PRODUCER_EPOCH);
    one.epoch += 1;
    // Several at once keep their order, although the first waits for the coordinator.
    one.sequence = 0;
    let frames: Vec<_> = (0..5)
        .flat_map(|n| {
            let mut request = produce_request("t", one.batch(&n.to_string()));
            request.transactional_id = text(ID);
            Client::frame(&request, 12)
        })
        .collect();
    tokio::io::AsyncWriteExt::write_all(&mut one.client.stream, &frames).await.unwrap();
    for n in 0..5 {
        let response = one.client.receive::<millstream_wire::messages::produce::ProduceRequest>(12).await;
        let partition = &response.responses[0].partition_responses[0];
        assert_eq!((partition.error_code, partition.base_offset), (ErrorCode::NONE, 9 + n));
    }
    assert_eq!(one.end(true, 5).await.error_code, ErrorCode::NONE);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_successor_fences_and_aborts() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let mut first = Transactional::start(&broker).await;
    first.client.make_topic("t").await;
    assert_eq!(first.send("t", "of a zombie", 12).await.error_code, ErrorCode::NONE);
    let mut second = Transactional::start(&broker).await;
    assert_eq!((second.id, second.epoch), (first.id, first.epoch + 2));
    assert_eq!(first.send("t", "again", 12).await.error_code, ErrorCode::INVALID_PRODUCER_EPOCH);
    assert_eq!(first.end(true, 5).await.error_code, ErrorCode::PRODUCER_FENCED);
    assert_eq!(first.end(true, 1).await.error_code, ErrorCode::INVALID_PRODUCER_EPOCH);
    assert_eq!(second.send("t", "of its successor", 12).await.error_code, ErrorCode::NONE);
    assert_eq!(second.end(true, 5).await.error_code, ErrorCode::NONE);
    let seen = stable(&mut second.client, "t", 4).await;
    assert_eq!(committed_values(&seen), ["of its successor"]);
    let back = init(&mut second.client, second.id, second.epoch).await;
    assert_eq!((back.error_code, back.producer_epoch), (ErrorCode::NONE, second.epoch + 1));
    let fenced = init(&mut second.client, first.id, first.epoch).await;
    assert_eq!(fenced.error_code, ErrorCode::PRODUCER_FENCED);
    broker.shutdown().await;
}

/// Offset of partition 0 of the topic, and the error.
async fn committed(client: &mut Client, group: &str, require_stable: bool) -> (i64, ErrorCode) {
    let topics = Some(vec![OffsetFetchRequestTopic { name: "t".into(), partition_indexes: vec![0] }]);
    let request = OffsetFetchRequest { group_id: group.into(), topics, require_stable, ..Default::default() };
    let response = client.call(&request, 7).await;
    let partition = &response.topics[0].partitions[0];
    (partition.committed_offset, partition.error_code)
}

async fn settled(client: &mut Client, group: &str) -> i64 {
    loop {
        match committed(client, group, true).await {
            (offset, ErrorCode::NONE) => return offset,
            (_, error) => assert_eq!(error, ErrorCode::UNSTABLE_OFFSET_COMMIT),
        }
    }
}

#[tokio::test]
async fn offsets_count_when_their_transaction_is_committed() {
    let dir = tempfile::tempdir().unwrap();
    let first = broker(dir.path()).await;
    let mut one = Transactional::start(&first).await;
    one.client.make_topic("t").await;
    // Version 3 wants the group's partition added before.
    assert_eq!(one.commit_offset("g", "t", 5, 3).await, ErrorCode::INVALID_TXN_STATE);
    let add = AddOffsetsToTxnRequest {
        transactional_id: ID.into(),
        producer_id: one.id,
        producer_epoch: one.epoch,
        group_id: "g".into(),
    };
    assert_eq!(one.client.call(&add, 3).await.error_code, ErrorCode::NONE);
    assert_eq!(one.commit_offset("g", "t", 5, 3).await, ErrorCode::NONE);
    assert_eq!(one.commit_offset("g", "no", 5, 3).await, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(committed(&mut one.client, "g", false).await, (-1, ErrorCode::NONE));
    assert_eq!(committed(&mut one.client, "g", true).await, (-1, ErrorCode::UNSTABLE_OFFSET_COMMIT));
    one.end(true, 3).await;
    assert_eq!(settled(&mut one.client, "g").await, 5);
    assert_eq!(one.commit_offset("g", "t", 7, 5).await, ErrorCode::NONE);
    one.end(false, 5).await;
    assert_eq!(settled(&mut one.client, "g").await, 5);
    assert_eq!(one.commit_offset("g", "t", 9, 5).await, ErrorCode::NONE);
    first.shutdown().await;

    let second = broker(dir.path()).await;
    one.client = Client::connect(&second).await;
    assert_eq!(committed(&mut one.client, "g", true).await, (-1, ErrorCode::UNSTABLE_OFFSET_COMMIT));
    assert_eq!(committed(&mut one.client, "g", false).await, (5, ErrorCode::NONE));
    assert_eq!(one.end(true, 5).await.error_code, ErrorCode::NONE);
    assert_eq!(settled(&mut one.client, "g").await, 9);
    drop(second);

    let third = restarted(dir.path()).await;
    one.client = Client::connect(&third).await;
    assert_eq!(settled(&mut one.client, "g").await, 9);
    third.shutdown().await;
}

#[tokio::test]
async fn what_was_answered_holds_after_any_end_of_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let mut broker = broker(dir.path()).await;
    let mut one = Transactional::start(&broker).await;
    one.client.make_topic("t").await;
    let mut expected = Vec::new();
    let mut end = 0;
    for round in 0..6 {
        let value = round.to_string();
        assert_eq!(one.send("t", &value, 12).await.error_code, ErrorCode::NONE);
        if round % 3 == 2 {
            // Gone with the transaction open: it goes on afterwards.
            drop(broker);
            broker = restarted(dir.path()).await;
            one.client = Client::connect(&broker).await;
        }
        let commit = round % 2 == 0;
        assert_eq!(one.end(commit, 5).await.error_code, ErrorCode::NONE);
        expected.extend(commit.then_some(value));
        end += 2;
        if round % 3 == 1 {
            // Gone right after the outcome was told, with or without markers.
            drop(broker);
            broker = restarted(dir.path()).await;
            one.client = Client::connect(&broker).await;
        }
    }
    assert_eq!(committed_values(&stable(&mut one.client, "t", end).await), expected);
    broker.shutdown().await;
}

async fn producers(client: &mut Client, topic: &str) -> Vec<ProducerState> {
    let topics = vec![TopicRequest { name: topic.into(), partition_indexes: vec![0] }];
    let response = client.call(&DescribeProducersRequest { topics }, 0).await;
    assert_eq!(response.topics[0].partitions[0].error_code, ErrorCode::NONE);
    response.topics[0].partitions[0].active_producers.clone()
}

async fn describe(client: &mut Client, id: &str) -> TransactionState {
    let request = DescribeTransactionsRequest { transactional_ids: vec![id.into()] };
    client.call(&request, 0).await.transaction_states.remove(0)
}

#[tokio::test]
async fn what_an_administrator_sees_and_can_end() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let mut one = Transactional::start(&broker).await;
    one.client.make_topic("t").await;
    assert_eq!(describe(&mut one.client, "no").await.error_code, ErrorCode::TRANSACTIONAL_ID_NOT_FOUND);
    one.send("t", "a", 12).await;
    let described = describe(&mut one.client, ID).await;
    assert_eq!((&*described.transaction_state, described.producer_id), ("Ongoing", one.id));
    assert_eq!((&*described.topics[0].topic, &described.topics[0].partitions[..]), ("t", &[0][..]));
    let state = producers(&mut one.client, "t").await;
    assert_eq!((state[0].producer_id, state[0].current_txn_start_offset), (one.id, 0));
    let strings = |names: &[&str]| names.iter().map(|name| (*name).into()).collect::<Vec<_>>();
    type Row<'a> = (&'a [&'a str], &'a [i64], i64, Option<&'a str>, usize);
    let table: [Row; 7] = [
        (&[], &[], -1, None, 1),
        (&["Ongoing", "Nonsense"], &[], -1, None, 1),
        (&["Empty"], &[], -1, None, 0),
        (&[], &[one.id + 1], -1, None, 0),
        (&[], &[], 100_000, None, 0),
        (&[], &[], -1, Some("sh.*"), 1),
        (&[], &[], -1, Some("ho"), 0),
    ];
    for (states, ids, duration, pattern, count) in table {
        let request = ListTransactionsRequest {
            state_filters: strings(states),
            producer_id_filters: ids.to_vec(),
            duration_filter: duration,
            transactional_id_pattern: pattern.map(Into::into),
        };
        let listed = one.client.call(&request, 2).await;
        assert_eq!(listed.transaction_states.len(), count, "{states:?} {ids:?} {duration} {pattern:?}");
        let unknown = states.iter().filter(|name| **name == "Nonsense").count();
        assert_eq!(listed.unknown_state_filters.len(), unknown);
    }
    let request = ListTransactionsRequest { transactional_id_pattern: text("("), ..Default::default() };
    let request = ListTransactionsRequest { duration_filter: -1, ..request };
    assert_eq!(one.client.call(&request, 2).await.error_code, ErrorCode::INVALID_REGULAR_EXPRESSION);

    assert_eq!(one.abort_in("t", &[0, 9]).await, [ErrorCode::NONE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION]);
    assert_eq!(producers(&mut one.client, "t").await[0].current_txn_start_offset, -1);
    assert_eq!(latest(&mut one.client, "t", COMMITTED).await, 2);
    broker.shutdown().await;
}

#[tokio::test]
async fn what_no_coordinator_was_asked_about_hangs_until_an_administrator_ends_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.set("transaction.partition.verification.enable", "false").unwrap();
    let broker = Broker::start(config).await.unwrap();
    let mut one = Transactional::start(&broker).await;
    one.client.make_topic("t").await;
    assert_eq!(one.send("t", "not added", 11).await.error_code, ErrorCode::NONE);
    assert_eq!(describe(&mut one.client, ID).await.topics, []);
    assert_eq!(producers(&mut one.client, "t").await[0].current_txn_start_offset, 0);
    assert_eq!(latest(&mut one.client, "t", COMMITTED).await, 0);
    assert_eq!(one.abort_in("t", &[0]).await, [ErrorCode::NONE]);
    assert_eq!(producers(&mut one.client, "t").await[0].current_txn_start_offset, -1);
    assert_eq!(latest(&mut one.client, "t", COMMITTED).await, 2);
    broker.shutdown().await;
}
