//! Building plans in Spark's way: the functions that the builder and the Spark door share.
//!
//! Plans are `DataFusion`'s; what it lacks (explode in a select list, time windows, watermarks) is laid out here in
//! terms of what it has, or as an own node in [`crate::operators`].

mod aggregate;
mod column;
mod expand;
mod grouped;
mod join;
mod keys;
mod project;

use std::sync::Arc;

use datafusion::common::Column;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{Aggregate, Expr, Extension, LogicalPlan, LogicalPlanBuilder, Projection};

pub use aggregate::{Grouping, aggregate, aggregate_over};
pub use column::{column, star};
pub use grouped::{Grouped, apply_function, apply_groups, grouped};
pub use join::{JoinInputs, join_type};
pub(crate) use keys::key_columns;
pub use project::alias;
pub(crate) use project::told_apart;

use crate::EngineError;
use crate::functions::naming::named;
pub use crate::operators::group_state::{
    GroupCall, GroupFunction, GroupInput, GroupOutcome, GroupOutput, GroupTimeout,
};
pub use crate::operators::table_function::TableFunction;
use crate::operators::{Deduplicate, EventTimeWatermark};
pub use crate::operators::{GroupSpan, rows_by_group};
use crate::sources::StreamTable;

/// The format of the first stream that a plan reads, if it reads any.
pub fn first_stream(plan: &LogicalPlan) -> Option<String> {
    let mut found = None;
    // The closure never fails, so neither does the walk.
    let _ = plan.apply(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(table) = source_as_provider(&scan.source)
            && let Some(stream) = table.downcast_ref::<StreamTable>()
        {
            found = Some(stream.name().to_owned());
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    found
}

/// Whether a plan reads a stream.
pub fn is_streaming(plan: &LogicalPlan) -> bool {
    first_stream(plan).is_some()
}

/// `df.select(...)`. An expression may hold one `explode(...)` and any `window(...)` ([`crate::functions::call`]).
///
/// # Errors
/// Unresolved columns, wrong types, a second generator.
pub fn select(input: LogicalPlan, exprs: Vec<Expr>) -> Result<LogicalPlan, EngineError> {
    let exprs = exprs.into_iter().map(|expr| column::resolve(&input, expr)).collect::<Result<Vec<_>, _>>()?;
    let exprs = exprs.into_iter().map(bare).collect();
    let (input, exprs) = expand::windows(input, exprs)?;
    let (input, exprs) = expand::explode(input, exprs)?;
    let (input, exprs) = expand::over(input, exprs)?;
    project::project(input, exprs)
}

/// An expression with its name, and without those of its parts.
fn bare(expr: Expr) -> Expr {
    match named(expr) {
        Expr::Alias(alias) => {
            let metadata = alias.metadata.clone();
            alias.expr.unalias_nested().data.alias_with_metadata(alias.name, metadata)
        }
        other => other,
    }
}

/// A node of a plan from elsewhere (SQL) with its `explode` and `window` laid out.
///
/// # Errors
/// As [`select`].
pub(crate) fn lay_out(node: LogicalPlan) -> Result<LogicalPlan, EngineError> {
    match node {
        LogicalPlan::Projection(projection) => {
            let input = Arc::unwrap_or_clone(projection.input);
            let (input, exprs) = expand::windows(input, projection.expr)?;
            let (input, exprs) = expand::explode(input, exprs)?;
            Ok(LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(input))?))
        }
        LogicalPlan::Aggregate(aggregate) => {
            let names: Vec<String> =
                aggregate.group_expr.iter().map(|expr| expr.schema_name().to_string()).collect();
            let input = Arc::unwrap_or_clone(aggregate.input);
            let (input, groups) = expand::windows(input, aggregate.group_expr)?;
            // What stands above refers to the groups by these names.
            let groups = groups
                .into_iter()
                .zip(names)
                .map(|(group, name)| match group {
                    Expr::Column(_) => Ok(group),
                    other => other.alias_if_changed(name),
                })
                .collect::<Result<Vec<_>, _>>()?;
            Ok(LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(input), groups, aggregate.aggr_expr)?))
        }
        other => Ok(other),
    }
}

