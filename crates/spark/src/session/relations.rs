//! Results that the server keeps for a session and that plans name by an id: the rows of a batch in `foreachBatch`,
//! and checkpointed DataFrames (Spark Connect's `CachedRemoteRelation`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, UNNAMED_TABLE};
use millstream_engine::EngineError;
use uuid::Uuid;

use crate::error::{Kind, Result, SparkError};

/// Results that one session may keep.
const MAX_KEPT: usize = 1024;

/// Kept results by id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Relations {
    by_id: Arc<Mutex<HashMap<String, LogicalPlan>>>,
}

impl Relations {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, LogicalPlan>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps rows and names them.
    pub(crate) fn keep(
        &self,
        schema: SchemaRef,
        rows: Vec<RecordBatch>,
    ) -> std::result::Result<String, EngineError> {
        let rows = rows.into_iter().map(|rows| rows.with_schema(Arc::clone(&schema)));
        let rows = rows.collect::<std::result::Result<Vec<_>, _>>()?;
        let table = MemTable::try_new(schema, vec![rows])?;
        let plan =
            LogicalPlanBuilder::scan(UNNAMED_TABLE, provider_as_source(Arc::new(table)), None)?.build()?;
        let mut by_id = self.lock();
        if by_id.len() >= MAX_KEPT {
            let text = format!("A session keeps at most {MAX_KEPT} checkpointed DataFrames.");
            return Err(EngineError::execution(text));
        }
        let id = Uuid::new_v4().to_string();
        by_id.insert(id.clone(), plan);
        Ok(id)
    }

    /// The plan that reads a kept result.
    pub(crate) fn plan(&self, id: &str) -> Result<LogicalPlan> {
        let found = self.lock().get(id).cloned();
        found.ok_or_else(|| {
            let id: String = id.chars().take(64).collect();
            let text = format!("No DataFrame with id {id} is found in the session.");
            SparkError::plain(Kind::InvalidPlan, text)
        })
    }

    /// Lets a result go.
    pub(crate) fn forget(&self, id: &str) {
        self.lock().remove(id);
    }
}
