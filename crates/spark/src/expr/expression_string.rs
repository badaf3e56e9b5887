//! `ExpressionString`: `F.expr("...")`, `df.selectExpr("...")`, `df.filter("...")`: the SQL parser of `spark.sql`.

use datafusion::logical_expr::Expr;

use super::{Scope, star};
use crate::error::{Kind, Result, SparkError};

/// Characters of one expression.
const MAX_TEXT: usize = 1 << 20;

/// One expression.
pub(super) fn convert(scope: &Scope<'_>, text: &str) -> Result<Expr> {
    if text.len() > MAX_TEXT {
        let message = format!("An expression has at most {MAX_TEXT} bytes, this one has {}.", text.len());
        return Err(SparkError::plain(Kind::Parse, message));
    }
    Ok(scope.session.engine.parse_expr(text, scope.input)?)
}

/// The columns of one item of a select list: a star is many.
pub(super) fn columns(scope: &Scope<'_>, text: &str) -> Result<Vec<Expr>> {
    match text.trim() {
        "*" => star::expand(scope, None),
        target if target.ends_with(".*") => star::expand(scope, Some(target)),
        _ => Ok(vec![convert(scope, text)?]),
    }
}
