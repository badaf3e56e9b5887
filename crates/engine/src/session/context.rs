//! A session's `DataFusion` context. Making one is on the way to a program's first row: functions are registered only
//! when SQL is first used, since plans built from expressions carry theirs.

use std::sync::Arc;

use datafusion::config::Dialect;
use datafusion::error::DataFusionError;
use datafusion::execution::context::{SessionContext, SessionState};
use datafusion::execution::{SessionStateBuilder, SessionStateDefaults};
use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::prelude::SessionConfig;

use crate::EngineError;
use crate::operators::{KeepOrder, StreamingPlanner};

/// A context whose plans have one partition: they can be executed again and again, and keep the order of rows.
pub(super) fn new(time_zone: &str) -> SessionContext {
    let mut config = SessionConfig::new().with_target_partitions(1).with_information_schema(false);
    let options = config.options_mut();
    options.sql_parser.dialect = Dialect::Spark;
    options.sql_parser.enable_ident_normalization = false;
    options.sql_parser.map_string_types_to_utf8view = false;
    // Spark's ascending order begins with nulls, its descending one ends with them.
    options.sql_parser.default_null_ordering = "nulls_min".to_owned();
    // Fails on a field of a grouped struct (`window.start`) in DataFusion 55, and gains nothing without files.
    options.optimizer.enable_leaf_expression_pushdown = false;
    options.execution.time_zone = Some(time_zone.to_owned());
    let mut planners: Vec<Arc<dyn ExprPlanner>> = vec![Arc::new(super::sql_planner::SparkOperators)];
    planners.extend(SessionStateDefaults::default_expr_planners());
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_physical_optimizer_rule(Arc::new(KeepOrder))
        .with_query_planner(Arc::new(StreamingPlanner))
        .with_type_planner(Arc::new(super::sql_planner::SparkTypes))
        .with_expr_planners(planners)
        .build();
    SessionContext::new_with_state(state)
}

/// The state that streaming plans are planned with: no physical rules, which assume a plan runs once.
pub(super) fn streaming(context: &SessionContext) -> SessionState {
    let none: Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> = Vec::new();
    SessionStateBuilder::new_from_existing(context.state()).with_physical_optimizer_rules(none).build()
}

/// Sets the zone in which expressions read and write times.
pub(super) fn set_time_zone(context: &SessionContext, time_zone: &str) {
    let state = context.state_ref();
    let mut state = state.write();
    state.config_mut().options_mut().execution.time_zone = Some(time_zone.to_owned());
}

/// Registers the functions that SQL finds by name, once.
pub(super) fn register_functions(context: &SessionContext) -> Result<(), EngineError> {
    use datafusion::execution::FunctionRegistry as _;
    if context.state_ref().read().aggregate_functions().contains_key("count") {
        return Ok(());
    }
    let state = context.state_ref();
    let mut state = state.write();
    for udf in super::placeholder::scalars() {
        state.register_udf(udf)?;
    }
    use datafusion::functions_aggregate as df;
    let plain = [
        df::count::count_udaf(),
        df::sum::sum_udaf(),
        df::average::avg_udaf(),
        df::min_max::min_udaf(),
        df::min_max::max_udaf(),
        df::grouping::grouping_udaf(),
    ];
    for udaf in plain.into_iter().chain(super::placeholder::aggregates()) {
        state.register_udaf(udaf)?;
    }
    for function in crate::functions::lambdas::all() {
        state.register_higher_order_function(function)?;
    }
    for udwf in SessionStateDefaults::default_window_functions() {
        state.register_udwf(udwf)?;
    }
    Ok(())
}

/// An error of SQL in Spark's words.
pub(super) fn sql_error(error: DataFusionError, sql: &str) -> EngineError {
    match error.find_root() {
        DataFusionError::SQL(inner, _) => {
            let text = inner.to_string();
            let near = text
                .rsplit_once("found: ")
                .map_or("end of input", |(_, rest)| rest.split(" at ").next().unwrap_or(rest));
            let near = if near == "EOF" { "end of input".to_owned() } else { format!("'{near}'") };
            EngineError::parse_syntax_at(&near, sql, place(&text))
        }
        DataFusionError::Plan(text) if text.starts_with("table '") && text.ends_with("' not found") => {
            let name = text.split('\'').nth(1).unwrap_or_default();
            EngineError::table_not_found(name.rsplit('.').next().unwrap_or(name))
        }
        DataFusionError::Plan(text) if text.starts_with("Invalid function '") => {
            EngineError::unresolved_routine(text.split('\'').nth(1).unwrap_or_default())
        }
        _ => EngineError::from(error),
    }
}

/// Line and column that the parser names, both from 1.
fn place(text: &str) -> Option<(usize, usize)> {
    let (_, rest) = text.rsplit_once("Line: ")?;
    let (line, column) = rest.split_once(", Column: ")?;
    let digits = column.find(|c: char| !c.is_ascii_digit()).unwrap_or(column.len());
    Some((line.parse().ok()?, column.get(..digits)?.parse().ok()?))
}
