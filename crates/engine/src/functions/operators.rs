//! Operators as functions, by the names that Spark Connect gives them.

use datafusion::logical_expr::{BinaryExpr, Case, Expr, Like, Operator, lit, not};

use crate::EngineError;

fn operator(name: &str) -> Option<Operator> {
    Some(match name {
        "+" => Operator::Plus,
        "-" => Operator::Minus,
        "*" => Operator::Multiply,
        "=" | "==" => Operator::Eq,
        "<=>" => Operator::IsNotDistinctFrom,
        "!=" | "<>" => Operator::NotEq,
        "<" => Operator::Lt,
        "<=" => Operator::LtEq,
        ">" => Operator::Gt,
        ">=" => Operator::GtEq,
        "and" => Operator::And,
        "or" => Operator::Or,
        "&" => Operator::BitwiseAnd,
        "|" => Operator::BitwiseOr,
        "^" => Operator::BitwiseXor,
        _ => return None,
    })
}

/// An operator's call; `None` if no operator has this name.
pub(super) fn call(name: &str, args: &[Expr]) -> Result<Option<Expr>, EngineError> {
    if let ([left, right], Some(op)) = (args, operator(name)) {
        return Ok(Some(binary(left.clone(), op, right.clone())));
    }
    Ok(Some(match (name, args) {
        ("%", [left, right]) => {
            // By zero is null, as with ANSI mode off.
            let zero = binary(right.clone(), Operator::Eq, lit(0_i32));
            let rest = binary(left.clone(), Operator::Modulo, right.clone());
            Expr::Case(Case::new(None, vec![(Box::new(not(zero)), Box::new(rest))], None))
        }
        ("/", [left, right]) => {
            // Spark divides as doubles; by zero is null.
            let double = arrow::datatypes::DataType::Float64;
            let divisor = super::cast(right.clone(), double.clone());
            let zero = binary(divisor.clone(), Operator::Eq, lit(0.0_f64));
            let quotient = binary(super::cast(left.clone(), double), Operator::Divide, divisor);
            Expr::Case(Case::new(None, vec![(Box::new(not(zero)), Box::new(quotient))], None))
        }
        ("negative" | "-", [one]) => Expr::Negative(Box::new(one.clone())),
        ("positive" | "+", [one]) => one.clone(),
        ("not" | "!", [one]) => not(one.clone()),
        ("isnull", [one]) => one.clone().is_null(),
        ("isnotnull", [one]) => one.clone().is_not_null(),
        ("between", [value, low, high]) => value.clone().between(low.clone(), high.clone()),
        ("in", [value, list @ ..]) => value.clone().in_list(list.to_vec(), false),
        ("like", [text, pattern]) => like(text, pattern, false),
        ("ilike", [text, pattern]) => like(text, pattern, true),
        ("when", [_, _, ..]) => when(args),
        ("if", [condition, yes, no]) => when(&[condition.clone(), yes.clone(), no.clone()]),
        _ => return Ok(None),
    }))
}

fn binary(left: Expr, op: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))
}

fn like(text: &Expr, pattern: &Expr, any_case: bool) -> Expr {
    Expr::Like(Like::new(false, Box::new(text.clone()), Box::new(pattern.clone()), None, any_case))
}

/// `when(condition, value, condition, value, ..., otherwise)`.
fn when(args: &[Expr]) -> Expr {
    let pairs = args.chunks_exact(2);
    let otherwise = pairs.remainder().first().cloned().map(Box::new);
    let pairs = pairs.filter_map(|pair| match pair {
        [condition, value] => Some((Box::new(condition.clone()), Box::new(value.clone()))),
        _ => None,
    });
    Expr::Case(Case::new(None, pairs.collect(), otherwise))
}
