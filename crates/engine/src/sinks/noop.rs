//! The noop sink: reads everything, keeps nothing. For measuring.

use async_trait::async_trait;
use futures::TryStreamExt as _;

use super::{Sink, SinkBatch};
use crate::EngineError;

#[derive(Debug)]
pub(super) struct NoopSink;

#[async_trait]
impl Sink for NoopSink {
    fn description(&self) -> String {
        "org.apache.spark.sql.execution.datasources.noop.NoopTable$".to_owned()
    }

    async fn add_batch(&self, mut batch: SinkBatch) -> Result<(), EngineError> {
        while batch.rows.try_next().await?.is_some() {}
        Ok(())
    }
}
