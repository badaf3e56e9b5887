//! `ExpressionString`: `F.expr("...")`, `df.selectExpr("...")`, `df.filter("...")`: the SQL parser of `spark.sql`.

use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::logical_expr::Expr;
use millstream_engine as engine;

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
    casts_as_spark(scope.session.engine.parse_expr(text, scope.input)?)
}

/// SQL's casts fail on a value that does not fit; Spark's give null.
fn casts_as_spark(expr: Expr) -> Result<Expr> {
    let replaced = expr.transform_up(|expr| match expr {
        Expr::Cast(cast) => {
            Ok(Transformed::yes(engine::functions::cast(*cast.expr, cast.field.data_type().clone())))
        }
        other => Ok(Transformed::no(other)),
    })?;
    Ok(replaced.data)
}

/// The columns of one item of a select list: a star is many.
pub(super) fn columns(scope: &Scope<'_>, text: &str) -> Result<Vec<Expr>> {
    match text.trim() {
        "*" => star::expand(scope, None),
        target if target.ends_with(".*") => star::expand(scope, Some(target)),
        _ => Ok(vec![convert(scope, text)?]),
    }
}
