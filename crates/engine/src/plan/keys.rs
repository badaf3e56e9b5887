//! Which columns of a result say what its rows are about: those that come from the groups of its aggregation alone.

use datafusion::logical_expr::LogicalPlan;

/// The places of the key columns; empty if the plan has no aggregation, or loses its groups.
pub(crate) fn key_columns(plan: &LogicalPlan) -> Vec<usize> {
    match plan {
        LogicalPlan::Aggregate(aggregate) => (0..aggregate.group_expr.len()).collect(),
        LogicalPlan::Projection(projection) => {
            let below = key_columns(&projection.input);
            let schema = projection.input.schema();
            let is_key = |expr: &datafusion::logical_expr::Expr| {
                let columns = expr.column_refs();
                !columns.is_empty()
                    && columns.iter().all(|column| {
                        schema.index_of_column(column).is_ok_and(|index| below.contains(&index))
                    })
            };
            let keys = projection.expr.iter().enumerate().filter(|(_, expr)| is_key(expr));
            keys.map(|(index, _)| index).collect()
        }
        LogicalPlan::Filter(filter) => key_columns(&filter.input),
        LogicalPlan::Sort(sort) => key_columns(&sort.input),
        LogicalPlan::SubqueryAlias(alias) => key_columns(&alias.input),
        _ => Vec::new(),
    }
}
