//! `SQL`: `spark.sql("SELECT ...")`.

use datafusion::logical_expr::LogicalPlan;

use super::Planner;
use crate::error::{Result, unsupported};
use crate::proto::connect::Sql;

pub(super) async fn plan(planner: &mut Planner<'_>, sql: &Sql) -> Result<LogicalPlan> {
    #[expect(deprecated, reason = "clients before 4.0 fill these fields")]
    let old_style = !sql.args.is_empty() || !sql.pos_args.is_empty();
    if old_style || !sql.named_arguments.is_empty() || !sql.pos_arguments.is_empty() {
        return Err(unsupported("spark.sql with arguments (args=...)"));
    }
    Ok(planner.session.engine.sql(&sql.query).await?)
}
