//! `window_time(window)`: the last instant of a window, by which a window of windows is made.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit, TimestampMicrosecondType};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::EngineError;
use crate::operators::DELAY_METADATA;

/// The call.
pub(super) fn call(args: Vec<Expr>) -> Result<Expr, EngineError> {
    let args = super::expect_args("window_time", args, 1..=1)?;
    Ok(ScalarUDF::new_from_impl(WindowTime { signature: Signature::any(1, Volatility::Immutable) })
        .call(args))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct WindowTime {
    signature: Signature,
}

impl ScalarUDFImpl for WindowTime {
    fn name(&self) -> &'static str {
        "window_time"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))
    }

    /// The time of a watermarked window is watermarked.
    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let field = Field::new(self.name(), self.return_type(&[])?, true);
        let delay = args.arg_fields.first().and_then(|window| window.metadata().get(DELAY_METADATA));
        Ok(Arc::new(match delay {
            Some(delay) => field.with_metadata([(DELAY_METADATA.to_owned(), delay.clone())].into()),
            None => field,
        }))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let wrong = || DataFusionError::Plan("window_time takes the column of a time window".to_owned());
        let window = args.args.into_iter().next().ok_or_else(wrong)?.into_array(rows)?;
        let window = window.as_struct_opt().ok_or_else(wrong)?;
        let end = cast(
            window.column_by_name("end").ok_or_else(wrong)?,
            &DataType::Timestamp(TimeUnit::Microsecond, None),
        )?;
        let last: TimestampMicrosecondArray =
            end.as_primitive::<TimestampMicrosecondType>().unary(|end| end.saturating_sub(1));
        let last: ArrayRef = Arc::new(last.with_timezone("UTC"));
        Ok(ColumnarValue::Array(arrow::compute::nullif(&last, &arrow::compute::is_null(window)?)?))
    }
}
