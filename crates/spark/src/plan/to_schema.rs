//! `ToSchema`: `df.to(schema)`: the columns that the schema names, in its order and with its types.

use arrow::datatypes::DataType;
use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;

use super::Planner;
use crate::error::{Result, invalid_plan, quoted};
use crate::proto::connect::ToSchema;
use crate::types;

pub(super) async fn plan(planner: &mut Planner<'_>, to_schema: &ToSchema) -> Result<LogicalPlan> {
    let input = planner.input(to_schema.input.as_deref()).await?;
    let schema = to_schema.schema.as_ref().ok_or_else(|| invalid_plan("ToSchema has no schema."))?;
    let DataType::Struct(fields) = types::from_proto(schema)? else {
        return Err(invalid_plan("The schema of ToSchema is no struct."));
    };
    let exprs = fields.iter().map(|field| {
        let column = engine::plan::column(&input, &quoted([field.name().as_str()]))?;
        Ok(engine::functions::cast(column, field.data_type().clone()).alias(field.name()))
    });
    let exprs = exprs.collect::<Result<_>>()?;
    Ok(engine::plan::select(input, exprs)?)
}
