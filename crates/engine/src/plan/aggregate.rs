//! `groupBy(...).agg(...)`.

use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::logical_expr::{Expr, Extension, GroupingSet, LogicalPlan, LogicalPlanBuilder};
use std::sync::Arc;

use super::project::project;
use super::{column, expand};
use crate::EngineError;
use crate::functions::naming::name_of;
use crate::functions::session_window::is_session;
use crate::operators::MergeSessions;

fn internal(kind: &str, index: usize) -> String {
    format!("__{kind}_{index}")
}

/// Over which of the groups rows are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// All of them.
    All,
    /// All, all but the last, ..., none: `rollup`.
    Rollup,
    /// Every choice of them: `cube`.
    Cube,
}

impl Grouping {
    /// The keys of the bare aggregation.
    fn of(self, keys: Vec<Expr>) -> Vec<Expr> {
        match self {
            _ if keys.is_empty() => keys,
            Self::All => keys,
            Self::Rollup => vec![Expr::GroupingSet(GroupingSet::Rollup(keys))],
            Self::Cube => vec![Expr::GroupingSet(GroupingSet::Cube(keys))],
        }
    }
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
    aggregate_over(input, Grouping::All, groups, aggregates)
}

/// `df.rollup(groups...)` and `df.cube(groups...)`: as [`aggregate`], and again over fewer groups, whose columns are null
/// in those rows.
///
/// # Errors
/// As [`aggregate`]; a stream.
pub fn aggregate_over(
    input: LogicalPlan,
    grouping: Grouping,
    groups: Vec<Expr>,
    aggregates: Vec<Expr>,
) -> Result<LogicalPlan, EngineError> {
    if grouping != Grouping::All && super::is_streaming(&input) {
        return Err(EngineError::unsupported(
            "rollup and cube on a stream are not supported by Millstream: group by all of the columns, or in \
             foreachBatch",
        ));
    }
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
    let mut sessions = Vec::new();
    for (index, group) in groups.into_iter().enumerate() {
        let name = name_of(&group);
        let key = match group.unalias() {
            Expr::Column(column) => Expr::Column(column),
            computed => {
                if is_session(&computed) {
                    sessions.push(index);
                }
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
    let rows = LogicalPlanBuilder::from(input).project(projected)?.build()?;
    let rows = with_sessions(rows, &keys, &sessions)?;
    project(LogicalPlanBuilder::from(rows).aggregate(grouping.of(keys), bare)?.build()?, output)
}

/// Merges the session windows among the keys, if there are any; rows without a session go.
fn with_sessions(rows: LogicalPlan, keys: &[Expr], sessions: &[usize]) -> Result<LogicalPlan, EngineError> {
    let session = match sessions {
        [] => return Ok(rows),
        [one] => Column::from_name(internal("group", *one)),
        _ => {
            return Err(EngineError::analysis(
                "Multiple time/session window expressions would result in a cartesian product of rows, therefore they \
                 are currently not supported.",
            ));
        }
    };
    let groups = keys.iter().filter_map(|key| match key {
        Expr::Column(column) if *column != session => Some(column.clone()),
        _ => None,
    });
    let groups = groups.collect();
    let rows = LogicalPlanBuilder::from(rows).filter(Expr::Column(session.clone()).is_not_null())?.build()?;
    let node = MergeSessions::new(Arc::new(rows), groups, session);
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}
