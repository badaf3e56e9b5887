//! `RegisterFunction`: `spark.udf.register("name", function)`: the function for SQL and `F.call_udf`.

use datafusion::execution::FunctionRegistry as _;
use datafusion::logical_expr::ScalarUDF;
use std::sync::Arc;

use crate::error::{Kind, Result, SparkError};
use crate::expr::python_function;
use crate::proto::connect::CommonInlineUserDefinedFunction;
use crate::session::Session;

pub(super) fn run(session: &Session, asked: CommonInlineUserDefinedFunction) -> Result<()> {
    let function = python_function(session, &asked)?;
    let udf: ScalarUDF = function.udf();
    session.engine.prepare_sql()?;
    let state = session.engine.context().state_ref();
    let lower = asked.function_name.to_lowercase();
    let udf = if udf.name() == lower { udf } else { udf.with_aliases([lower.as_str()]) };
    state.write().register_udf(Arc::new(udf))?;
    if !session.functions.register(function) {
        return Err(SparkError::plain(Kind::Spark, "This session has registered too many functions."));
    }
    Ok(())
}
