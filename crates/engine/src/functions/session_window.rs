//! `session_window(time, gap)`: windows that end when nothing came for the gap (Structured Streaming guide, "Session
//! window").
//!
//! The function gives each row a window of its own, from its time to its time plus the gap; windows that touch are made
//! one by [`crate::operators`]. The gap is a text, or an expression of one that differs from row to row.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, StructArray, TimestampMicrosecondArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit, TimestampMicrosecondType};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::window::window_fields;
use crate::EngineError;
use crate::operators::{DELAY_METADATA, SESSION_METADATA};

/// The call.
pub(super) fn call(args: Vec<Expr>) -> Result<Expr, EngineError> {
    let args = super::expect_args("session_window", args, 2..=2)?;
    if let Some(Expr::Literal(_, _)) = args.get(1) {
        let gap = super::literal_text("session_window", args.get(1).unwrap_or(&Expr::default()))?;
        let length = super::interval::parse(&gap)?;
        if length.is_zero() {
            return Err(EngineError::analysis(format!(
                "The gap of a session window must be longer than nothing; it is '{gap}'"
            )));
        }
    }
    let signature = Signature::any(2, Volatility::Immutable);
    Ok(ScalarUDF::new_from_impl(SessionWindow { signature }).call(args))
}

/// Whether an expression is a `session_window(...)`.
pub(crate) fn is_session(expr: &Expr) -> bool {
    match expr {
        Expr::Alias(alias) => is_session(&alias.expr),
        Expr::ScalarFunction(function) => {
            let implementation: &dyn std::any::Any = function.func.inner().as_ref();
            implementation.is::<SessionWindow>()
        }
        _ => false,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SessionWindow {
    signature: Signature,
}

/// The gaps in microseconds, one for each row; null where the text is no interval or the gap is not positive.
fn gaps(column: &ArrayRef) -> Result<Vec<Option<i64>>> {
    let texts = cast(column, &DataType::Utf8)?;
    let mut known: HashMap<&str, Option<i64>> = HashMap::new();
    Ok(texts
        .as_string::<i32>()
        .iter()
        .map(|text| {
            let text = text?;
            *known.entry(text).or_insert_with(|| {
                let length = super::interval::parse(text).ok()?;
                i64::try_from(length.as_micros()).ok().filter(|us| *us > 0)
            })
        })
        .collect())
}

impl ScalarUDFImpl for SessionWindow {
    fn name(&self) -> &'static str {
        "session_window"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(window_fields()))
    }

    /// A session of a watermarked time is watermarked; all sessions are marked as such.
    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let field = Field::new(self.name(), self.return_type(&[])?, true);
        let delay = args.arg_fields.first().and_then(|time| time.metadata().get(DELAY_METADATA));
        let mark = (SESSION_METADATA.to_owned(), "true".to_owned());
        let delay = delay.map(|delay| (DELAY_METADATA.to_owned(), delay.clone()));
        Ok(Arc::new(field.with_metadata(std::iter::once(mark).chain(delay).collect())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let [time, gap]: [ColumnarValue; 2] = args
            .args
            .try_into()
            .map_err(|_| DataFusionError::Internal("a session window takes a time and a gap".to_owned()))?;
        let times = cast(&time.into_array(rows)?, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
        let starts = times.as_primitive::<TimestampMicrosecondType>();
        let gaps = match &gap {
            ColumnarValue::Scalar(one) => {
                let gap = gaps(&one.to_array()?)?.first().copied().flatten();
                vec![gap; rows]
            }
            ColumnarValue::Array(column) => gaps(column)?,
        };
        let ends =
            starts.values().iter().zip(&gaps).map(|(start, gap)| start.saturating_add(gap.unwrap_or(0)));
        let ends = TimestampMicrosecondArray::from_iter_values(ends);
        let has_gap = NullBuffer::from_iter(gaps.iter().map(Option::is_some));
        let nulls = NullBuffer::union(starts.nulls(), Some(&has_gap));
        let columns: Vec<ArrayRef> =
            vec![Arc::new(starts.clone().with_timezone("UTC")), Arc::new(ends.with_timezone("UTC"))];
        Ok(ColumnarValue::Array(Arc::new(StructArray::new(window_fields(), columns, nulls))))
    }
}
