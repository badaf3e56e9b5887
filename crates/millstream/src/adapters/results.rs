//! The queries' results as the page wants them, each built once a batch.
//!
//! A page asks for its query's result twice a second. As long as no batch has come since, it gets the table that was
//! built before, however many pages look.

use super::json_cells;
use millstream_console::model::ResultTable;
use millstream_engine::Query;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// The last table of each query that somebody looks at, by its run.
#[derive(Debug, Default)]
pub struct Results(Mutex<HashMap<Uuid, Arc<ResultTable>>>);

impl Results {
    /// The result after the query's last batch; an empty table of version 0 before the first.
    pub fn of(&self, query: &Query) -> Arc<ResultTable> {
        let Some(snapshot) = query.snapshot() else { return Arc::default() };
        // Batches count from 0, which is the version of no result at all.
        let version = snapshot.batch_id.saturating_add(1);
        let kept = self.lock().get(&query.run_id()).filter(|table| table.version == version).cloned();
        kept.unwrap_or_else(|| {
            let table = Arc::new(json_cells::table(&snapshot, query.output_mode(), version));
            self.lock().insert(query.run_id(), Arc::clone(&table));
            table
        })
    }

    /// Forgets the tables of all other runs.
    pub fn retain(&self, is_known: impl Fn(&Uuid) -> bool) {
        self.lock().retain(|run, _| is_known(run));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<ResultTable>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
