//! DescribeLogDirs: 0-5.
//!
//! Behaviour: the one data directory, its room, and the partitions in it with their bytes; those asked for, or with a
//! null list all. Partitions that are not there, or offline, are left out.
//!
//! Version notes: 2: flexible. 3: an error of the whole answer. 4: total and usable bytes. 5: whether the directory is
//! cordoned (KIP-1066).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use millstream_cluster::Broker;
use millstream_wire::messages::describe_log_dirs::{
    DescribableLogDirTopic, DescribeLogDirsPartition, DescribeLogDirsRequest, DescribeLogDirsResponse,
    DescribeLogDirsResult, DescribeLogDirsTopic,
};
use millstream_wire::{ErrorCode, Str, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::catalog::Catalog;
use crate::led_topic::LedTopic;

pub(crate) struct DescribeLogDirs;

impl Api for DescribeLogDirs {
    type Request = DescribeLogDirsRequest;
    const VERSIONS: Versions = Versions::new(0, 5);

    async fn handle(
        call: Call,
        request: DescribeLogDirsRequest,
    ) -> Result<Reply<DescribeLogDirsResponse>, Refusal> {
        let catalog = Arc::clone(&call.shared.catalog);
        let described = tokio::task::spawn_blocking(move || describe(&catalog, request.topics)).await;
        let results = described.map_err(|error| Refusal::Invalid(error.to_string()))?;
        Ok(DescribeLogDirsResponse { results: vec![results], ..Default::default() }.into())
    }
}

fn describe(catalog: &Catalog, wanted: Option<Vec<DescribableLogDirTopic>>) -> DescribeLogDirsResult {
    let log_dir = Str::from(catalog.path().display().to_string());
    let room = match catalog.room() {
        Ok(room) => room,
        Err(error) => {
            tracing::warn!(%error, "the data directory cannot be looked at");
            let error_code = ErrorCode::KAFKA_STORAGE_ERROR;
            return DescribeLogDirsResult { error_code, log_dir, ..Default::default() };
        }
    };
    let topics = match wanted {
        None => catalog.topics().iter().map(|topic| row(topic, |_| true)).collect(),
        Some(wanted) => named(wanted)
            .into_iter()
            .filter_map(|(name, indexes)| {
                Some(row(&*catalog.topic(&name)?, |index| indexes.contains(&index)))
            })
            .collect::<Vec<_>>(),
    };
    DescribeLogDirsResult {
        error_code: ErrorCode::NONE,
        log_dir,
        topics: topics.into_iter().filter(|topic| !topic.partitions.is_empty()).collect(),
        total_bytes: i64::try_from(room.total).unwrap_or(i64::MAX),
        usable_bytes: i64::try_from(room.usable).unwrap_or(i64::MAX),
        is_cordoned: catalog.image().broker(catalog.node_id).is_some_and(Broker::is_cordoned),
    }
}

/// Each topic once, whatever the request repeats.
fn named(wanted: Vec<DescribableLogDirTopic>) -> BTreeMap<Str, BTreeSet<i32>> {
    let mut topics: BTreeMap<Str, BTreeSet<i32>> = BTreeMap::new();
    for topic in wanted {
        topics.entry(topic.topic).or_default().extend(topic.partitions);
    }
    topics
}

fn row(topic: &LedTopic, wanted: impl Fn(i32) -> bool) -> DescribeLogDirsTopic {
    let partitions = topic.online().filter(|partition| wanted(partition.index));
    DescribeLogDirsTopic {
        name: Str::from(&*topic.name),
        partitions: partitions
            .map(|partition| DescribeLogDirsPartition {
                partition_index: partition.index,
                partition_size: i64::try_from(partition.log.size_in_bytes()).unwrap_or(i64::MAX),
                offset_lag: 0,
                is_future_key: false,
            })
            .collect(),
    }
}
