//! An idempotent producer: up to five batches in flight over several partitions, sent again after a crash until each
//! is acknowledged.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use millstream_wire::ErrorCode;
use millstream_wire::messages::init_producer_id::InitProducerIdRequest;
use millstream_wire::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use millstream_wire::records::{BatchBuilder, Codec};

use crate::connection::{Connection, Step, Trouble, accepted, must, wrong};
use crate::random::Random;
use crate::reading;

/// Produce's version: nothing after it is about a producer without transactions.
const VERSION: i16 = 9;
/// One batch in ten is compressed: the load is to be many batches.
const CODECS: [Codec; 4] = [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];

/// What a topic does to its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// All stay.
    Kept,
    /// Old ones go with their segments.
    Retained,
    /// The last of each key stays.
    Compacted,
}

/// The producer and what it knows.
#[derive(Debug)]
pub struct Sequenced {
    name: String,
    topic: String,
    fate: Fate,
    id: Option<(i64, i16)>,
    partitions: Vec<Partition>,
    /// Not acknowledged, in the order in which they are sent, again and again.
    waiting: VecDeque<Batch>,
}

#[derive(Debug, Default)]
struct Partition {
    sequence: i32,
    /// What was sent: the key's number, whether it is a tombstone, and the offset once that is known.
    sent: Vec<Sent>,
}

#[derive(Debug, Clone, Copy)]
struct Sent {
    key: u64,
    is_tombstone: bool,
    offset: Option<i64>,
}

#[derive(Debug)]
struct Batch {
    partition: usize,
    first: usize,
    count: usize,
    bytes: Bytes,
}

impl Sequenced {
    /// A producer to all partitions of a topic, which may have others.
    pub fn new(name: &str, topic: &str, partitions: usize, fate: Fate) -> Self {
        let partitions = std::iter::repeat_with(Partition::default).take(partitions).collect();
        Self {
            name: name.to_owned(),
            topic: topic.to_owned(),
            fate,
            id: None,
            partitions,
            waiting: VecDeque::new(),
        }
    }

    /// How many records were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.partitions
            .iter()
            .flat_map(|partition| &partition.sent)
            .filter(|sent| sent.offset.is_some())
            .count()
    }

    /// Sends a few batches, and waits until they are acknowledged.
    pub fn step(&mut self, connection: &mut Connection, random: &mut Random) -> Step {
        self.finish(connection)?;
        if self.id.is_none() || random.one_in(60) {
            self.begin(connection)?;
        }
        for _ in 0..=random.below(5) {
            self.plan(random)?;
        }
        self.finish(connection)
    }

    /// Sends what is not acknowledged, which somebody may have got already.
    pub fn finish(&mut self, connection: &mut Connection) -> Step {
        for batch in &self.waiting {
            connection.send(&self.request(batch), VERSION)?;
        }
        while let Some(batch) = self.waiting.front() {
            let answer = connection.receive::<ProduceRequest>(VERSION)?;
            let row = answer.responses.first().and_then(|topic| topic.partition_responses.first());
            let Some(row) = row else { return wrong("Produce answered nothing") };
            let (name, topic) = (&self.name, &self.topic);
            accepted(row.error_code, || format!("a batch of {name} to {topic}-{}", batch.partition))?;
            let (first, count) = (batch.first, batch.count);
            let known = row.base_offset >= 0;
            if let Some(partition) = self.partitions.get_mut(batch.partition).filter(|_| known) {
                let sent = partition.sent.get_mut(first..first + count).unwrap_or_default();
                for (offset, sent) in (row.base_offset..).zip(sent) {
                    sent.offset = Some(offset);
                }
            }
            self.waiting.pop_front();
        }
        Ok(())
    }

    fn begin(&mut self, connection: &mut Connection) -> Step {
        let request = InitProducerIdRequest {
            transactional_id: None,
            transaction_timeout_ms: 60_000,
            producer_id: -1,
            producer_epoch: -1,
            ..Default::default()
        };
        let answer = connection.call(&request, 4)?;
        accepted(answer.error_code, || "InitProducerId".to_owned())?;
        self.id = Some((answer.producer_id, answer.producer_epoch));
        self.partitions.iter_mut().for_each(|partition| partition.sequence = 0);
        Ok(())
    }

    /// Makes a batch.
    fn plan(&mut self, random: &mut Random) -> Step {
        let index = usize::try_from(random.below(self.partitions.len() as u64)).unwrap_or(0);
        let codec =
            CODECS.get(usize::try_from(random.below(40)).unwrap_or(0)).copied().unwrap_or(Codec::None);
        let (Some((id, epoch)), Some(partition)) = (self.id, self.partitions.get_mut(index)) else {
            return wrong("there is no producer id");
        };
        let mut builder = BatchBuilder::new(codec).producer(id, epoch, partition.sequence);
        let (first, count) = (partition.sent.len(), 1 + usize::try_from(random.below(4)).unwrap_or(0));
        for number in first..first + count {
            let key = random.below(17);
            let is_tombstone = self.fate == Fate::Compacted && random.one_in(12);
            let padding = "x".repeat(usize::try_from(random.below(90)).unwrap_or(0));
            let value = format!("{}:{number}:{padding}", self.name);
            let value = (!is_tombstone).then_some(value.as_bytes());
            let key_text = format!("{}.{key}", self.name);
            let added = builder.append(now_ms(), Some(key_text.as_bytes()), value, &[]);
            added.map_err(|error| Trouble::Wrong(error.to_string()))?;
            partition.sent.push(Sent { key, is_tombstone, offset: None });
        }
        partition.sequence += i32::try_from(count).unwrap_or(0);
        let bytes = builder.finish().map_err(|error| Trouble::Wrong(error.to_string()))?.freeze();
        self.waiting.push_back(Batch { partition: index, first, count, bytes });
        Ok(())
    }

    fn request(&self, batch: &Batch) -> ProduceRequest {
        let index = i32::try_from(batch.partition).unwrap_or(0);
        let partition_data = vec![PartitionProduceData { index, records: Some(batch.bytes.clone()) }];
        let topic =
            TopicProduceData { name: self.topic.as_str().into(), partition_data, ..Default::default() };
        ProduceRequest { transactional_id: None, acks: -1, timeout_ms: 10_000, topic_data: vec![topic] }
    }

    /// Whether everything that was acknowledged is there, once and in order.
    pub fn check(&self, connection: &mut Connection) -> Step {
        for (index, partition) in self.partitions.iter().enumerate() {
            let log = reading::all(connection, &self.topic, i32::try_from(index).unwrap_or(0))?;
            let own = format!("{}.", self.name);
            let place = format!("{}-{index} of {}", self.topic, self.name);
            let mut found = Vec::new();
            for record in log.records.iter().filter(|record| record.key.starts_with(&own)) {
                let number = record.value.as_deref().map(|value| number_in(value, &self.name));
                found.push((record.offset, number, record.key.as_str()));
            }
            match self.fate {
                Fate::Compacted => self.check_compacted(partition, &found, &place)?,
                Fate::Kept => check_all(partition, &found, log.start, &place)?,
                Fate::Retained => check_all(partition, &found, log.start, &place)?,
            }
            must(self.fate != Fate::Kept || log.start == 0, || {
                format!("{place} begins at {} though nothing was to be deleted", log.start)
            })?;
        }
        Ok(())
    }

    /// The last of each key is the last acknowledged or a later one, and nothing is where it was not.
    fn check_compacted(&self, partition: &Partition, found: &[Row<'_>], place: &str) -> Step {
        let mut last: BTreeMap<&str, (i64, Option<usize>)> = BTreeMap::new();
        let mut before = None;
        for (offset, number, key) in found {
            let number = number.map(|number| number.unwrap_or(usize::MAX));
            if let Some(number) = number {
                must(before.is_none_or(|before| before < number), || {
                    format!("{place}: {number} at {offset} comes after {before:?}")
                })?;
                before = Some(number);
                let sent = partition.sent.get(number);
                must(sent.is_some_and(|sent| sent.offset.is_none_or(|at| at == *offset)), || {
                    format!("{place}: {number} lies at {offset}, it was acknowledged at {sent:?}")
                })?;
            }
            last.insert(key, (*offset, number));
        }
        let mut wanted: BTreeMap<u64, (usize, Sent)> = BTreeMap::new();
        for (number, sent) in partition.sent.iter().enumerate().filter(|(_, sent)| sent.offset.is_some()) {
            wanted.insert(sent.key, (number, *sent));
        }
        for (key, (number, sent)) in wanted {
            let there = last.get(format!("{}.{key}", self.name).as_str());
            let at = sent.offset.unwrap_or(-1);
            // A tombstone that nobody heard of can be in the log, and take itself and all before it away.
            let mut unheard = partition.sent.iter().skip(number).filter(|later| later.offset.is_none());
            let may_be_gone =
                sent.is_tombstone || unheard.any(|later| later.key == key && later.is_tombstone);
            let holds = there.map_or(may_be_gone, |(offset, _)| *offset >= at);
            must(holds, || {
                format!("{place}: key {key} was last acknowledged as {sent:?}, found is {there:?}")
            })?;
        }
        Ok(())
    }
}

