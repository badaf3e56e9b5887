//! `window(time, size[, slide[, start]])`: windows of event time (Structured Streaming guide, "Window Operations").
//!
//! A tumbling window is computed in place. Sliding ones are laid out by [`crate::plan`]: the starts of all windows of a
//! row as a list, unnested, and the window made from its start.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, ListBuilder, StructArray, TimestampMicrosecondArray,
    TimestampMicrosecondBuilder,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, TimeUnit, TimestampMicrosecondType};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::EngineError;
use crate::operators::DELAY_METADATA;

/// The most windows that one row may fall into.
const MAX_WINDOWS: i64 = 10_000;

/// Size, slide and offset in microseconds; `0 < slide <= size`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TimeWindow {
    size: i64,
    slide: i64,
    start: i64,
}

fn micros(text: &str) -> Result<i64, EngineError> {
    let length = super::interval::parse(text)?;
    i64::try_from(length.as_micros())
        .map_err(|_| EngineError::illegal_argument(format!("{text} is too long")))
}

/// `window(time, size, slide, start)` with the lengths as texts (`1 hour`).
///
/// # Errors
/// A text that is no interval, or lengths that do not go together.
pub fn time_window(
    time: Expr,
    size: &str,
    slide: Option<&str>,
    start: Option<&str>,
) -> Result<Expr, EngineError> {
    let size = micros(size)?;
    let slide = slide.map(micros).transpose()?.unwrap_or(size);
    let start = start.map(micros).transpose()?.unwrap_or(0);
    if size <= 0 || slide <= 0 || slide > size || start >= slide || size / slide > MAX_WINDOWS {
        return Err(EngineError::analysis(format!(
            "The window of {size} us sliding by {slide} us from {start} us is not allowed: the slide must be more than \
             zero and not more than the size (at most {MAX_WINDOWS} windows a row), and the start less than the slide."
        )));
    }
    let window = TimeWindow { size, slide, start };
    Ok(ScalarUDF::new_from_impl(WindowUdf::new(window, Step::Window)).call(vec![time]))
}

/// The call.
pub(super) fn call(args: Vec<Expr>) -> Result<Expr, EngineError> {
    let args = super::expect_args("window", args, 2..=4)?;
    let text = |index: usize| args.get(index).map(|arg| super::literal_text("window", arg)).transpose();
    let (size, slide, start) = (text(1)?, text(2)?, text(3)?);
    match (args.first(), size) {
        (Some(time), Some(size)) => time_window(time.clone(), &size, slide.as_deref(), start.as_deref()),
        _ => Err(EngineError::analysis("window takes a time column and a size")),
    }
}

/// The window and the time of a `window(...)`.
pub(crate) fn as_window(expr: &Expr) -> Option<(TimeWindow, Expr)> {
    let Expr::ScalarFunction(function) = expr else { return None };
    let implementation: &dyn std::any::Any = function.func.inner().as_ref();
    let udf = implementation.downcast_ref::<WindowUdf>().filter(|udf| udf.step == Step::Window)?;
    Some((udf.window, function.args.first()?.clone()))
}

impl TimeWindow {
    /// Whether windows overlap.
    pub(crate) fn slides(self) -> bool {
        self.slide < self.size
    }

    /// The starts of all windows that a time falls into, as a list.
    pub(crate) fn starts(self, time: Expr) -> Expr {
        ScalarUDF::new_from_impl(WindowUdf::new(self, Step::Starts)).call(vec![time])
    }

    /// The window that begins at `start`; `time` only gives its watermark to it.
    pub(crate) fn at_start(self, start: Expr, time: Expr) -> Expr {
        ScalarUDF::new_from_impl(WindowUdf::new(self, Step::FromStart)).call(vec![start, time])
    }

    /// The start of the last window that holds `time`.
    fn last_start(self, time: i64) -> i64 {
        time - (time - self.start).rem_euclid(self.slide)
    }

    fn made(self, starts: &TimestampMicrosecondArray) -> StructArray {
        let ends: TimestampMicrosecondArray = starts.unary(|start| start.saturating_add(self.size));
        let columns: Vec<ArrayRef> =
            vec![Arc::new(starts.clone().with_timezone("UTC")), Arc::new(ends.with_timezone("UTC"))];
        let nulls = starts.nulls().cloned();
        StructArray::new(window_fields(), columns, nulls)
    }
}

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

pub(super) fn window_fields() -> Fields {
    vec![Field::new("start", time_type(), true), Field::new("end", time_type(), true)].into()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    Window,
    Starts,
    FromStart,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct WindowUdf {
    window: TimeWindow,
    step: Step,
    signature: Signature,
}

impl WindowUdf {
    fn new(window: TimeWindow, step: Step) -> Self {
        let args = if step == Step::FromStart { 2 } else { 1 };
        Self { window, step, signature: Signature::any(args, Volatility::Immutable) }
    }

    fn starts(&self, times: &TimestampMicrosecondArray) -> ArrayRef {
        let TimeWindow { size, slide, .. } = self.window;
        let item = Field::new_list_field(time_type(), true);
        let mut lists = ListBuilder::new(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
            .with_field(Arc::new(item));
        for time in times {
            if let Some(time) = time {
                let mut start = self.window.last_start(time);
                while start > time.saturating_sub(size) {
                    lists.values().append_value(start);
                    start -= slide;
                }
            }
            lists.append(time.is_some());
        }
        Arc::new(lists.finish())
    }
}

impl ScalarUDFImpl for WindowUdf {
    fn name(&self) -> &'static str {
        match self.step {
            Step::Window => "window",
            Step::Starts => "window_starts",
            Step::FromStart => "window_from_start",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(match self.step {
            Step::Starts => DataType::List(Arc::new(Field::new_list_field(time_type(), true))),
            Step::Window | Step::FromStart => DataType::Struct(window_fields()),
        })
    }

    /// A window of a watermarked time is watermarked, as in Spark.
    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let field = Field::new(self.name(), self.return_type(&[])?, true);
        let delay = args.arg_fields.last().and_then(|time| time.metadata().get(DELAY_METADATA));
        Ok(Arc::new(match (self.step, delay) {
            (Step::Window | Step::FromStart, Some(delay)) => {
                field.with_metadata([(DELAY_METADATA.to_owned(), delay.clone())].into())
            }
            _ => field,
        }))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let first = args
            .args
            .into_iter()
            .next()
            .ok_or_else(|| DataFusionError::Internal("window of nothing".to_owned()))?;
        let times = cast(&first.into_array(rows)?, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
        let times = times.as_primitive::<TimestampMicrosecondType>();
        Ok(ColumnarValue::Array(match self.step {
            Step::Window => {
                let starts: TimestampMicrosecondArray = times.unary(|time| self.window.last_start(time));
                Arc::new(self.window.made(&starts))
            }
            Step::Starts => self.starts(times),
            Step::FromStart => Arc::new(self.window.made(times)),
        }))
    }
}
