//! `struct(a, b)` with the names of its parts, and `named_struct('x', a, 'y', b)`.

use datafusion::functions::core::named_struct;
use datafusion::logical_expr::{Expr, lit};

use super::naming::name_of;
use crate::EngineError;

/// The call.
pub(super) fn call(name: &str, args: Vec<Expr>) -> Result<Expr, EngineError> {
    if name == "named_struct" {
        return Ok(named_struct().call(args));
    }
    let named = args.into_iter().enumerate().flat_map(|(index, arg)| {
        let name = match &arg {
            Expr::Column(_) => name_of(&arg),
            // An alias with a bracket is Spark's name for a call, not the user's.
            Expr::Alias(alias) if !alias.name.contains('(') => name_of(&arg),
            Expr::ScalarFunction(function) if function.name() == "get_field" => name_of(&arg),
            _ => format!("col{}", index + 1),
        };
        [lit(name), arg.unalias()]
    });
    Ok(named_struct().call(named.collect()))
}
