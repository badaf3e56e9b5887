//! `when`: `F.when(a, x).when(b, y).otherwise(z)`: conditions and values in turn, then perhaps a last value.

use datafusion::logical_expr::{Case, Expr};

use crate::error::{Result, invalid_plan};

pub(super) fn build(args: Vec<Expr>) -> Result<Expr> {
    let mut branches = Vec::with_capacity(args.len() / 2);
    let mut otherwise = None;
    let mut args = args.into_iter();
    while let Some(first) = args.next() {
        match args.next() {
            Some(value) => branches.push((Box::new(first), Box::new(value))),
            None => otherwise = Some(Box::new(first)),
        }
    }
    if branches.is_empty() {
        return Err(invalid_plan("when() needs a condition and a value."));
    }
    Ok(Expr::Case(Case::new(None, branches, otherwise)))
}
