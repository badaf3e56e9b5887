//! `SetOperation`: `df.union(...)`, `intersect`, `exceptAll`, ...

use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, lit};
use datafusion::scalar::ScalarValue;
use millstream_engine as engine;

use super::Planner;
use crate::error::{Kind, Result, SparkError, invalid_plan};
use crate::proto::connect::SetOperation;
use crate::proto::connect::set_operation::SetOpType;

pub(super) async fn plan(planner: &mut Planner<'_>, operation: &SetOperation) -> Result<LogicalPlan> {
    let left = planner.input(operation.left_input.as_deref()).await?;
    let right = planner.input(operation.right_input.as_deref()).await?;
    let (all, by_name) = (operation.is_all(), operation.by_name());
    let (left, right) = if by_name && operation.allow_missing_columns() {
        (with_missing(left.clone(), &right)?, with_missing(right, &left)?)
    } else {
        (left, right)
    };
    let (first, other) = (left.schema().fields().len(), right.schema().fields().len());
    if first != other {
        let text = format!(
            "UNION can only be performed on inputs with the same number of columns, but the first input has {first} columns and the second input has {other} columns."
        );
        return Err(SparkError::new(Kind::Analysis, "NUM_COLUMNS_MISMATCH", "42826", text)
            .with("firstNumColumns", first.to_string())
            .with("invalidNumColumns", other.to_string()));
    }
    Ok(match operation.set_op_type() {
        SetOpType::Union if by_name => LogicalPlanBuilder::from(left).union_by_name(right)?.build()?,
        SetOpType::Union => LogicalPlanBuilder::from(left).union(right)?.build()?,
        SetOpType::Intersect => LogicalPlanBuilder::intersect(left, right, all)?,
        SetOpType::Except => LogicalPlanBuilder::except(left, right, all)?,
        SetOpType::Unspecified => return Err(invalid_plan("The set operation has no type.")),
    })
}

/// The plan with the columns that only the other one has, all null.
fn with_missing(plan: LogicalPlan, other: &LogicalPlan) -> Result<LogicalPlan> {
    let mut columns = Vec::new();
    for field in other.schema().fields() {
        let has = plan.schema().fields().iter().any(|own| own.name().eq_ignore_ascii_case(field.name()));
        if !has {
            columns.push((field.name().clone(), lit(ScalarValue::try_from(field.data_type())?)));
        }
    }
    Ok(engine::plan::with_columns(plan, columns)?)
}
