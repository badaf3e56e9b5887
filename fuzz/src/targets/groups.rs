//! `__consumer_offsets` and `__transaction_state`: rows of records, loaded into the coordinators.
//!
//! Whatever was loaded can be listed and described, time may pass, and every record that a coordinator then writes
//! can be loaded by the next one.
//!
//! Memory: `4 x input + 64 KiB`, and 2.5 KiB for each record: as much as the first member of a group takes, whose record
//! has 130 bytes and whose state is a row of small tables. Seeds of ten thousand groups hold it to that.

use std::mem::discriminant;

use bytes::Bytes;
use millstream_coordinator::transaction::{
    Config as TransactionConfig, Coordinator as Transactions, Effect as TransactionEffect,
    Event as TransactionEvent,
};
use millstream_coordinator::{
    Config, Coordinator, Effect, Event, ExistingTopic, RecordError, TransactionEnd,
};
use millstream_wire::Uuid;

use super::batches::NOW;
use super::messages::RECORDS;
use crate::target::{Target, Trial, scale};

/// See the module.
pub const TARGET: Target = Target {
    name: "groups",
    about: "records of __consumer_offsets and __transaction_state, loaded into the coordinators",
    seeds,
    run,
    longest: 4096,
};

/// What a coordinator may hold of a record beyond its bytes: a tree's first node has room for eleven entries.
const PER_RECORD: usize = 2560;
/// Groups of the seeds with many.
const MANY: usize = 10_000;
/// A deleted value.
const TOMBSTONE: u16 = u16::MAX;
/// More turns than any load needs: what a coordinator appends is answered at once here.
const MOST_TURNS: usize = 200;

/// The step that loads a record of `__transaction_state`.
const TRANSACTION: u8 = 4;

/// The schemas of keys and values by the key's number, of `__consumer_offsets`; then those of `__transaction_state`.
const KINDS: [(u8, i16, &str, &str); 10] = [
    (0, 1, "OffsetCommitKey", "OffsetCommitValue"),
    (0, 2, "GroupMetadataKey", "GroupMetadataValue"),
    (0, 3, "ConsumerGroupMetadataKey", "ConsumerGroupMetadataValue"),
    (0, 4, "ConsumerGroupPartitionMetadataKey", "ConsumerGroupPartitionMetadataValue"),
    (0, 5, "ConsumerGroupMemberMetadataKey", "ConsumerGroupMemberMetadataValue"),
    (0, 6, "ConsumerGroupTargetAssignmentMetadataKey", "ConsumerGroupTargetAssignmentMetadataValue"),
    (0, 7, "ConsumerGroupTargetAssignmentMemberKey", "ConsumerGroupTargetAssignmentMemberValue"),
    (0, 8, "ConsumerGroupCurrentMemberAssignmentKey", "ConsumerGroupCurrentMemberAssignmentValue"),
    (0, 16, "ConsumerGroupRegularExpressionKey", "ConsumerGroupRegularExpressionValue"),
    (TRANSACTION, 0, "TransactionLogKey", "TransactionLogValue"),
];

fn put(out: &mut Vec<u8>, op: u8, key: &[u8], value: Option<&[u8]>) {
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap_or(TOMBSTONE - 1).to_be_bytes();
    out.push(op);
    out.extend(length(key));
    out.extend(key);
    out.extend(value.map_or(TOMBSTONE.to_be_bytes(), length));
    out.extend(value.unwrap_or_default());
}

