//! A producer of message sets, magic 0 and 1: without sequences, so that what was not acknowledged is never sent again.

use millstream_wire::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use millstream_wire::records::message_set::MessageSetBuilder;
use millstream_wire::records::{Codec, TimestampType};

use crate::connection::{Connection, Step, Trouble, accepted, must, wrong};
use crate::reading;
use crate::sequenced::now_ms;

const KEY: &str = "old";

/// The producer and what it knows.
#[derive(Debug)]
pub struct OldFormats {
    topic: String,
    sent: u32,
    acknowledged: Vec<(i64, String)>,
}

impl OldFormats {
    /// A producer to the first partition of the topic.
    pub fn new(topic: &str) -> Self {
        Self { topic: topic.to_owned(), sent: 0, acknowledged: Vec::new() }
    }

    /// One message set of two messages, in each format and codec in turn.
    pub fn step(&mut self, connection: &mut Connection) -> Step {
        let codec = if self.sent % 4 < 2 { Codec::None } else { Codec::Gzip };
        let magic = i8::from(self.sent % 2 == 1);
        let mut set = MessageSetBuilder::new(magic, codec, TimestampType::CreateTime);
        let values = [format!("{KEY}:{}:a", self.sent), format!("{KEY}:{}:b", self.sent)];
        self.sent += 1;
        let unwritable = |error: millstream_wire::records::RecordsError| Trouble::Wrong(error.to_string());
        for (offset, value) in (0..).zip(&values) {
            set.append(offset, now_ms(), Some(KEY.as_bytes()), Some(value.as_bytes())).map_err(unwritable)?;
        }
        let mut bytes = Vec::new();
        set.finish(&mut bytes).map_err(unwritable)?;
        let partition_data = vec![PartitionProduceData { index: 0, records: Some(bytes.into()) }];
        let topic =
            TopicProduceData { name: self.topic.as_str().into(), partition_data, ..Default::default() };
        let request =
            ProduceRequest { transactional_id: None, acks: -1, timeout_ms: 10_000, topic_data: vec![topic] };
        let answer = connection.call(&request, 2)?;
        let row = answer.responses.first().and_then(|topic| topic.partition_responses.first());
        let Some(row) = row else { return wrong("Produce answered nothing") };
        accepted(row.error_code, || format!("a message set of magic {magic}"))?;
        self.acknowledged.extend((row.base_offset..).zip(values));
        Ok(())
    }

    /// Everything acknowledged is where it was, nothing is there twice.
    pub fn check(&self, connection: &mut Connection) -> Step {
        let log = reading::all(connection, &self.topic, 0)?;
        let own: Vec<_> = log.records.iter().filter(|record| record.key == KEY).collect();
        for pair in own.windows(2) {
            must(
                pair.iter().map(|record| &record.value).collect::<std::collections::BTreeSet<_>>().len() == 2,
                || format!("{}-0: {pair:?} is one record twice", self.topic),
            )?;
        }
        for (offset, value) in self.acknowledged.iter().filter(|(offset, _)| *offset >= log.start) {
            let there =
                own.iter().any(|record| record.offset == *offset && record.value.as_ref() == Some(value));
            must(there, || format!("{}-0: {value} was acknowledged at {offset} and is gone", self.topic))?;
        }
        Ok(())
    }
}
