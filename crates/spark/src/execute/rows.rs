//! Rows on the wire: first the schema, then Arrow IPC streams of one batch each.
//!
//! Clients expect at least one batch, and know only Spark's own Arrow types: columns are cast to the canonical ones.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::StreamWriter;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use crate::error::Result;
use crate::proto::connect as pb;
use crate::proto::connect::execute_plan_response::{ArrowBatch, ResponseType};
use crate::session::{Operation, Session};
use crate::types;

/// Bytes of rows in one message, roughly.
const BATCH_BYTES: usize = 4 << 20;
/// Rows in one message.
const BATCH_ROWS: usize = 10_000;

/// Sends all rows of a result.
pub(super) async fn send(
    session: &Session,
    operation: &Operation,
    mut rows: SendableRecordBatchStream,
) -> Result<()> {
    let zone = session.engine.time_zone();
    let schema = types::canonical_schema(&rows.schema(), &zone)?;
    let mut sender = Sender::new(operation, schema).await?;
    while let Some(batch) = rows.next().await {
        sender.send(&batch?).await?;
    }
    sender.finish().await
}

/// Sends one batch that is already at hand.
pub(super) async fn send_batch(operation: &Operation, batch: &RecordBatch) -> Result<()> {
    let mut sender = Sender::new(operation, batch.schema()).await?;
    sender.send(batch).await?;
    sender.finish().await
}

struct Sender<'a> {
    operation: &'a Operation,
    schema: SchemaRef,
    sent: usize,
    any: bool,
}

impl<'a> Sender<'a> {
    async fn new(operation: &'a Operation, schema: SchemaRef) -> Result<Self> {
        let message = Some(types::struct_to_proto(&schema)?);
        operation.send_response(pb::ExecutePlanResponse { schema: message, ..Default::default() }).await;
        Ok(Self { operation, schema, sent: 0, any: false })
    }

    async fn send(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = batch.columns().iter().zip(self.schema.fields());
        let columns = columns.map(|(column, field)| cast(column, field.data_type()));
        let columns = columns.collect::<Result<Vec<ArrayRef>, _>>()?;
        let total = batch.num_rows();
        // Rows without columns are still rows: `isEmpty()` counts them.
        let count = RecordBatchOptions::new().with_row_count(Some(total));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &count)?;
        let bytes_per_row = batch.get_array_memory_size() / total.max(1);
        let step = (BATCH_BYTES / bytes_per_row.max(1)).clamp(1, BATCH_ROWS);
        for start in (0..total).step_by(step) {
            self.send_slice(&batch.slice(start, step.min(total - start))).await?;
        }
        Ok(())
    }

    async fn send_slice(&mut self, rows: &RecordBatch) -> Result<()> {
        let mut writer = StreamWriter::try_new(Vec::new(), &self.schema)?;
        writer.write(rows)?;
        let arrow = ArrowBatch {
            row_count: i64::try_from(rows.num_rows()).unwrap_or(i64::MAX),
            data: writer.into_inner()?,
            start_offset: i64::try_from(self.sent).ok(),
            ..Default::default()
        };
        self.sent += rows.num_rows();
        self.any = true;
        self.operation.send(ResponseType::ArrowBatch(arrow)).await;
        Ok(())
    }

    async fn finish(mut self) -> Result<()> {
        if !self.any {
            let empty = RecordBatch::new_empty(Arc::clone(&self.schema));
            self.send_slice(&empty).await?;
        }
        Ok(())
    }
}
