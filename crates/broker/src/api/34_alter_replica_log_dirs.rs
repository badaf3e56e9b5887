//! AlterReplicaLogDirs: 0-2.
//!
//! Behaviour: there is one data directory, and every partition is in it: a wish for it is granted, one for another
//! directory is LOG_DIR_NOT_FOUND. A partition that is offline is KAFKA_STORAGE_ERROR, one that is not there
//! UNKNOWN_TOPIC_OR_PARTITION. Of a partition that is named twice, the last directory counts.
//!
//! Version notes: 2: flexible.

use std::collections::BTreeMap;
use std::path::Path;

use millstream_wire::messages::alter_replica_log_dirs::{
    AlterReplicaLogDirPartitionResult, AlterReplicaLogDirTopicResult, AlterReplicaLogDirsRequest,
    AlterReplicaLogDirsResponse,
};
use millstream_wire::{ErrorCode, Str, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::catalog::Catalog;

pub(crate) struct AlterReplicaLogDirs;

impl Api for AlterReplicaLogDirs {
    type Request = AlterReplicaLogDirsRequest;
    const VERSIONS: Versions = Versions::new(0, 2);

    async fn handle(
        call: Call,
        request: AlterReplicaLogDirsRequest,
    ) -> Result<Reply<AlterReplicaLogDirsResponse>, Refusal> {
        let mut wishes: BTreeMap<Str, BTreeMap<i32, Str>> = BTreeMap::new();
        for dir in request.dirs {
            for topic in dir.topics {
                let indexes = topic.partitions.into_iter().map(|index| (index, dir.path.clone()));
                wishes.entry(topic.name).or_default().extend(indexes);
            }
        }
        let catalog = &call.shared.catalog;
        let row = |(topic_name, partitions): (Str, BTreeMap<i32, Str>)| {
            let partitions = partitions.into_iter().map(|(partition_index, path)| {
                let error_code = place(catalog, &topic_name, partition_index, &path);
                AlterReplicaLogDirPartitionResult { partition_index, error_code }
            });
            AlterReplicaLogDirTopicResult { partitions: partitions.collect(), topic_name }
        };
        let results = wishes.into_iter().map(row).collect();
        Ok(AlterReplicaLogDirsResponse { results, ..Default::default() }.into())
    }
}

fn place(catalog: &Catalog, topic: &str, index: i32, path: &str) -> ErrorCode {
    if Path::new(path) != catalog.path() {
        return ErrorCode::LOG_DIR_NOT_FOUND;
    }
    match catalog.topic(topic) {
        Some(topic) => topic.partition(index).err().unwrap_or(ErrorCode::NONE),
        None => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
    }
}
