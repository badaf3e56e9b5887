//! `WithColumnsRenamed` and `ToDF`: `df.withColumnRenamed(...)`, `df.toDF(...)`.

use std::collections::HashMap;

use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;

use super::{Planner, columns};
use crate::error::{Kind, Result, SparkError};
use crate::proto::connect::{ToDf, WithColumnsRenamed};

/// Renames the columns that are there; a name that is not there changes nothing, as with Spark.
pub(super) async fn plan(planner: &mut Planner<'_>, renamed: &WithColumnsRenamed) -> Result<LogicalPlan> {
    let input = planner.input(renamed.input.as_deref()).await?;
    let old_style = renamed.rename_columns_map.iter().map(|(from, to)| (from.to_lowercase(), to));
    let new_style =
        renamed.renames.iter().map(|rename| (rename.col_name.to_lowercase(), &rename.new_col_name));
    let names: HashMap<String, &String> = old_style.chain(new_style).collect();
    let schema = input.schema();
    let renamed = columns(&input).into_iter().zip(schema.fields()).map(|(column, field)| {
        match names.get(&field.name().to_lowercase()) {
            Some(name) => column.alias(name.as_str()),
            None => column,
        }
    });
    let exprs = renamed.collect();
    Ok(engine::plan::select(input, exprs)?)
}

/// Gives all columns new names.
pub(super) async fn to_df(planner: &mut Planner<'_>, to_df: &ToDf) -> Result<LogicalPlan> {
    let input = planner.input(to_df.input.as_deref()).await?;
    let (have, given) = (input.schema().fields().len(), to_df.column_names.len());
    if have != given {
        let text = format!(
            "The number of columns or variables assigned or aliased: {given} does not match the number of source expressions: {have}."
        );
        return Err(SparkError::new(Kind::Analysis, "ASSIGNMENT_ARITY_MISMATCH", "42802", text)
            .with("numTarget", given.to_string())
            .with("numExpr", have.to_string()));
    }
    let exprs = columns(&input)
        .into_iter()
        .zip(&to_df.column_names)
        .map(|(column, name)| column.alias(name.as_str()));
    let exprs = exprs.collect();
    Ok(engine::plan::select(input, exprs)?)
}