/// An offset, the number in the value (none for a tombstone), the key.
type Row<'a> = (i64, Option<Option<usize>>, &'a str);

/// Every number that was acknowledged from the log's start on, at its offset; no number twice or out of order.
fn check_all(partition: &Partition, found: &[Row<'_>], start: i64, place: &str) -> Step {
    let mut before = None;
    for (offset, number, _) in found {
        let Some(Some(number)) = *number else {
            return wrong(format_args!("{place}: a stranger at {offset}"));
        };
        must(before.is_none_or(|before| before + 1 == number), || {
            format!("{place}: {number} at {offset} follows {before:?}")
        })?;
        before = Some(number);
        let sent = partition.sent.get(number).copied();
        must(sent.is_some_and(|sent| sent.offset.is_none_or(|at| at == *offset)), || {
            format!("{place}: {number} lies at {offset}, it was acknowledged at {sent:?}")
        })?;
    }
    let mut known =
        partition.sent.iter().enumerate().filter(|(_, sent)| sent.offset.is_some_and(|at| at >= start));
    let (first, last) = (known.clone().next(), known.next_back());
    let first_found = found.first().and_then(|(_, number, _)| number.flatten());
    if let (Some((first, _)), Some((last, _))) = (first, last) {
        must(
            first_found.is_some_and(|found| found <= first) && before.is_some_and(|found| found >= last),
            || {
                format!(
                    "{place}: {first} to {last} were acknowledged, {first_found:?} to {before:?} are there"
                )
            },
        )?;
    }
    Ok(())
}

fn number_in(value: &str, name: &str) -> Option<usize> {
    let (writer, rest) = value.split_once(':')?;
    let (number, _) = rest.split_once(':')?;
    if writer == name { number.parse().ok() } else { None }
}

/// The time, as producers stamp it.
pub fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(0)
}

/// Whether the coordinator asks to come again.
pub fn comes_again(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::CONCURRENT_TRANSACTIONS
            | ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
            | ErrorCode::UNSTABLE_OFFSET_COMMIT
    )
}