/// `df.withColumns(...)`: the columns, with those of the same name (whatever its case) replaced in place.
///
/// # Errors
/// As [`select`].
pub fn with_columns(input: LogicalPlan, columns: Vec<(String, Expr)>) -> Result<LogicalPlan, EngineError> {
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let mut exprs = Vec::new();
    for (qualifier, field) in input.schema().iter() {
        let replaced = columns.iter().rfind(|(name, _)| same(name, field.name()));
        exprs.push(match replaced {
            Some((name, expr)) => expr.clone().alias(name),
            None => Expr::Column(Column::from((qualifier, field))),
        });
    }
    for (i, (name, expr)) in columns.iter().enumerate() {
        let later = columns.iter().skip(i + 1).any(|(other, _)| same(other, name));
        if !later && !input.schema().fields().iter().any(|field| same(field.name(), name)) {
            exprs.push(expr.clone().alias(name));
        }
    }
    select(input, exprs)
}

/// `df.filter(...)`.
///
/// # Errors
/// As [`select`].
pub fn filter(input: LogicalPlan, predicate: Expr) -> Result<LogicalPlan, EngineError> {
    let predicate = column::resolve(&input, predicate)?.unalias_nested().data;
    Ok(LogicalPlanBuilder::from(input).filter(predicate)?.build()?)
}

/// `df.withWatermark(column, delay)`; the delay as Spark writes intervals (`10 seconds`).
///
/// # Errors
/// No such column, not a timestamp, not an interval, a negative one.
pub fn with_watermark(input: LogicalPlan, column: &str, delay: &str) -> Result<LogicalPlan, EngineError> {
    let Expr::Column(event_time) = self::column(&input, column)? else {
        return Err(EngineError::analysis(format!(
            "Event time must be defined on a top-level column: {column} is part of another; select it first"
        )));
    };
    let (_, field) = input.schema().qualified_field_from_column(&event_time)?;
    let kind = field.data_type();
    let is_time = matches!(kind, arrow::datatypes::DataType::Timestamp(_, _))
        || matches!(kind, arrow::datatypes::DataType::Struct(parts) if parts.find("end").is_some());
    if !is_time {
        return Err(EngineError::analysis(format!(
            "[EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE] The event time `{column}` has the invalid type \"{}\", but \
             expected \"TIMESTAMP\". SQLSTATE: 42K09",
            crate::files::type_name(kind)
        )));
    }
    let delay = crate::functions::interval::parse(delay)
        .map_err(|_| EngineError::analysis(format!("[CANNOT_PARSE_INTERVAL] Unable to parse '{delay}'. Please ensure that the value provided is in a valid format for defining an interval. SQLSTATE: 22006")))?;
    let delay_ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
    let node = EventTimeWatermark::new(Arc::new(input), event_time, delay_ms)?;
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}

/// Whether a column carries the watermark of `withWatermark`.
pub fn has_watermark(field: &arrow::datatypes::Field) -> bool {
    crate::operators::delay_ms(field).is_some()
}

/// `df.dropDuplicates(columns)`; all columns if none is named.
///
/// # Errors
/// As [`select`].
pub fn drop_duplicates(input: LogicalPlan, columns: &[String]) -> Result<LogicalPlan, EngineError> {
    let columns = if columns.is_empty() {
        input.schema().columns()
    } else {
        columns
            .iter()
            .map(|name| match column(&input, name)? {
                Expr::Column(column) => Ok(column),
                _ => Err(EngineError::unresolved_column(name, &column::names(&input))),
            })
            .collect::<Result<Vec<_>, _>>()?
    };
    let node = Deduplicate::new(Arc::new(input), columns);
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}
