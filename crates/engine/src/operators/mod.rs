//! The nodes that a streaming plan has beyond `DataFusion`'s: epoch scans, watermarks, state.
//!
//! A streaming aggregation is planned as Apache Spark plans it: partial aggregation of the epoch's rows, restore (adds
//! the stored rows of the same groups), reduce, save (stores them, and emits what the output mode asks for), final.

mod deduplicate;
mod epoch_scan;
mod event_time;
mod extension_planner;
mod in_order;
mod state_restore;
mod state_save;
mod state_store;
mod stateful_plan;
mod unary;
mod watermark;
mod watermark_exec;

pub(crate) use deduplicate::{Deduplicate, DeduplicateExec};
pub(crate) use epoch_scan::EpochScanExec;
pub(crate) use event_time::{DELAY_METADATA, delay_ms};
pub(crate) use extension_planner::StreamingPlanner;
pub(crate) use in_order::KeepOrder;
pub(crate) use state_store::{SharedStore, StateStore};
pub(crate) use stateful_plan::{StatefulOperator, Watermarks, attach_state};
pub(crate) use watermark::EventTimeWatermark;
pub(crate) use watermark_exec::{EventTimeStats, WatermarkExec};

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
