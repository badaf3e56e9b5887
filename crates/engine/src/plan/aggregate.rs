//! `groupBy(...).agg(...)`.

use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::{column, expand};
use crate::EngineError;
use crate::functions::naming::name_of;

fn internal(kind: &str, index: usize) -> String {
    format!("__{kind}_{index}")
}

/// `df.groupBy(groups...).agg(aggregates...)`: the groups' columns first. A group may be a `window(...)`.
///
/// Laid out as a projection that computes the groups, the bare aggregation, and a projection that computes what stands
/// around the aggregates (`sum(a) / count(b)`) and gives Spark's names.
///
/// # Errors
/// As [`super::select`]; also a second time window.
pub fn aggregate(
    input: LogicalPlan,
    groups: Vec<Expr>,
    aggregates: Vec<Expr>,
) -> Result<LogicalPlan, EngineError> {
    let resolve_all = |exprs: Vec<Expr>| {
        exprs
            .into_iter()
            .map(|expr| column::resolve(&input, expr).map(super::bare))
            .collect::<Result<Vec<_>, _>>()
    };
    let (groups, aggregates) = (resolve_all(groups)?, resolve_all(aggregates)?);
    let (input, groups) = expand::windows(input.clone(), groups)?;

    let mut projected: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
    let mut keys = Vec::new();
    let mut output = Vec::new();
    for (index, group) in groups.into_iter().enumerate() {
        let name = name_of(&group);
        let key = match group.unalias() {
            Expr::Column(column) => Expr::Column(column),
            computed => {
                projected.push(computed.alias(internal("group", index)));
                Expr::Column(Column::from_name(internal("group", index)))
            }
        };
        output.push(key.clone().alias(name));
        keys.push(key);
    }
    let mut bare: Vec<Expr> = Vec::new();
    for expr in aggregates {
        let replaced = expr.transform_down(|expr| {
            if !matches!(expr, Expr::AggregateFunction(_)) {
                return Ok(Transformed::no(expr));
            }
            let index = bare.iter().position(|known| *known == expr).unwrap_or_else(|| {
                bare.push(expr);
                bare.len() - 1
            });
            Ok(Transformed::yes(Expr::Column(Column::from_name(internal("aggregate", index)))))
        })?;
        output.push(replaced.data);
    }
    let bare: Vec<Expr> =
        bare.into_iter().enumerate().map(|(index, expr)| expr.alias(internal("aggregate", index))).collect();
    let plan = LogicalPlanBuilder::from(input).project(projected)?.aggregate(keys, bare)?.project(output)?;
    Ok(plan.build()?)
}
