//! `df.join(other, on, how)`: the two inputs' columns told apart, then joined.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::common::{Column, JoinType, TableReference};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::column;
use super::project::project;
use crate::EngineError;

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Two plans about to be joined. Columns that both have under one name get a table name of their side's own, so that
/// each can be told from the other; [`super::column`] finds a bare name that both have to be ambiguous, as Spark does.
#[derive(Debug, Clone)]
pub struct JoinInputs {
    left: LogicalPlan,
    right: LogicalPlan,
}

/// The plan with another table name for those of its columns that `clashes`.
fn renamed(
    plan: LogicalPlan,
    table: &str,
    clashes: impl Fn(&Column) -> bool,
) -> Result<LogicalPlan, EngineError> {
    let columns = plan.schema().columns();
    if !columns.iter().any(&clashes) {
        return Ok(plan);
    }
    let exprs = columns.into_iter().map(|column| {
        if clashes(&column) {
            let name = column.name.clone();
            Expr::Column(column).alias_qualified(Some(TableReference::bare(table)), name)
        } else {
            Expr::Column(column)
        }
    });
    let exprs: Vec<Expr> = exprs.collect();
    project(plan, exprs)
}

impl JoinInputs {
    /// The inputs of a join.
    ///
    /// # Errors
    /// The columns cannot be laid out.
    pub fn new(left: LogicalPlan, right: LogicalPlan) -> Result<Self, EngineError> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let lefts: HashSet<Column> = left.schema().columns().into_iter().collect();
        let rights: HashSet<String> = right.schema().columns().into_iter().map(|c| c.name).collect();
        // A name without a table on either side clashes with the same name of any table on the other.
        let names: HashSet<String> = lefts.iter().map(|column| column.name.clone()).collect();
        let bare: HashSet<String> =
            lefts.iter().filter(|c| c.relation.is_none()).map(|c| c.name.clone()).collect();
        let left = renamed(left, &format!("__left_{number}"), |column| {
            column.relation.is_none() && rights.contains(&column.name)
        })?;
        let right = renamed(right, &format!("__right_{number}"), |column| {
            lefts.contains(column)
                || bare.contains(&column.name)
                || (column.relation.is_none() && names.contains(&column.name))
        })?;
        Ok(Self { left, right })
    }

    /// Both inputs' columns side by side, left before right: what the names of a condition are looked up in.
    ///
    /// # Errors
    /// The columns cannot be laid out.
    pub fn both(&self) -> Result<LogicalPlan, EngineError> {
        Ok(LogicalPlanBuilder::from(self.left.clone()).cross_join(self.right.clone())?.build()?)
    }

    /// The join on a condition over [`JoinInputs::both`]; without one, every pair.
    ///
    /// # Errors
    /// A condition that is no truth value.
    pub fn on(self, how: JoinType, condition: Option<Expr>) -> Result<LogicalPlan, EngineError> {
        let left = LogicalPlanBuilder::from(self.left);
        let plan = match (how, condition) {
            (JoinType::Inner, None) => left.cross_join(self.right)?,
            (how, condition) => left.join_on(self.right, how, condition)?,
        };
        Ok(plan.build()?)
    }

    /// The join on columns that both have; each comes once in the result, before the others.
    ///
    /// # Errors
    /// A column that one of the inputs does not have.
    pub fn using(self, how: JoinType, names: &[String]) -> Result<LogicalPlan, EngineError> {
        let find = |plan: &LogicalPlan, name: &String, side: &str| match column(plan, name) {
            Ok(Expr::Column(found)) => Ok(found),
            Err(error) if error.to_string().contains("AMBIGUOUS") => Err(error),
            _ => {
                let list: Vec<_> = super::column::names(plan).iter().map(|n| format!("`{n}`")).collect();
                Err(EngineError::analysis(format!(
                    "[UNRESOLVED_USING_COLUMN_FOR_JOIN] USING column `{name}` cannot be resolved on the {side} side of \
                     the join. The {side}-side columns: [{}]. SQLSTATE: 42703",
                    list.join(", ")
                )))
            }
        };
        let lefts = names.iter().map(|name| find(&self.left, name, "left")).collect::<Result<Vec<_>, _>>()?;
        let rights =
            names.iter().map(|name| find(&self.right, name, "right")).collect::<Result<Vec<_>, _>>()?;
        let equal = |(l, r): (&Column, &Column)| Expr::Column(l.clone()).eq(Expr::Column(r.clone()));
        let condition = lefts.iter().zip(&rights).map(equal).reduce(Expr::and);
        let rest = |plan: &LogicalPlan, keys: &[Column]| {
            plan.schema()
                .columns()
                .into_iter()
                .filter(|c| !keys.contains(c))
                .map(Expr::Column)
                .collect::<Vec<_>>()
        };
        let (left_rest, right_rest) = (rest(&self.left, &lefts), rest(&self.right, &rights));
        let keys = lefts.into_iter().zip(rights).map(|(left, right)| match how {
            JoinType::Right => Expr::Column(right),
            JoinType::Full => {
                let name = left.name.clone();
                coalesce(vec![Expr::Column(left), Expr::Column(right)]).alias(name)
            }
            _ => Expr::Column(left),
        });
        let keys: Vec<Expr> = keys.collect();
        let joined = self.on(how, condition)?;
        let one_sided = matches!(how, JoinType::LeftSemi | JoinType::LeftAnti);
        let right_rest = if one_sided { Vec::new() } else { right_rest };
        let columns = keys.into_iter().chain(left_rest).chain(right_rest);
        project(joined, columns.collect())
    }
}

/// A kind of join by the name that a program writes.
///
/// # Errors
/// A name that is no kind of join.
pub fn join_type(name: &str) -> Result<JoinType, EngineError> {
    Ok(match name.to_ascii_lowercase().replace('_', "").as_str() {
        "inner" | "cross" => JoinType::Inner,
        "outer" | "full" | "fullouter" => JoinType::Full,
        "left" | "leftouter" => JoinType::Left,
        "right" | "rightouter" => JoinType::Right,
        "semi" | "leftsemi" => JoinType::LeftSemi,
        "anti" | "leftanti" => JoinType::LeftAnti,
        _ => {
            return Err(EngineError::analysis(format!(
                "[UNSUPPORTED_JOIN_TYPE] Unsupported join type '{name}'. Supported join types include: 'inner', \
                 'outer', 'full', 'fullouter', 'full_outer', 'leftouter', 'left', 'left_outer', 'rightouter', 'right', \
                 'right_outer', 'leftsemi', 'left_semi', 'semi', 'leftanti', 'left_anti', 'anti', 'cross'. \
                 SQLSTATE: 0A000"
            )));
        }
    })
}
