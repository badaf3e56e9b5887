//! A column without its watermark: what a program refers to that takes a column from the frame below `withWatermark`.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::operators::DELAY_METADATA;

/// The name of the function, which never shows: columns keep theirs.
pub(crate) const NAME: &str = "unmarked";

/// The value as it is, without the mark of event time.
pub fn unmarked(expr: Expr) -> Expr {
    ScalarUDF::new_from_impl(Unmarked { signature: Signature::any(1, Volatility::Immutable) })
        .call(vec![expr])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Unmarked {
    signature: Signature,
}

impl ScalarUDFImpl for Unmarked {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(arg_types.first().cloned().unwrap_or(DataType::Null))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let field = args
            .arg_fields
            .first()
            .ok_or_else(|| DataFusionError::Internal("unmarked takes a column".to_owned()))?;
        let mut metadata = field.metadata().clone();
        metadata.remove(DELAY_METADATA);
        Ok(Arc::new(field.as_ref().clone().with_metadata(metadata)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        args.args
            .into_iter()
            .next()
            .ok_or_else(|| DataFusionError::Internal("unmarked takes a column".to_owned()))
    }
}
