//! `RegisterFunction`: `spark.udf.register("name", function)`: the function for SQL and `F.call_udf`.

use datafusion::execution::FunctionRegistry as _;
use std::sync::Arc;

use crate::error::{Kind, Result, SparkError};
use crate::expr::python_function;
use crate::proto::connect::CommonInlineUserDefinedFunction;
use crate::session::Session;

/// SQL finds functions by their names in lower case.
pub(super) fn run(session: &Session, mut asked: CommonInlineUserDefinedFunction) -> Result<()> {
    asked.function_name = asked.function_name.to_lowercase();
    let function = python_function(session, &asked)?;
    session.engine.prepare_sql()?;
    let state = session.engine.context().state_ref();
    state.write().register_udf(Arc::new(function.udf()))?;
    if !session.functions.register(function) {
        return Err(SparkError::plain(Kind::Spark, "This session has registered too many functions."));
    }
    Ok(())
}
