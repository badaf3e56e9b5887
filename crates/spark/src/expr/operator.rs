//! Operators: what Python writes as `==`, `&`, `+`, `isNull()`, `like()` arrives as a function of that name.

use arrow::datatypes::DataType;
use datafusion::logical_expr::{BinaryExpr, Expr, Like, Operator, lit};
use millstream_engine as engine;

use crate::error::{Result, invalid_plan};

/// The operator's expression; the arguments come back if the name is no operator's.
pub(super) fn build(name: &str, args: Vec<Expr>) -> Result<Result<Expr, Vec<Expr>>> {
    if let Some(operator) = binary(name)
        && args.len() == 2
    {
        let [left, right] = pair(name, args)?;
        return Ok(Ok(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))));
    }
    Ok(Ok(match name {
        "/" => divide(pair(name, args)?),
        "not" | "!" => Expr::Not(Box::new(one(name, args)?)),
        "negative" => Expr::Negative(Box::new(one(name, args)?)),
        "positive" => one(name, args)?,
        "isnull" => one(name, args)?.is_null(),
        "isnotnull" => one(name, args)?.is_not_null(),
        "like" | "ilike" => {
            let [text, pattern] = pair(name, args)?;
            Expr::Like(Like::new(false, Box::new(text), Box::new(pattern), Some('\\'), name == "ilike"))
        }
        "in" => {
            let mut args = args.into_iter();
            let value = args.next().ok_or_else(|| invalid_plan("isin() lacks its value."))?;
            value.in_list(args.collect(), false)
        }
        _ => return Ok(Err(args)),
    }))
}

fn binary(name: &str) -> Option<Operator> {
    Some(match name {
        "==" | "=" => Operator::Eq,
        "!=" | "<>" => Operator::NotEq,
        "<=>" => Operator::IsNotDistinctFrom,
        "<" => Operator::Lt,
        "<=" => Operator::LtEq,
        ">" => Operator::Gt,
        ">=" => Operator::GtEq,
        "and" => Operator::And,
        "or" => Operator::Or,
        "+" => Operator::Plus,
        "-" => Operator::Minus,
        "*" => Operator::Multiply,
        "%" => Operator::Modulo,
        "&" => Operator::BitwiseAnd,
        "|" => Operator::BitwiseOr,
        "^" => Operator::BitwiseXor,
        "rlike" | "regexp" | "regexp_like" => Operator::RegexMatch,
        _ => return None,
    })
}

/// Spark divides as doubles, and by zero gives null.
fn divide([left, right]: [Expr; 2]) -> Expr {
    let double = |expr| engine::functions::cast(expr, DataType::Float64);
    let divisor = datafusion::functions::expr_fn::nullif(double(right), lit(0.0_f64));
    double(left) / divisor
}

fn one(name: &str, args: Vec<Expr>) -> Result<Expr> {
    let count = args.len();
    <[Expr; 1]>::try_from(args).map(|[arg]| arg).map_err(|_| wrong_count(name, 1, count))
}

fn pair(name: &str, args: Vec<Expr>) -> Result<[Expr; 2]> {
    let count = args.len();
    <[Expr; 2]>::try_from(args).map_err(|_| wrong_count(name, 2, count))
}

fn wrong_count(name: &str, wanted: usize, count: usize) -> crate::error::SparkError {
    invalid_plan(format!("The operator {name} takes {wanted} arguments, {count} were given."))
}
