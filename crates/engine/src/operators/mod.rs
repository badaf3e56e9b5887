//! The nodes that a streaming plan has beyond `DataFusion`'s: epoch scans, watermarks, state.
//!
//! A streaming aggregation is planned as Apache Spark plans it: partial aggregation of the epoch's rows, restore (adds
//! the stored rows of the same groups), reduce, save (stores them, and emits what the output mode asks for), final.

mod deduplicate;
mod epoch_scan;
mod event_time;
mod extension_planner;
pub(crate) mod group_state;
mod in_order;
mod merge_sessions;
mod rows_by_group;
mod session_restore;
mod state_groups;
mod state_restore;
mod state_save;
mod state_store;
mod state_table;
mod stateful_operator;
mod stateful_plan;
mod stream_join;
pub(crate) mod table_function;
mod unary;
mod watermark;
mod watermark_exec;
mod watermark_flow;

pub(crate) use deduplicate::{Deduplicate, DeduplicateExec, is_timed_deduplicate};
pub(crate) use epoch_scan::EpochScanExec;
pub(crate) use event_time::{DELAY_METADATA, delay_ms};
pub(crate) use extension_planner::StreamingPlanner;
pub(crate) use in_order::KeepOrder;
pub(crate) use merge_sessions::{MergeSessions, MergeSessionsExec, SESSION_METADATA, session_column};
pub use rows_by_group::{GroupSpan, rows_by_group};
pub(crate) use state_store::{SharedStore, StateStore};
pub(crate) use state_table::{SharedTable, StateTable};
pub(crate) use stateful_operator::StatefulOperator;
pub(crate) use stateful_plan::attach_state;
pub(crate) use stream_join::spark_name;
pub(crate) use watermark::EventTimeWatermark;
pub(crate) use watermark_exec::{EventTimeStats, WatermarkExec};
pub(crate) use watermark_flow::WatermarkFlow;

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::{Partitioning, PlanProperties};

/// The properties of every node here: one partition, no order, ends with the epoch.
fn epoch_properties(schema: SchemaRef) -> Arc<PlanProperties> {
    Arc::new(PlanProperties::new(
        EquivalenceProperties::new(schema),
        Partitioning::UnknownPartitioning(1),
        EmissionType::Incremental,
        Boundedness::Bounded,
    ))
}
