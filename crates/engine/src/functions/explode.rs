//! `explode(list)`: a mark in an expression, which [`crate::plan::select`] lays out as an unnest.

use arrow::datatypes::DataType;
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::EngineError;

const NAME: &str = "explode";

/// The call.
pub(super) fn call(args: Vec<Expr>) -> Result<Expr, EngineError> {
    let args = super::expect_args(NAME, args, 1..=1)?;
    Ok(ScalarUDF::new_from_impl(Explode { signature: Signature::any(1, Volatility::Immutable) }).call(args))
}

/// The list of an `explode(...)`.
pub(crate) fn as_explode(expr: &Expr) -> Option<Expr> {
    match expr {
        Expr::ScalarFunction(function) if function.name() == NAME => function.args.first().cloned(),
        _ => None,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Explode {
    signature: Signature,
}

impl ScalarUDFImpl for Explode {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        match arg_types {
            [DataType::List(item)] => Ok(item.data_type().clone()),
            [other] => exec_err!(
                "[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] Cannot resolve \"explode\" due to data type mismatch: the first parameter requires the (\"ARRAY\" or \"MAP\") type, however it has the type \"{other}\". SQLSTATE: 42K09"
            ),
            _ => exec_err!("explode takes one argument"),
        }
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        exec_err!(
            "[UNSUPPORTED_GENERATOR.OUTSIDE_SELECT] The generator is not supported: outside the SELECT clause. SQLSTATE: 42K0E"
        )
    }
}
