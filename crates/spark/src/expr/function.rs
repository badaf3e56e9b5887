//! `UnresolvedFunction` and `CallFunction`: functions and operators by name, as the engine has them.

use datafusion::logical_expr::{Expr, lit};
use millstream_engine as engine;

use super::Scope;
use crate::error::Result;
use crate::proto::connect::Expression;
use crate::proto::connect::expression::{ExprType, UnresolvedFunction};

pub(super) fn convert(scope: &Scope<'_>, function: &UnresolvedFunction) -> Result<Expr> {
    if let Some(registered) = scope.session.functions.named(&function.function_name) {
        let args = arguments(scope, &function.function_name, &function.arguments)?;
        let names: Vec<_> = args.iter().map(engine::functions::name_of).collect();
        let args = args.into_iter().map(|arg| arg.unalias_nested().data).collect();
        return Ok(registered.udf().call(args).alias(format!("{}({})", registered.name, names.join(", "))));
    }
    let args = arguments(scope, &function.function_name, &function.arguments)?;
    Ok(engine::functions::call(&function.function_name, args, function.is_distinct)?)
}

/// A function by its name in SQL: `F.call_function("upper", ...)`.
pub(super) fn call(scope: &Scope<'_>, name: &str, args: &[Expression]) -> Result<Expr> {
    let args = arguments(scope, name, args)?;
    if let Some(registered) = scope.session.functions.named(name) {
        return Ok(registered.udf().call(args.into_iter().map(|arg| arg.unalias_nested().data).collect()));
    }
    Ok(engine::functions::call(name, args, false)?)
}

/// `count(*)` counts rows, as `count(1)` does.
fn arguments(scope: &Scope<'_>, name: &str, args: &[Expression]) -> Result<Vec<Expr>> {
    let is_star = |arg: &Expression| matches!(arg.expr_type, Some(ExprType::UnresolvedStar(_)));
    match args {
        [star] if is_star(star) && name.eq_ignore_ascii_case("count") => Ok(vec![lit(1_i32)]),
        _ => args.iter().map(|arg| scope.convert(arg)).collect(),
    }
}
