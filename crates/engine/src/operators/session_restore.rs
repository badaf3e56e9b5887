//! First half of a stateful aggregation over session windows: the epoch's sessions and the stored ones of the same
//! groups become one where they touch. The second half stores what came of them.

use std::fmt::Formatter;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{TryStreamExt as _, stream};

use super::merge_sessions::merge;
use super::state_restore::drop_late;
use super::stateful_operator::Keyed;
use super::unary::{UnaryExec, UnaryOperator};
use crate::EngineError;

/// Takes the stored sessions of the groups that come by out of the state and merges them with the epoch's.
#[derive(Debug)]
pub(crate) struct RestoreSessions {
    keyed: Keyed,
    /// The places of the groups without the session.
    groups: Vec<usize>,
    session: usize,
}

/// Its plan node.
pub(crate) type SessionRestoreExec = UnaryExec<RestoreSessions>;

impl SessionRestoreExec {
    /// Over partial rows whose key column `session` holds the windows.
    ///
    /// # Errors
    /// A group type that cannot be compared.
    pub(super) fn new(
        input: Arc<dyn ExecutionPlan>,
        keyed: Keyed,
        session: usize,
    ) -> Result<Self, EngineError> {
        let schema = input.schema();
        let keys = {
            let mut store = keyed.store.lock().unwrap_or_else(PoisonError::into_inner);
            let keys = store.key_columns_schema().fields().len();
            store.group_by((0..keys).filter(|place| *place != session).collect())?;
            keys
        };
        let groups = (0..keys).filter(|place| *place != session).collect();
        Ok(Self::over(input, schema, Arc::new(RestoreSessions { keyed, groups, session })))
    }
}

impl RestoreSessions {
    fn merged(&self, batches: Vec<RecordBatch>, schema: &SchemaRef) -> Result<RecordBatch, EngineError> {
        let mut store = self.keyed.store.lock().unwrap_or_else(PoisonError::into_inner);
        let began = Instant::now();
        let late_ms = self.keyed.late_watermark_ms();
        let batches = batches
            .into_iter()
            .map(|batch| drop_late(batch, &mut store, late_ms))
            .collect::<Result<Vec<_>, _>>()?;
        let new = concat_batches(schema, &batches)?;
        let stored = store.take_groups(&new)?;
        store.counts.updates_ms += u64::try_from(began.elapsed().as_millis()).unwrap_or(0);
        drop(store);
        let stored = stored.map(|rows| rows.with_schema(Arc::clone(schema))).transpose()?;
        let all: Vec<RecordBatch> = stored.into_iter().chain([new]).collect();
        merge(&concat_batches(schema, &all)?, &self.groups, self.session)
    }
}

impl UnaryOperator for RestoreSessions {
    const NAME: &'static str = "SessionWindowStateStoreRestore";

    fn describe(&self, _schema: &SchemaRef, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "SessionWindowStateStoreRestore [{}]", self.keyed.key_names())
    }

    fn run(
        self: Arc<Self>,
        input: SendableRecordBatchStream,
        schema: SchemaRef,
    ) -> Result<SendableRecordBatchStream> {
        let rows_schema = Arc::clone(&schema);
        let merged = async move {
            let batches: Vec<RecordBatch> = input.try_collect().await?;
            Ok::<_, DataFusionError>(self.merged(batches, &rows_schema)?)
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream::once(merged))))
    }
}
