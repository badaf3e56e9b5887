//! `UnresolvedFunction` and `CallFunction`: operators here, all other functions by name from the engine.

use datafusion::logical_expr::{Expr, lit};
use millstream_engine as engine;

use super::{Scope, case_when, operator};
use crate::error::{Result, unsupported};
use crate::proto::connect::Expression;
use crate::proto::connect::expression::{ExprType, UnresolvedFunction};

pub(super) fn convert(scope: &Scope<'_>, function: &UnresolvedFunction) -> Result<Expr> {
    if function.is_user_defined_function {
        return Err(unsupported(format!("the registered function {}", function.function_name)));
    }
    let args = arguments(scope, &function.function_name, &function.arguments)?;
    build(&function.function_name, args, function.is_distinct)
}

/// A function by its name in SQL: `F.call_function("upper", ...)`.
pub(super) fn call(scope: &Scope<'_>, name: &str, args: &[Expression]) -> Result<Expr> {
    build(name, arguments(scope, name, args)?, false)
}

/// `count(*)` counts rows, as `count(1)` does.
fn arguments(scope: &Scope<'_>, name: &str, args: &[Expression]) -> Result<Vec<Expr>> {
    let is_star = |arg: &Expression| matches!(arg.expr_type, Some(ExprType::UnresolvedStar(_)));
    match args {
        [star] if is_star(star) && name.eq_ignore_ascii_case("count") => Ok(vec![lit(1_i32)]),
        _ => args.iter().map(|arg| scope.convert(arg)).collect(),
    }
}

fn build(name: &str, args: Vec<Expr>, distinct: bool) -> Result<Expr> {
    let lower = name.to_lowercase();
    if lower == "when" {
        return case_when::build(args);
    }
    match operator::build(&lower, args)? {
        Ok(expr) => Ok(expr),
        Err(args) => Ok(engine::functions::call(&lower, args, distinct)?),
    }
}
