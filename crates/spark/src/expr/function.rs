//! `UnresolvedFunction` and `CallFunction`: functions and operators by name, as the engine has them.

use datafusion::logical_expr::{Expr, lit};
use millstream_engine as engine;

use super::Scope;
use crate::error::{Result, unsupported};
use crate::proto::connect::Expression;
use crate::proto::connect::expression::{ExprType, UnresolvedFunction};

pub(super) fn convert(scope: &Scope<'_>, function: &UnresolvedFunction) -> Result<Expr> {
    if function.is_user_defined_function {
        return Err(unsupported(format!("the registered function {}", function.function_name)));
    }
    let args = arguments(scope, &function.function_name, &function.arguments)?;
    Ok(engine::functions::call(&function.function_name, args, function.is_distinct)?)
}

/// A function by its name in SQL: `F.call_function("upper", ...)`.
pub(super) fn call(scope: &Scope<'_>, name: &str, args: &[Expression]) -> Result<Expr> {
    Ok(engine::functions::call(name, arguments(scope, name, args)?, false)?)
}

/// `count(*)` counts rows, as `count(1)` does.
fn arguments(scope: &Scope<'_>, name: &str, args: &[Expression]) -> Result<Vec<Expr>> {
    let is_star = |arg: &Expression| matches!(arg.expr_type, Some(ExprType::UnresolvedStar(_)));
    match args {
        [star] if is_star(star) && name.eq_ignore_ascii_case("count") => Ok(vec![lit(1_i32)]),
        _ => args.iter().map(|arg| scope.convert(arg)).collect(),
    }
}
