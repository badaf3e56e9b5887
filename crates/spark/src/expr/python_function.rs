//! `CommonInlineUserDefinedFunction`: a Python function as a column, and functions registered by name.

use std::sync::Arc;

use datafusion::logical_expr::Expr;
use millstream_engine as engine;

use super::Scope;
use crate::error::{Result, invalid_plan, unsupported};
use crate::proto::connect::CommonInlineUserDefinedFunction;
use crate::proto::connect::common_inline_user_defined_function::Function;
use crate::python::{Interpreter, PythonFunction, is_done};
use crate::session::Session;
use crate::types;

pub(super) fn convert(scope: &Scope<'_>, asked: &CommonInlineUserDefinedFunction) -> Result<Expr> {
    let args = asked.arguments.iter().map(|arg| scope.convert(arg)).collect::<Result<Vec<_>>>()?;
    let names: Vec<_> = args.iter().map(engine::functions::name_of).collect();
    let udf = function(scope.session, asked)?.udf();
    let args = args.into_iter().map(|arg| arg.unalias_nested().data).collect();
    Ok(udf.call(args).alias(format!("{}({})", asked.function_name, names.join(", "))))
}

/// The session's function for a message; the same one for the same function again, with its worker.
pub(crate) fn function(
    session: &Session,
    asked: &CommonInlineUserDefinedFunction,
) -> Result<Arc<PythonFunction>> {
    let python = match &asked.function {
        Some(Function::PythonUdf(python)) => python,
        Some(_) => return Err(unsupported("a function in Java or Scala")),
        None => return Err(invalid_plan("The function is missing.")),
    };
    if !is_done(python.eval_type) {
        return Err(unsupported(format!(
            "the Python function {} of kind {} (functions of rows and of pandas or Arrow columns are there)",
            asked.function_name, python.eval_type
        )));
    }
    if let Some(known) = session.functions.find(&asked.function_name, &python.command) {
        return Ok(known);
    }
    let returns = python.output_type.as_ref().ok_or_else(|| invalid_plan("The function has no type."))?;
    let made = Arc::new(PythonFunction {
        name: asked.function_name.clone(),
        kind: python.eval_type,
        command: python.command.clone(),
        returns: types::from_proto(returns)?,
        deterministic: asked.deterministic,
        python: Interpreter::of(session.program.as_deref(), "a Python function")?,
        console: session.console.clone(),
        worker: Default::default(),
    });
    session.functions.keep(Arc::clone(&made));
    Ok(made)
}
