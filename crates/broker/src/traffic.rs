//! What has gone in and out of a topic, as counters that are bumped once a batch.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::activity::TopicTraffic;

/// The counters of one topic.
#[derive(Debug, Default)]
pub(crate) struct TopicCounters {
    records_in: AtomicU64,
    bytes_in: AtomicU64,
    records_out: AtomicU64,
    bytes_out: AtomicU64,
}

impl TopicCounters {
    pub(crate) fn appended(&self, records: u64, bytes: u64) {
        self.records_in.fetch_add(records, Ordering::Relaxed);
        self.bytes_in.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn fetched(&self, records: u64, bytes: u64) {
        self.records_out.fetch_add(records, Ordering::Relaxed);
        self.bytes_out.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn view(&self, topic: &str) -> TopicTraffic {
        TopicTraffic {
            topic: topic.to_owned(),
            records_in: self.records_in.load(Ordering::Relaxed),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            records_out: self.records_out.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
        }
    }
}
