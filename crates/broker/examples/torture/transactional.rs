//! A producer of transactions over several topics with offsets of its group in them, by either protocol.
//!
//! A transaction is a list of requests. What is not answered is asked again after a crash, as a client does that
//! lives on; or the producer starts anew, as one does whose client died: then an open transaction must be aborted, and
//! of one that was being ended nobody knows the outcome, but it is one outcome for all of its parts.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use millstream_wire::messages::add_offsets_to_txn::AddOffsetsToTxnRequest;
use millstream_wire::messages::add_partitions_to_txn::{AddPartitionsToTxnRequest, AddPartitionsToTxnTopic};
use millstream_wire::messages::end_txn::EndTxnRequest;
use millstream_wire::messages::init_producer_id::InitProducerIdRequest;
use millstream_wire::messages::offset_fetch::{OffsetFetchRequest, OffsetFetchRequestTopic};
use millstream_wire::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use millstream_wire::messages::txn_offset_commit::{
    TxnOffsetCommitRequest, TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use millstream_wire::records::{BatchBuilder, Codec};
use millstream_wire::{ErrorCode, Str};

use crate::connection::{Connection, Step, Trouble, accepted, must, wrong};
use crate::groups;
use crate::random::Random;
use crate::reading::{self, Log};
use crate::sequenced::{comes_again, now_ms};

/// A partition, by its topic's place in the list of topics.
type Place = (usize, i32);

/// The producer and what it knows.
#[derive(Debug)]
pub struct Transactional {
    id: String,
    /// KIP-890: partitions are added by the first batch, the epoch is new after each transaction.
    second_protocol: bool,
    topics: Vec<(String, i32)>,
    /// A compacted topic: each transaction writes its number under the producer's name.
    table: String,
    producer: Option<(i64, i16)>,
    sequences: BTreeMap<Place, i32>,
    transactions: Vec<Transaction>,
    to_do: VecDeque<Request>,
}

#[derive(Debug)]
struct Transaction {
    records: BTreeSet<(Place, usize)>,
    has_offset: bool,
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Committed,
    Aborted,
    /// Nobody knows.
    Either,
}

#[derive(Debug)]
enum Request {
    Add(Place),
    Send(Place, Bytes),
    AddOffsets,
    Offsets(i64),
    End(bool),
}

impl Transactional {
    /// A producer to these topics (with their numbers of partitions), the last of which is compacted.
    pub fn new(id: &str, second_protocol: bool, topics: &[(String, i32)], table: &str) -> Self {
        Self {
            id: id.to_owned(),
            second_protocol,
            topics: topics.to_vec(),
            table: table.to_owned(),
            producer: None,
            sequences: BTreeMap::new(),
            transactions: Vec::new(),
            to_do: VecDeque::new(),
        }
    }

    /// How many transactions were ended.
    pub fn ended(&self) -> usize {
        self.transactions.len()
    }

    /// One transaction, whole.
    pub fn step(&mut self, connection: &mut Connection, random: &mut Random) -> Step {
        self.finish(connection)?;
        if self.producer.is_none() {
            self.begin(connection)?;
        }
        self.plan(random)?;
        self.finish(connection)
    }

    /// The client is gone too: another one takes its place.
    pub fn forget(&mut self) {
        self.producer = None;
        let ending = matches!(self.to_do.front(), Some(Request::End(_)));
        if let Some(last) = self.transactions.last_mut().filter(|_| !self.to_do.is_empty()) {
            last.outcome = if ending { Outcome::Either } else { Outcome::Aborted };
        }
        self.to_do.clear();
    }

    /// Asks for what was not answered; with nothing to ask for, nothing of its last transaction is open.
    pub fn finish(&mut self, connection: &mut Connection) -> Step {
        if self.producer.is_none() && !self.transactions.is_empty() {
            self.begin(connection)?;
        }
        while let Some(request) = self.to_do.front() {
            let (code, next) = self.ask(connection, request)?;
            if comes_again(code) {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
            accepted(code, || format!("{}, transaction {}: {request:?}", self.id, self.transactions.len()))?;
            self.to_do.pop_front();
            if let Some(next) = next {
                self.producer = Some(next);
                self.sequences.clear();
            }
        }
        Ok(())
    }

    fn begin(&mut self, connection: &mut Connection) -> Step {
        let request = InitProducerIdRequest {
            transactional_id: Some(self.id.as_str().into()),
            // What a generation of topics leaves open is ended when all is looked at, a long run later.
            transaction_timeout_ms: 86_400_000,
            producer_id: -1,
            producer_epoch: -1,
            ..Default::default()
        };
        let version = if self.second_protocol { 5 } else { 3 };
        loop {
            let answer = connection.call(&request, version)?;
            if comes_again(answer.error_code) {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
            accepted(answer.error_code, || format!("InitProducerId of {}", self.id))?;
            self.producer = Some((answer.producer_id, answer.producer_epoch));
            self.sequences.clear();
            return Ok(());
        }
    }

    /// Thinks out the next transaction.
    fn plan(&mut self, random: &mut Random) -> Step {
        let number = self.transactions.len();
        let mut records = BTreeSet::new();
        let mut places: Vec<Place> = Vec::new();
        for _ in 0..=random.below(3) {
            let topic = usize::try_from(random.below(self.topics.len() as u64)).unwrap_or(0);
            let partitions = self.topics.get(topic).map_or(1, |(_, partitions)| *partitions);
            let partition = i32::try_from(random.below(u64::try_from(partitions).unwrap_or(1))).unwrap_or(0);
            places.push((topic, partition));
        }
        for (index, place) in places.iter().enumerate() {
            records.insert((*place, index));
            let value = format!("{}:{number}:{index}", self.id);
            self.plan_batch(*place, None, &value)?;
        }
        self.plan_batch((self.topics.len(), 0), Some(self.id.clone()), &number.to_string())?;
        let has_offset = random.below(3) > 0;
        if has_offset {
            if !self.second_protocol {
                self.to_do.push_back(Request::AddOffsets);
            }
            self.to_do.push_back(Request::Offsets(i64::try_from(number).unwrap_or(0)));
        }
        let commits = !random.one_in(3);
        self.to_do.push_back(Request::End(commits));
        let outcome = if commits { Outcome::Committed } else { Outcome::Aborted };
        self.transactions.push(Transaction { records, has_offset, outcome });
        Ok(())
    }

    fn plan_batch(&mut self, place: Place, key: Option<String>, value: &str) -> Step {
        let Some((id, epoch)) = self.producer else { return wrong("there is no producer id") };
        let is_new = !self.to_do.iter().any(|one| matches!(one, Request::Add(added) if *added == place));
        if !self.second_protocol && is_new {
            self.to_do.push_back(Request::Add(place));
        }
        let sequence = self.sequences.entry(place).or_insert(0);
        let mut builder = BatchBuilder::new(Codec::None).producer(id, epoch, *sequence).transactional();
        *sequence += 1;
        let added = builder.append(now_ms(), key.as_deref().map(str::as_bytes), Some(value.as_bytes()), &[]);
        let bytes =
            added.and_then(|()| builder.finish()).map_err(|error| Trouble::Wrong(error.to_string()))?;
        self.to_do.push_back(Request::Send(place, bytes.freeze()));
        Ok(())
    }

    fn topic(&self, place: Place) -> Str {
        self.topics.get(place.0).map_or(self.table.as_str(), |(topic, _)| topic.as_str()).into()
    }

    /// Asks for one thing. Gives the answer's code, and the id and epoch of the next transaction if they are new ones.
    fn ask(&self, connection: &mut Connection, request: &Request) -> Step<(ErrorCode, Option<(i64, i16)>)> {
        let Request::End(committed) = request else {
            return self.ask_for_part(connection, request).map(|code| (code, None));
        };
        let Some((id, epoch)) = self.producer else { return wrong("there is no producer id") };
        let request = EndTxnRequest {
            transactional_id: self.id.as_str().into(),
            producer_id: id,
            producer_epoch: epoch,
            committed: *committed,
        };
        let answer = connection.call(&request, if self.second_protocol { 5 } else { 3 })?;
        let is_new = self.second_protocol && answer.error_code.is_none();
        Ok((answer.error_code, is_new.then_some((answer.producer_id, answer.producer_epoch))))
    }

    fn ask_for_part(&self, connection: &mut Connection, request: &Request) -> Step<ErrorCode> {
        let Some((id, epoch)) = self.producer else { return wrong("there is no producer id") };
        let own: Str = self.id.as_str().into();
        match request {
            Request::Add(place) => {
                let added = AddPartitionsToTxnTopic { name: self.topic(*place), partitions: vec![place.1] };
                let request = AddPartitionsToTxnRequest {
                    v3_and_below_transactional_id: own,
                    v3_and_below_producer_id: id,
                    v3_and_below_producer_epoch: epoch,
                    v3_and_below_topics: vec![added],
                    ..Default::default()
                };
                let answer = connection.call(&request, 3)?;
                let topic = answer.results_by_topic_v3_and_below.first();
                let row = topic.and_then(|topic| topic.results_by_partition.first());
                row.map_or_else(
                    || wrong("AddPartitionsToTxn answered nothing"),
                    |row| Ok(row.partition_error_code),
                )
            }
            Request::Send(place, bytes) => self.send(connection, *place, bytes),
            Request::AddOffsets => {
                let request = AddOffsetsToTxnRequest {
                    transactional_id: own,
                    producer_id: id,
                    producer_epoch: epoch,
                    group_id: self.id.as_str().into(),
                };
                Ok(connection.call(&request, 3)?.error_code)
            }
            Request::Offsets(offset) => self.offsets(connection, (id, epoch), *offset),
            Request::End(_) => wrong("an end is no part"),
        }
    }

    fn send(&self, connection: &mut Connection, place: Place, bytes: &Bytes) -> Step<ErrorCode> {
        let version = if self.second_protocol { 12 } else { 9 };
        let partition_data = vec![PartitionProduceData { index: place.1, records: Some(bytes.clone()) }];
        let topic = TopicProduceData { name: self.topic(place), partition_data, ..Default::default() };
        let request = ProduceRequest {
            transactional_id: Some(self.id.as_str().into()),
            acks: -1,
            timeout_ms: 10_000,
            topic_data: vec![topic],
        };
        let answer = connection.call(&request, version)?;
        let row = answer.responses.first().and_then(|topic| topic.partition_responses.first());
        row.map_or_else(|| wrong("Produce answered nothing"), |row| Ok(row.error_code))
    }

    fn offsets(&self, connection: &mut Connection, producer: (i64, i16), offset: i64) -> Step<ErrorCode> {
        let partition = TxnOffsetCommitRequestPartition {
            partition_index: 0,
            committed_offset: offset,
            committed_leader_epoch: -1,
            ..Default::default()
        };
        let topics =
            vec![TxnOffsetCommitRequestTopic { name: self.topic((0, 0)), partitions: vec![partition] }];
        let request = TxnOffsetCommitRequest {
            transactional_id: self.id.as_str().into(),
            group_id: self.id.as_str().into(),
            producer_id: producer.0,
            producer_epoch: producer.1,
            generation_id: -1,
            topics,
            ..Default::default()
        };
        let answer = connection.call(&request, if self.second_protocol { 5 } else { 3 })?;
        let row = answer.topics.first().and_then(|topic| topic.partitions.first());
        row.map_or_else(|| wrong("TxnOffsetCommit answered nothing"), |row| Ok(row.error_code))
    }

    /// All of a transaction or none of it, as it was told. To be asked when no transaction of it is open.
    pub fn check(&mut self, connection: &mut Connection) -> Step {
        let mut found: BTreeMap<usize, BTreeSet<(Place, usize)>> = BTreeMap::new();
        for (at, (topic, partitions)) in self.topics.iter().enumerate() {
            for partition in 0..*partitions {
                let log = reading::committed(connection, topic, partition)?;
                self.note(&log, (at, partition), &mut found)?;
            }
        }
        let offset = self.stable_offset(connection)?;
        let told = self.in_table(connection)?;
        for (number, transaction) in self.transactions.iter_mut().enumerate() {
            let there = found.remove(&number).unwrap_or_default();
            let is_whole = there == transaction.records;
            let holds = match transaction.outcome {
                Outcome::Committed => is_whole,
                Outcome::Aborted => there.is_empty(),
                Outcome::Either => is_whole || there.is_empty(),
            };
            let (id, outcome, wanted) = (&self.id, transaction.outcome, &transaction.records);
            must(holds, || format!("{id}: transaction {number} ({outcome:?}) has {there:?} of {wanted:?}"))?;
            transaction.outcome = if is_whole { Outcome::Committed } else { Outcome::Aborted };
        }
        must(found.is_empty(), || format!("{}: transactions that never were: {found:?}", self.id))?;
        let last = |wanted: fn(&Transaction) -> bool| {
            let numbers = self.transactions.iter().enumerate().rev();
            let last = numbers.into_iter().find(|(_, one)| one.outcome == Outcome::Committed && wanted(one));
            last.map_or(-1, |(number, _)| i64::try_from(number).unwrap_or(-1))
        };
        let (with_offset, any) = (last(|one| one.has_offset), last(|_| true));
        must(offset == with_offset, || format!("{}: the group is at {offset}, not {with_offset}", self.id))?;
        must(told == any, || format!("{}: the table says {told}, the last that counts is {any}", self.id))
    }

    fn note(&self, log: &Log, place: Place, found: &mut BTreeMap<usize, BTreeSet<(Place, usize)>>) -> Step {
        let mut before = None;
        for record in &log.records {
            let Some(rest) = record.value.as_deref().and_then(|value| value.strip_prefix(&self.id)) else {
                continue;
            };
            let parsed = rest.strip_prefix(':').and_then(|rest| rest.split_once(':'));
            let numbers =
                parsed.and_then(|(number, index)| Some((number.parse().ok()?, index.parse().ok()?)));
            let Some((number, index)) = numbers else { continue };
            must(before < Some((number, index)), || {
                format!("{}: {record:?} in {place:?} comes after {before:?}", self.id)
            })?;
            before = Some((number, index));
            found.entry(number).or_default().insert((place, index));
        }
        Ok(())
    }

    /// What the compacted topic says last.
    fn in_table(&self, connection: &mut Connection) -> Step<i64> {
        let log = reading::committed(connection, &self.table, 0)?;
        let own = log.records.iter().rev().find(|record| record.key == self.id);
        Ok(own.and_then(|record| record.value.as_deref()?.parse().ok()).unwrap_or(-1))
    }

    fn stable_offset(&self, connection: &mut Connection) -> Step<i64> {
        let topic = OffsetFetchRequestTopic { name: self.topic((0, 0)), partition_indexes: vec![0] };
        let request = OffsetFetchRequest {
            group_id: self.id.as_str().into(),
            topics: Some(vec![topic]),
            require_stable: true,
            ..Default::default()
        };
        groups::fetch(connection, &request)
    }
}
