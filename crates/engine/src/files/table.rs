//! Files as a table of a batch query. Which files it has is settled when it is made, as with Spark.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};

use super::{FileEntry, FileScan};

/// The table.
#[derive(Debug, Clone)]
pub(crate) struct FileTable {
    scan: FileScan,
    files: Vec<FileEntry>,
}

impl FileTable {
    /// The table of these files.
    pub(crate) fn new(scan: FileScan, files: Vec<FileEntry>) -> Self {
        Self { scan, files }
    }
}

#[async_trait]
impl TableProvider for FileTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.scan.schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let narrow = match projection {
            Some(columns) => self.scan.only(columns)?,
            None => None,
        };
        let (scan, projection) = match narrow {
            Some(scan) => (scan, None),
            None => (self.scan.clone(), projection),
        };
        let schema = Arc::clone(scan.schema());
        let part: Arc<dyn PartitionStream> = Arc::new(Self { scan, files: self.files.clone() });
        Ok(Arc::new(StreamingTableExec::try_new(schema, vec![part], projection, [], false, limit)?))
    }
}

impl PartitionStream for FileTable {
    fn schema(&self) -> &SchemaRef {
        self.scan.schema()
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        self.scan.rows(self.files.clone())
    }
}
