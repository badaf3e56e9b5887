//! `LambdaFunction` and `UnresolvedNamedLambdaVariable`: the functions that `F.transform` and its like are given. The
//! client calls the program's lambda once, with columns that stand for the parameters, and sends what came out.

use datafusion::logical_expr::expr::Lambda;
use datafusion::logical_expr::{Expr, lambda_var};

use super::Scope;
use crate::error::{Result, invalid_plan};
use crate::proto::connect::expression::{LambdaFunction, UnresolvedNamedLambdaVariable};

pub(super) fn convert(scope: &Scope<'_>, lambda: &LambdaFunction) -> Result<Expr> {
    let names = lambda.arguments.iter().map(name).collect::<Result<Vec<_>>>()?;
    Ok(Expr::Lambda(Lambda::new(names, scope.required(lambda.function.as_deref())?)))
}

/// A parameter where it is used.
pub(super) fn variable(variable: &UnresolvedNamedLambdaVariable) -> Result<Expr> {
    Ok(lambda_var(name(variable)?))
}

fn name(variable: &UnresolvedNamedLambdaVariable) -> Result<String> {
    match variable.name_parts.as_slice() {
        [name] => Ok(name.clone()),
        parts => Err(invalid_plan(format!("A lambda's parameter has one name, {} were given.", parts.len()))),
    }
}