fn seeds() -> Vec<Vec<u8>> {
    let schema = |name: &str| RECORDS.iter().find(|schema| schema.name == name);
    let mut seeds = Vec::new();
    let mut all = Vec::new();
    for (op, number, key_name, value_name) in KINDS {
        let Some(key) = schema(key_name).and_then(|key| (key.sample)(0, 0)) else { continue };
        let key = [&number.to_be_bytes(), &key[..]].concat();
        let Some(values) = schema(value_name) else { continue };
        for version in values.versions.iter() {
            for seed in [0, 1, 2, 3] {
                let Some(value) = (values.sample)(seed, version) else { continue };
                let value = [&version.to_be_bytes(), &value[..]].concat();
                let mut input = Vec::new();
                put(&mut input, op, &key, Some(&value));
                put(&mut all, op, &key, Some(&value));
                seeds.push(input);
            }
        }
        let mut input = Vec::new();
        put(&mut input, op, &key, None);
        seeds.push(input);
    }
    all.truncate(4096);
    seeds.push(all);
    seeds.extend(KINDS.iter().map(many));
    seeds
}

/// A record of a kind for each of many groups, or transactional ids.
fn many(kind: &(u8, i16, &str, &str)) -> Vec<u8> {
    let (op, number, key_name, value_name) = *kind;
    let Some(values) = RECORDS.iter().find(|schema| schema.name == value_name) else { return Vec::new() };
    let text =
        |text: &str| [&u16::try_from(text.len()).unwrap_or_default().to_be_bytes(), text.as_bytes()].concat();
    let behind = match key_name {
        "OffsetCommitKey" => [text("topic-of-some-length"), vec![0; 4]].concat(),
        name if name.contains("Member") || name.contains("Expression") => text("member-of-some-length"),
        _ => Vec::new(),
    };
    let version = values.versions.iter().last().unwrap_or_default();
    let value =
        |seed| (values.sample)(seed, version).map(|value| [&version.to_be_bytes(), &value[..]].concat());
    let is_taken = |value: &Vec<u8>| op != TRANSACTION || is_transaction(value);
    let Some(value) = (1..50).filter_map(value).find(is_taken) else { return Vec::new() };
    let mut input = Vec::new();
    for group in 0..MANY {
        let group = text(&format!("group-of-some-length-{group:05}"));
        put(&mut input, op, &[&number.to_be_bytes(), &group[..], &behind].concat(), Some(&value));
    }
    input
}

/// Whether a transactional id's record is one of an open transaction.
fn is_transaction(value: &[u8]) -> bool {
    let mut transactions = Transactions::new(TransactionConfig::default());
    let loaded = transactions.replay(&[0, 0, 0, 1, b't'], Some(value));
    let described = transactions.describe("t");
    loaded.is_ok() && described.is_some_and(|described| !described.partitions.is_empty())
}

/// A record to load, or the end of a producer's transaction.
struct Step {
    op: u8,
    key: Bytes,
    value: Option<Bytes>,
}

fn steps(input: &[u8]) -> Vec<Step> {
    let mut rest = Bytes::copy_from_slice(input);
    let mut steps = Vec::new();
    let take = |length: usize, rest: &mut Bytes| rest.split_to(length.min(rest.len()));
    while let Some(([op, k0, k1], _)) = rest.split_first_chunk() {
        let (op, length) = (*op, usize::from(u16::from_be_bytes([*k0, *k1])));
        take(3, &mut rest);
        let key = take(length, &mut rest);
        let length = rest.first_chunk().map_or(TOMBSTONE, |length| u16::from_be_bytes(*length));
        take(2, &mut rest);
        let value = (length != TOMBSTONE).then(|| take(usize::from(length), &mut rest));
        steps.push(Step { op: op % 5, key, value });
    }
    steps
}

fn run(input: &[u8], trial: &mut Trial) -> Result<(), String> {
    let steps = steps(input);
    let mut groups = Coordinator::new(Config::default());
    let mut transactions = Transactions::new(TransactionConfig::default());
    let allowance = PER_RECORD * steps.len();
    let mut outcomes = Vec::with_capacity(steps.len());
    trial.bounded("load", input.len(), allowance, || {
        let outcome = |step| load(&mut groups, &mut transactions, step).err().as_ref().map(discriminant);
        outcomes.extend(steps.iter().map(outcome));
    })?;
    for (step, outcome) in steps.iter().zip(outcomes) {
        trial.feature((step.op, step.key.get(1), outcome));
    }
    group_life(&mut groups, trial)?;
    transaction_life(&mut transactions, trial)
}

