//! `WithRelations`: a query with the DataFrames that it names: `spark.sql("SELECT * FROM {df}", df=df)`.

use datafusion::logical_expr::LogicalPlan;

use super::Planner;
use crate::error::{Result, invalid_plan, unsupported};
use crate::proto::connect::WithRelations;
use crate::proto::connect::relation::RelType;

/// The names hold while the query is planned; clients make them unique.
pub(super) async fn plan(planner: &mut Planner<'_>, with: &WithRelations) -> Result<LogicalPlan> {
    let root = with.root.as_deref().ok_or_else(|| invalid_plan("The query is missing."))?;
    let mut names = Vec::new();
    for reference in &with.references {
        let Some(RelType::SubqueryAlias(alias)) = &reference.rel_type else {
            forget(planner, &names);
            return Err(unsupported("a query that refers to another DataFrame in a subquery"));
        };
        let input = alias.input.as_deref().ok_or_else(|| invalid_plan("A named DataFrame is missing."))?;
        let planned = planner.relation(input).await;
        let kept =
            planned.and_then(|plan| Ok(planner.session.engine.create_temp_view(&alias.alias, plan, true)?));
        if let Err(error) = kept {
            forget(planner, &names);
            return Err(error);
        }
        names.push(alias.alias.clone());
    }
    let plan = planner.relation(root).await;
    forget(planner, &names);
    plan
}

fn forget(planner: &Planner<'_>, names: &[String]) {
    for name in names {
        planner.session.engine.drop_temp_view(name);
    }
}
