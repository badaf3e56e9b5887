//! `WithColumns`: `df.withColumn(...)`.

use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;

use super::Planner;
use crate::error::{Result, invalid_plan};
use crate::proto::connect::WithColumns;

pub(super) async fn plan(planner: &mut Planner<'_>, with_columns: &WithColumns) -> Result<LogicalPlan> {
    let input = planner.input(with_columns.input.as_deref()).await?;
    let scope = planner.scope(&input);
    let columns = with_columns.aliases.iter().map(|alias| match alias.name.as_slice() {
        [name] => Ok((name.clone(), scope.required(alias.expr.as_deref())?)),
        names => Err(invalid_plan(format!("A column needs one name, {} were given.", names.len()))),
    });
    let columns = columns.collect::<Result<_>>()?;
    Ok(engine::plan::with_columns(input, columns)?)
}
