//! DeleteRecords: 0-2.
//!
//! Behaviour: nothing below the offset can be read from now on, also after a crash; the segments that hold nothing else
//! go at the next check of the retention. Offset -1 is the high watermark; one beyond it is OFFSET_OUT_OF_RANGE. Of a
//! topic that is only compacted: POLICY_VIOLATION. Of Kafka's own topics: INVALID_TOPIC_EXCEPTION. With one replica
//! the timeout has nothing to wait for.
//!
//! Version notes: 2: flexible.

use std::collections::BTreeMap;

use millstream_log::ReadError;
use millstream_wire::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsPartitionResult, DeleteRecordsRequest, DeleteRecordsResponse,
    DeleteRecordsTopic, DeleteRecordsTopicResult,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::catalog::Catalog;
use crate::led_topic::LedTopic;

/// In the place of an offset: everything that can be read.
const HIGH_WATERMARK: i64 = -1;
/// In the place of the new start, with an error.
const NO_LOW_WATERMARK: i64 = -1;

pub(crate) struct DeleteRecords;

impl Api for DeleteRecords {
    type Request = DeleteRecordsRequest;
    const VERSIONS: Versions = Versions::new(0, 2);

    async fn handle(
        call: Call,
        request: DeleteRecordsRequest,
    ) -> Result<Reply<DeleteRecordsResponse>, Refusal> {
        let catalog = &call.shared.catalog;
        let mut topics: Vec<_> = request.topics.into_iter().map(|topic| delete(catalog, topic)).collect();
        let mut rows = topics.iter_mut().flat_map(|topic| &mut topic.partitions);
        if rows.any(|row| row.error_code.is_none())
            && let Err(error) = catalog.keep_log_starts().await
        {
            tracing::error!(%error, "the new log start offsets could not be written down");
            let rows = topics.iter_mut().flat_map(|topic| &mut topic.partitions);
            rows.filter(|row| row.error_code.is_none()).for_each(|row| {
                row.error_code = ErrorCode::KAFKA_STORAGE_ERROR;
                row.low_watermark = NO_LOW_WATERMARK;
            });
        }
        Ok(DeleteRecordsResponse { topics, ..Default::default() }.into())
    }
}

fn delete(catalog: &Catalog, topic: DeleteRecordsTopic) -> DeleteRecordsTopicResult {
    let led = catalog.topic(&topic.name);
    let row = |wanted: DeleteRecordsPartition| {
        let deleted = delete_below(led.as_deref(), &wanted);
        DeleteRecordsPartitionResult {
            partition_index: wanted.partition_index,
            low_watermark: deleted.unwrap_or(NO_LOW_WATERMARK),
            error_code: deleted.err().unwrap_or(ErrorCode::NONE),
        }
    };
    // Of what is said of a partition twice, the last counts.
    let wanted: BTreeMap<i32, DeleteRecordsPartition> =
        topic.partitions.into_iter().map(|wanted| (wanted.partition_index, wanted)).collect();
    DeleteRecordsTopicResult { partitions: wanted.into_values().map(row).collect(), name: topic.name }
}

fn delete_below(topic: Option<&LedTopic>, wanted: &DeleteRecordsPartition) -> Result<i64, ErrorCode> {
    let topic = topic.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    let partition = topic.partition(wanted.partition_index)?;
    if topic.internal {
        return Err(ErrorCode::INVALID_TOPIC_EXCEPTION);
    }
    let cleanup = partition.log.config().cleanup;
    if cleanup.compact && !cleanup.delete {
        return Err(ErrorCode::POLICY_VIOLATION);
    }
    let offset = if wanted.offset == HIGH_WATERMARK { partition.high_watermark() } else { wanted.offset };
    partition.log.delete_records(offset).map_err(|error| match error {
        ReadError::OffsetOutOfRange { .. } => ErrorCode::OFFSET_OUT_OF_RANGE,
        ReadError::Damaged { .. } | ReadError::Io { .. } => ErrorCode::KAFKA_STORAGE_ERROR,
    })
}
