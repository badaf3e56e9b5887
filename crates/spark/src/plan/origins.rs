//! From which `DataFrame` a column was taken: `df.col` means that frame's column, wherever it stands now.
//!
//! PySpark numbers its frames and sends the number with the column (`plan_id`). The column is looked up in that frame and
//! followed from there up to where it is used: two inputs of a join with a column of one name are told apart by it, and
//! a column of a frame below `withWatermark` carries no watermark, as in Spark. A column that is not found that way is
//! looked up by its name.

use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::logical_expr::{Expr, LogicalPlan};
use millstream_engine as engine;

/// A relation that has been translated.
#[derive(Debug)]
struct Node {
    plan_id: Option<i64>,
    plan: LogicalPlan,
    inputs: Vec<usize>,
}

/// The relations of a request so far.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    nodes: Vec<Node>,
    /// For each relation that is being translated, its inputs that have been.
    open: Vec<Vec<usize>>,
}

/// A column of a frame, found in another.
struct Found {
    expr: Expr,
    place: usize,
    lost_watermark: bool,
}

impl Origins {
    /// A relation begins.
    pub(super) fn begin(&mut self) {
        self.open.push(Vec::new());
    }

    /// The last relation that began has its plan, if it could be translated.
    pub(super) fn end(&mut self, plan_id: Option<i64>, plan: Option<&LogicalPlan>) {
        let inputs = self.open.pop().unwrap_or_default();
        if let Some(plan) = plan {
            self.nodes.push(Node { plan_id, plan: plan.clone(), inputs });
            if let Some(above) = self.open.last_mut() {
                above.push(self.nodes.len() - 1);
            }
        }
    }

    /// The column `name` of frame `plan_id` as an expression over `input`, which is made of the inputs of the relation
    /// that is being translated: one, or two side by side. None if it does not come from there.
    pub(crate) fn find(&self, input: &LogicalPlan, plan_id: i64, name: &str) -> Option<Expr> {
        let inputs = self.open.last()?;
        let mut before = 0;
        for number in inputs {
            if let Some(found) = self.trace(*number, plan_id, name) {
                let (table, field) = input.schema().iter().nth(before + found.place)?;
                let here = Expr::Column(Column::from((table, field)));
                let here = if found.lost_watermark { engine::functions::unmarked(here) } else { here };
                return replaced(found.expr, &here);
            }
            before += self.nodes.get(*number)?.plan.schema().fields().len();
        }
        None
    }

    /// Looks for a frame at and below a relation; gives the column's place among the relation's.
    fn trace(&self, number: usize, plan_id: i64, name: &str) -> Option<Found> {
        let node = self.nodes.get(number)?;
        if node.plan_id == Some(plan_id) {
            let expr = engine::plan::column(&node.plan, name).ok()?;
            let column = expr.column_refs().into_iter().next()?.clone();
            let place = node.plan.schema().index_of_column(&column).ok()?;
            return Some(Found { expr, place, lost_watermark: false });
        }
        node.inputs.iter().enumerate().find_map(|(side, input)| {
            let mut found = self.trace(*input, plan_id, name)?;
            let below = &self.nodes.get(*input)?.plan;
            let place = place_above(&node.plan, below, found.place, (side, node.inputs.len()))?;
            let marked = |plan: &LogicalPlan, place: usize| {
                plan.schema().fields().get(place).is_some_and(|field| engine::plan::has_watermark(field))
            };
            found.lost_watermark |= marked(&node.plan, place) && !marked(below, found.place);
            found.place = place;
            Some(found)
        })
    }
}

/// An expression with its one column replaced.
fn replaced(expr: Expr, column: &Expr) -> Option<Expr> {
    let replaced = expr.transform_up(|expr| match expr {
        Expr::Column(_) => Ok(Transformed::yes(column.clone())),
        other => Ok(Transformed::no(other)),
    });
    replaced.ok().map(|replaced| replaced.data)
}

/// Where column `place` of `below` stands in `plan`, of which it is input `side` of so many.
fn place_above(
    plan: &LogicalPlan,
    below: &LogicalPlan,
    place: usize,
    (side, inputs): (usize, usize),
) -> Option<usize> {
    match plan {
        LogicalPlan::Projection(projection) => {
            let column = match (projection.input.as_ref(), inputs) {
                (LogicalPlan::Join(join), 2) => {
                    let input = if side == 0 { &join.left } else { &join.right };
                    input.schema().columns().into_iter().nth(place)?
                }
                _ => below.schema().columns().into_iter().nth(place)?,
            };
            let column = Expr::Column(column);
            projection.expr.iter().position(|expr| match expr {
                // The same column, told apart from others of its name.
                Expr::Alias(alias) => *alias.expr == column && alias.relation.is_some(),
                other => *other == column,
            })
        }
        LogicalPlan::Join(join) if inputs == 2 => {
            let left = join.left.schema().fields().len();
            let whole = join.schema.fields().len();
            let above = if side == 0 { place } else { left + place };
            (above < whole).then_some(above)
        }
        other => {
            let name = below.schema().fields().get(place)?.name();
            let same = other.schema().fields().get(place).is_some_and(|field| field.name() == name);
            (inputs == 1 && same && !matches!(other, LogicalPlan::Aggregate(_))).then_some(place)
        }
    }
}
