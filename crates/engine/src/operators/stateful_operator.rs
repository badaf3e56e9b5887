//! One stateful operator of a plan: its tables, and the watermarks that hold for it in the epoch at hand.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError};

use super::state_table::{SharedTable, StateCounts};
use super::{SharedStore, StateStore};
use crate::OutputMode;

/// A table of an operator; an operator with one table gives it no name.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// The directory of its files, below the operator's.
    pub(crate) name: &'static str,
    /// The rows.
    pub(crate) rows: SharedTable,
}

/// From the watermark that goes into an operator to that of its output.
struct OutputRule(Box<dyn Fn(i64) -> i64 + Send + Sync>);

impl std::fmt::Debug for OutputRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OutputRule")
    }
}

/// One stateful operator: what its physical nodes share. Watermarks are milliseconds since 1970.
#[derive(Debug)]
pub(crate) struct StatefulOperator {
    /// Spark's name for it, as progress shows it.
    pub(crate) name: &'static str,
    pub(crate) tables: Vec<Table>,
    pub(crate) output_mode: OutputMode,
    /// Whether rows go by the watermark.
    evicts: bool,
    key_names: String,
    late: AtomicI64,
    eviction: AtomicI64,
    batch_time: AtomicI64,
    /// When it has something to do without data, by the clock.
    due: AtomicI64,
    output: OutputRule,
}

impl StatefulOperator {
    /// An operator whose rows go by the watermark if `evicts`.
    pub(super) fn new(
        name: &'static str,
        tables: Vec<Table>,
        output_mode: OutputMode,
        evicts: bool,
        key_names: String,
    ) -> Self {
        Self {
            name,
            tables,
            output_mode,
            evicts,
            key_names,
            late: AtomicI64::new(0),
            eviction: AtomicI64::new(0),
            batch_time: AtomicI64::new(0),
            due: AtomicI64::new(i64::MAX),
            output: OutputRule(Box::new(|input| input)),
        }
    }

    /// The same operator with another watermark for its output than that of its input.
    pub(super) fn with_output(mut self, rule: impl Fn(i64) -> i64 + Send + Sync + 'static) -> Self {
        self.output = OutputRule(Box::new(rule));
        self
    }

    pub(super) fn key_names(&self) -> &str {
        &self.key_names
    }

    /// The watermark of the output when that of the input is this.
    pub(super) fn output_watermark_ms(&self, input_ms: i64) -> i64 {
        (self.output.0)(input_ms)
    }

    /// Sets the watermarks of the next epoch. A row is late by that of the epoch before (Spark's rule since 3.4).
    pub(super) fn set_watermarks(&self, late_ms: i64, eviction_ms: i64) {
        self.late.store(late_ms, Ordering::Relaxed);
        self.eviction.store(eviction_ms, Ordering::Relaxed);
    }

    /// The watermark behind which rows are dropped; none in complete mode, which keeps everything.
    pub(super) fn late_watermark_ms(&self) -> Option<i64> {
        (self.output_mode != OutputMode::Complete).then(|| self.late.load(Ordering::Relaxed))
    }

    /// The watermark behind which state is given up.
    pub(super) fn eviction_watermark_ms(&self) -> Option<i64> {
        self.wants_empty_epochs().then(|| self.eviction.load(Ordering::Relaxed))
    }

    /// The watermark of its input.
    pub(super) fn watermark_ms(&self) -> i64 {
        self.eviction.load(Ordering::Relaxed)
    }

    /// Whether an epoch without data has something to do once the watermark has moved.
    pub(crate) fn wants_empty_epochs(&self) -> bool {
        self.evicts && self.output_mode != OutputMode::Complete
    }

    /// When it has something to do without data, in milliseconds since 1970; far away if never.
    pub(crate) fn due_ms(&self) -> i64 {
        self.due.load(Ordering::Relaxed)
    }

    pub(super) fn set_due(&self, ms: i64) {
        self.due.store(ms, Ordering::Relaxed);
    }

    /// The time of the epoch at hand, in milliseconds since 1970.
    pub(super) fn batch_time_ms(&self) -> i64 {
        self.batch_time.load(Ordering::Relaxed)
    }

    /// Begins an epoch of this time, in milliseconds since 1970.
    pub(crate) fn begin(&self, batch_time_ms: i64) {
        self.batch_time.store(batch_time_ms, Ordering::Relaxed);
        for table in &self.tables {
            table.rows.lock().unwrap_or_else(PoisonError::into_inner).begin();
        }
    }

    /// The rows of all tables, their bytes, and the epoch's counts.
    pub(crate) fn totals(&self) -> (u64, u64, StateCounts) {
        let each = self.tables.iter().map(|table| {
            let mut rows = table.rows.lock().unwrap_or_else(PoisonError::into_inner);
            (u64::try_from(rows.len()).unwrap_or(0), rows.bytes(), *rows.counts())
        });
        each.fold((0, 0, StateCounts::default()), |all, one| {
            (all.0 + one.0, all.1 + one.1, all.2.plus(one.2))
        })
    }
}

/// An operator with one table, rows by key.
#[derive(Debug, Clone)]
pub(super) struct Keyed {
    pub(super) operator: Arc<StatefulOperator>,
    pub(super) store: SharedStore,
}

impl Keyed {
    /// An operator around a store.
    pub(super) fn new(name: &'static str, store: StateStore, output_mode: OutputMode) -> Self {
        let evicts = store.event_time().is_some();
        Self::timed(name, store, output_mode, evicts)
    }

    /// An operator around a store that has something to do when the watermark moves, if `evicts`.
    pub(super) fn timed(
        name: &'static str,
        store: StateStore,
        output_mode: OutputMode,
        evicts: bool,
    ) -> Self {
        let names: Vec<_> = store.key_columns_schema().fields().iter().map(|f| f.name().clone()).collect();
        let store: SharedStore = Arc::new(std::sync::Mutex::new(store));
        let tables = vec![Table { name: "", rows: Arc::clone(&store) as _ }];
        let operator = StatefulOperator::new(name, tables, output_mode, evicts, names.join(", "));
        Self { operator: Arc::new(operator), store }
    }
}

impl std::ops::Deref for Keyed {
    type Target = StatefulOperator;

    fn deref(&self) -> &StatefulOperator {
        &self.operator
    }
}