fn load(groups: &mut Coordinator, transactions: &mut Transactions, step: &Step) -> Result<(), RecordError> {
    let (key, value) = (&step.key, step.value.as_deref());
    match step.op {
        0 => groups.replay(key, value),
        1 => groups.replay_in(7, key, value),
        2 | 3 => {
            let committed = step.op == 2;
            groups.replay_end(TransactionEnd { producer_id: 7, committed, partition: 0, partitions: 1 });
            Ok(())
        }
        _ => transactions.replay(key, value),
    }
}

/// Loads, looks at everything, lets time pass and topics come and go.
fn group_life(groups: &mut Coordinator, trial: &mut Trial) -> Result<(), String> {
    let mut next = Coordinator::new(Config::default());
    let effects = groups.loaded(NOW);
    settle(groups, &mut next, effects)?;
    let topics = ["s1", "s2", "t"].map(|name| ExistingTopic {
        name: name.to_owned(),
        id: Uuid::from_bytes([3; 16]),
        partitions: 3,
    });
    let week = 7 * 24 * 60 * 60 * 1000;
    for event in [
        Event::TopicsChanged(1, topics.to_vec()),
        Event::Tick,
        Event::TopicsDeleted(vec!["s1".to_owned()]),
        Event::ExpireOffsets(week),
        Event::Tick,
    ] {
        for listed in groups.list() {
            let id = &listed.group_id;
            let members = groups.describe(id).map(|group| group.members.len());
            let consumers = groups.describe_consumer(id).is_some();
            trial.feature(("group", members.map(scale), consumers, scale(groups.offsets(id).count())));
        }
        let now = groups.next_deadline().unwrap_or(NOW).clamp(NOW, NOW + 2 * week);
        let effects = groups.handle(now, event);
        trial.feature(("effects", scale(effects.len())));
        settle(groups, &mut next, effects)?;
    }
    Ok(())
}

/// Answers every append, until nothing more is to be written; the next coordinator loads what was written.
pub fn settle(groups: &mut Coordinator, next: &mut Coordinator, effects: Vec<Effect>) -> Result<(), String> {
    let mut waiting: std::collections::VecDeque<Effect> = effects.into();
    for _ in 0..MOST_TURNS {
        let Some(effect) = waiting.pop_front() else { break };
        if let Effect::Append { token, records, .. } = effect {
            for record in records {
                let loaded = next.replay(&record.key, record.value.as_deref());
                loaded.map_err(|error| format!("what was written cannot be loaded: {error}: {record:?}"))?;
            }
            waiting.extend(groups.handle(NOW, Event::Appended(token, Ok(()))));
        }
    }
    Ok(())
}

fn transaction_life(transactions: &mut Transactions, trial: &mut Trial) -> Result<(), String> {
    let mut next = Transactions::new(TransactionConfig::default());
    let mut waiting: std::collections::VecDeque<TransactionEffect> = transactions.loaded(NOW).into();
    let month = 30 * 24 * 60 * 60 * 1000;
    for event in [TransactionEvent::Tick, TransactionEvent::ExpireIds] {
        for listed in transactions.list() {
            trial.feature(("transaction", format!("{:?}", listed.state)));
            let described = transactions.describe(&listed.transactional_id);
            trial.feature(("described", described.is_some()));
        }
        for _ in 0..MOST_TURNS {
            let Some(effect) = waiting.pop_front() else { break };
            if let TransactionEffect::Append { token, record, .. } = effect {
                let loaded = next.replay(&record.key, record.value.as_deref());
                loaded.map_err(|error| format!("what was written cannot be loaded: {error}: {record:?}"))?;
                waiting.extend(transactions.handle(NOW, TransactionEvent::Appended(token, Ok(()))));
            }
        }
        waiting.extend(transactions.handle(NOW + month, event));
        trial.feature(("transaction effects", scale(waiting.len())));
    }
    Ok(())
}
