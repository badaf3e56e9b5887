//! From our logical nodes to our physical ones, and the session's query planner that knows how.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::error::Result;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};

use super::group_state::{ApplyGroups, GroupStateExec};
use super::table_function::{ApplyFunction, TableFunctionExec};
use super::{
    Deduplicate, DeduplicateExec, EventTimeWatermark, MergeSessions, MergeSessionsExec, WatermarkExec,
};

/// `DataFusion`'s planner with our nodes added.
#[derive(Debug)]
pub(crate) struct StreamingPlanner;

#[async_trait]
impl QueryPlanner for StreamingPlanner {
    async fn create_physical_plan(
        &self,
        logical_plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(Nodes)])
            .create_physical_plan(logical_plan, session)
            .await
    }
}

struct Nodes;

#[async_trait]
impl ExtensionPlanner for Nodes {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn Session,
        _planning_ctx: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        if let Some(node) = node.as_any().downcast_ref::<ApplyFunction>() {
            return Ok(Some(Arc::new(TableFunctionExec::new(physical_inputs.to_vec(), node))));
        }
        let Some(input) = physical_inputs.first() else { return Ok(None) };
        if let Some(node) = node.as_any().downcast_ref::<EventTimeWatermark>() {
            let schema = Arc::clone(UserDefinedLogicalNode::schema(node).inner());
            let exec = WatermarkExec::new(Arc::clone(input), schema, node.index()?, node.delay_ms());
            return Ok(Some(Arc::new(exec)));
        }
        if let Some(node) = node.as_any().downcast_ref::<Deduplicate>() {
            return Ok(Some(Arc::new(DeduplicateExec::new(Arc::clone(input), node.key_indices()?))));
        }
        if let Some(node) = node.as_any().downcast_ref::<MergeSessions>() {
            return Ok(Some(Arc::new(MergeSessionsExec::new(Arc::clone(input), node.places()?))));
        }
        if let Some(node) = node.as_any().downcast_ref::<ApplyGroups>() {
            return Ok(Some(Arc::new(GroupStateExec::new(Arc::clone(input), node))));
        }
        Ok(None)
    }
}
