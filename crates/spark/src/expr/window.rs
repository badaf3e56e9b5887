//! `Window`: `F.row_number().over(Window.partitionBy(...).orderBy(...))`, over rows that have an end.

use datafusion::functions_window as df;
use datafusion::logical_expr::expr::{Sort, WindowFunction};
use datafusion::logical_expr::{
    Expr, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition, WindowUDF,
};
use datafusion::scalar::ScalarValue;
use millstream_engine as engine;
use std::sync::Arc;

use super::{Scope, sort_order};
use crate::error::{Result, invalid_plan, unsupported};
use crate::proto::connect::expression::window::WindowFrame as Frame;
use crate::proto::connect::expression::window::window_frame::frame_boundary::Boundary;
use crate::proto::connect::expression::window::window_frame::{FrameBoundary, FrameType};
use crate::proto::connect::expression::{ExprType, Window};

pub(super) fn convert(scope: &Scope<'_>, window: &Window) -> Result<Expr> {
    if engine::plan::is_streaming(scope.input) {
        return Err(non_time_window());
    }
    let function =
        window.window_function.as_deref().ok_or_else(|| invalid_plan("The window has no function."))?;
    let (name, definition, args) = match &function.expr_type {
        Some(ExprType::UnresolvedFunction(call)) => match ranking(&call.function_name) {
            Some(udf) => {
                let args = call.arguments.iter().map(|arg| scope.convert(arg)).collect::<Result<Vec<_>>>()?;
                let args: Vec<Expr> = args.into_iter().map(long).collect();
                (call.function_name.clone(), WindowFunctionDefinition::WindowUDF(udf), args)
            }
            None => aggregate(scope.convert(function)?)?,
        },
        _ => aggregate(scope.convert(function)?)?,
    };
    let names = engine::functions::name_of;
    let arguments = args.iter().map(names).collect::<Vec<_>>().join(", ");
    let partition_by =
        window.partition_spec.iter().map(|expr| scope.convert(expr)).collect::<Result<Vec<_>>>()?;
    let order_by = window.order_spec.iter().map(|order| sort_order::convert(scope, order));
    let order_by: Vec<Sort> = order_by.collect::<Result<_>>()?;
    let mut made = WindowFunction::new(definition, args);
    made.params.window_frame = frame(scope, window.frame_spec.as_deref(), !order_by.is_empty())?;
    made.params.partition_by = partition_by.into_iter().map(|expr| expr.unalias_nested().data).collect();
    made.params.order_by = order_by;
    Ok(Expr::WindowFunction(Box::new(made)).alias(format!("{name}({arguments}) OVER (...)")))
}

fn non_time_window() -> crate::error::SparkError {
    unsupported("a window over a stream that is not a window of time (groupBy(window(...)) is one)")
}

/// The functions that only windows have.
fn ranking(name: &str) -> Option<Arc<WindowUDF>> {
    Some(match name.to_ascii_lowercase().as_str() {
        "row_number" => df::row_number::row_number_udwf(),
        "rank" => df::rank::rank_udwf(),
        "dense_rank" => df::rank::dense_rank_udwf(),
        "percent_rank" => df::rank::percent_rank_udwf(),
        "cume_dist" => df::cume_dist::cume_dist_udwf(),
        "ntile" => df::ntile::ntile_udwf(),
        "lag" => df::lead_lag::lag_udwf(),
        "lead" => df::lead_lag::lead_udwf(),
        "nth_value" => df::nth_value::nth_value_udwf(),
        _ => return None,
    })
}

/// Whole numbers of a program are INT, those of these functions BIGINT; a default of null is none.
fn long(arg: Expr) -> Expr {
    match arg {
        Expr::Literal(ScalarValue::Int32(Some(number)), metadata) => {
            Expr::Literal(ScalarValue::Int64(Some(i64::from(number))), metadata)
        }
        other => other,
    }
}

fn aggregate(expr: Expr) -> Result<(String, WindowFunctionDefinition, Vec<Expr>)> {
    match expr.unalias() {
        Expr::AggregateFunction(function) => {
            let name = function.func.name().to_owned();
            Ok((name, WindowFunctionDefinition::AggregateUDF(function.func), function.params.args))
        }
        other => Err(unsupported(format!("{other} over a window"))),
    }
}

/// Without a frame: up to the row at hand if there is an order, else everything.
fn frame(scope: &Scope<'_>, frame: Option<&Frame>, ordered: bool) -> Result<WindowFrame> {
    let Some(frame) = frame else { return Ok(WindowFrame::new(ordered.then_some(false))) };
    let units = match frame.frame_type() {
        FrameType::Row => WindowFrameUnits::Rows,
        FrameType::Range => WindowFrameUnits::Range,
        FrameType::Undefined => return Err(invalid_plan("The window's frame has no type.")),
    };
    let lower = bound(scope, frame.lower.as_deref(), true)?;
    let upper = bound(scope, frame.upper.as_deref(), false)?;
    Ok(WindowFrame::new_bounds(units, lower, upper))
}

fn bound(scope: &Scope<'_>, boundary: Option<&FrameBoundary>, lower: bool) -> Result<WindowFrameBound> {
    let boundary = boundary.and_then(|boundary| boundary.boundary.as_ref());
    Ok(match boundary.ok_or_else(|| invalid_plan("The window's frame lacks a bound."))? {
        Boundary::CurrentRow(_) => WindowFrameBound::CurrentRow,
        Boundary::Unbounded(_) if lower => WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
        Boundary::Unbounded(_) => WindowFrameBound::Following(ScalarValue::UInt64(None)),
        Boundary::Value(value) => {
            let value = scope.convert(value)?;
            let offset = match value {
                Expr::Literal(ScalarValue::Int32(Some(offset)), _) => i64::from(offset),
                Expr::Literal(ScalarValue::Int64(Some(offset)), _) => offset,
                Expr::Negative(inner) => match *inner {
                    Expr::Literal(ScalarValue::Int32(Some(offset)), _) => -i64::from(offset),
                    other => return Err(unsupported(format!("the window bound -{other}"))),
                },
                other => return Err(unsupported(format!("the window bound {other}"))),
            };
            let size = ScalarValue::UInt64(Some(offset.unsigned_abs()));
            match offset {
                0 => WindowFrameBound::CurrentRow,
                offset if offset < 0 => WindowFrameBound::Preceding(size),
                _ => WindowFrameBound::Following(size),
            }
        }
    })
}
