//! `SQL`: `spark.sql("SELECT ...", args=...)`.

use std::collections::HashMap;

use datafusion::common::ParamValues;
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::scalar::ScalarValue;

use super::Planner;
use crate::error::{Result, unsupported};
use crate::proto::connect::{Expression, Sql};

pub(super) async fn plan(planner: &mut Planner<'_>, sql: &Sql) -> Result<LogicalPlan> {
    #[expect(deprecated, reason = "clients before 4.0 fill these fields")]
    let old_style = !sql.args.is_empty() || !sql.pos_args.is_empty();
    if old_style {
        return Err(unsupported("spark.sql with arguments from a client before 4.0"));
    }
    let parameters = parameters(planner, sql)?;
    Ok(planner.session.engine.sql_with(&sql.query, parameters).await?)
}

/// The values of the text's parameters: by name, or one after the other.
fn parameters(planner: &Planner<'_>, sql: &Sql) -> Result<Option<ParamValues>> {
    let row = LogicalPlanBuilder::empty(true).build()?;
    let value = |expr: &Expression| -> Result<ScalarAndMetadata> {
        Ok(ScalarAndMetadata::new(literal(planner.scope(&row).convert(expr)?)?, None))
    };
    if !sql.named_arguments.is_empty() {
        let values = sql.named_arguments.iter().map(|(name, expr)| Ok((name.clone(), value(expr)?)));
        return Ok(Some(ParamValues::Map(values.collect::<Result<HashMap<_, _>>>()?)));
    }
    if !sql.pos_arguments.is_empty() {
        let values = sql.pos_arguments.iter().map(value).collect::<Result<_>>()?;
        return Ok(Some(ParamValues::List(values)));
    }
    Ok(None)
}

fn literal(expr: Expr) -> Result<ScalarValue> {
    match expr.unalias() {
        Expr::Literal(value, _) => Ok(value),
        other => Err(unsupported(format!("the argument {other} of spark.sql, which is no literal"))),
    }
}
