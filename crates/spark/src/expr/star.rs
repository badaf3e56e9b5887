//! `UnresolvedStar`: `*`, `t.*`, `window.*`.

use datafusion::logical_expr::Expr;
use millstream_engine as engine;

use super::Scope;
use crate::error::Result;

/// The columns of a target, with or without `.*` behind it; all columns without one.
pub(super) fn expand(scope: &Scope<'_>, target: Option<&str>) -> Result<Vec<Expr>> {
    let target =
        target.map(|target| target.strip_suffix(".*").unwrap_or(target)).filter(|target| !target.is_empty());
    Ok(engine::plan::star(scope.input, target)?)
}
