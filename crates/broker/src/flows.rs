//! What one connection has written to and read from which topic: the edges of the page's picture.
//!
//! Counted once a batch or a fetch, under a lock that only this connection's own task and the page ever take. The
//! number of topics is bounded; what flows through further ones is not broken down.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::activity::Flow;

/// Topics that are counted for one connection and direction.
const TOPICS_MAX: usize = 64;

/// Records and bytes by topic, one direction.
type Counts = BTreeMap<Arc<str>, (u64, u64)>;

/// Both directions of one connection.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    writes: Mutex<Counts>,
    reads: Mutex<Counts>,
}

impl Flows {
    pub(crate) fn wrote(&self, topic: &Arc<str>, records: u64, bytes: u64) {
        add(&mut lock(&self.writes), topic, records, bytes);
    }

    pub(crate) fn read(&self, topic: &Arc<str>, records: u64, bytes: u64) {
        add(&mut lock(&self.reads), topic, records, bytes);
    }

    pub(crate) fn writes(&self) -> Vec<Flow> {
        view(&lock(&self.writes))
    }

    pub(crate) fn reads(&self) -> Vec<Flow> {
        view(&lock(&self.reads))
    }
}

fn add(counts: &mut Counts, topic: &Arc<str>, records: u64, bytes: u64) {
    if let Some(count) = counts.get_mut(topic) {
        count.0 += records;
        count.1 += bytes;
    } else if counts.len() < TOPICS_MAX {
        counts.insert(Arc::clone(topic), (records, bytes));
    }
}

fn view(counts: &Counts) -> Vec<Flow> {
    let flow = |(topic, (records, bytes)): (&Arc<str>, &(u64, u64))| Flow {
        topic: topic.to_string(),
        records: *records,
        bytes: *bytes,
    };
    counts.iter().map(flow).collect()
}

fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}
