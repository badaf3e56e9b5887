//! A consumer: what it was given once must be there for good.

use std::collections::BTreeMap;

use crate::connection::{Connection, Step, must};
use crate::reading::{self, Found};

/// The consumer and what it has read.
#[derive(Debug)]
pub struct Reader {
    topic: String,
    partition: i32,
    committed: bool,
    position: i64,
    seen: BTreeMap<i64, Found>,
}

impl Reader {
    /// One at the partition's beginning.
    pub fn new(topic: &str, partition: i32, committed: bool) -> Self {
        Self { topic: topic.to_owned(), partition, committed, position: 0, seen: BTreeMap::new() }
    }

    /// One Fetch.
    pub fn step(&mut self, connection: &mut Connection) -> Step {
        let isolation = i8::from(self.committed);
        let data = reading::fetch(connection, &self.topic, self.partition, self.position, isolation)?;
        let from = self.position.max(data.log_start_offset);
        let mut found = Vec::new();
        self.position = reading::take(&data, from, &mut found)?;
        self.seen.extend(found.into_iter().map(|record| (record.offset, record)));
        Ok(())
    }

    /// Whether it would read the same again, as far as retention has left it.
    pub fn check(&self, connection: &mut Connection) -> Step {
        let log = if self.committed {
            reading::committed(connection, &self.topic, self.partition)?
        } else {
            reading::all(connection, &self.topic, self.partition)?
        };
        let place = format!("{}-{}", self.topic, self.partition);
        must(self.position <= log.end, || {
            format!("{place} was read to {}, it ends at {}", self.position, log.end)
        })?;
        let there: BTreeMap<i64, &Found> = log.records.iter().map(|record| (record.offset, record)).collect();
        for (offset, seen) in self.seen.range(log.start..) {
            let now = there.get(offset);
            must(now.is_some_and(|now| *now == seen), || {
                format!("{place}: {seen:?} was read, {now:?} is there")
            })?;
        }
        Ok(())
    }
}
