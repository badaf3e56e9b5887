//! How long a row of one side must be kept: what the watermark and the join's condition say together.
//!
//! Spark's rules (Structured Streaming guide, "Inner Joins with optional Watermarking"): a key with a watermark lets
//! rows go whose key is behind it. Otherwise a condition such as `click.time <= view.time + interval 1 hour` bounds the
//! times of one side by the watermark of the other.

use arrow::datatypes::{DataType, Schema, TimeUnit};
use datafusion::common::{JoinSide as PlanSide, ScalarValue};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::expressions::{BinaryExpr, CastExpr, Column, Literal, NegativeExpr};
use datafusion::physical_plan::joins::utils::JoinFilter;
use std::sync::Arc;

use crate::operators::event_time::delay_ms;

/// Which time of a row decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeOf {
    /// The join key at this place.
    Key(usize),
    /// The column of the row at this place.
    Row(usize),
}

/// When rows of one side may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    /// The time that decides.
    pub(super) time: TimeOf,
    /// Rows go at or behind the watermark plus the least of these, in microseconds; strictly behind where the flag is
    /// set. Empty: the watermark itself.
    offsets: Vec<(i64, bool)>,
}

impl Bound {
    /// The last time, in milliseconds since 1970, whose rows may go when the watermark is `watermark_ms`.
    pub(super) fn limit_ms(&self, watermark_ms: i64) -> i64 {
        let limits = self.offsets.iter().map(|(offset_us, strictly)| {
            let limit = watermark_ms.saturating_mul(1000).saturating_add(*offset_us).div_euclid(1000);
            limit.saturating_sub(i64::from(*strictly))
        });
        limits.min().unwrap_or(watermark_ms)
    }
}

/// The first column with a watermark.
pub(super) fn marked(schema: &Schema) -> Option<usize> {
    schema.fields().iter().position(|field| delay_ms(field).is_some())
}

/// What is compared for equality: an expression of the left side and one of the right.
type JoinKey = (Arc<dyn PhysicalExpr>, Arc<dyn PhysicalExpr>);

/// The bound by a join key: the place of the first key that carries a watermark on either side.
pub(super) fn key_with_watermark(keys: &[JoinKey], left: &Schema, right: &Schema) -> Option<Bound> {
    let is_marked = |key: &Arc<dyn PhysicalExpr>, schema: &Schema| {
        key.downcast_ref::<Column>()
            .and_then(|column| schema.fields().get(column.index()))
            .is_some_and(|field| delay_ms(field).is_some())
    };
    let place = keys.iter().position(|(l, r)| is_marked(l, left) || is_marked(r, right))?;
    Some(Bound { time: TimeOf::Key(place), offsets: Vec::new() })
}

/// The bound of one side's rows by the other side's watermark.
pub(super) fn by_condition(
    filter: &JoinFilter,
    of: PlanSide,
    left: &Schema,
    right: &Schema,
) -> Option<Bound> {
    let (own, other) = if of == PlanSide::Left { (left, right) } else { (right, left) };
    let (time, watermark) = (marked(own)?, marked(other)?);
    let wanted = Wanted { filter, of, time, watermark };
    let mut offsets = Vec::new();
    wanted.collect(filter.expression(), &mut offsets);
    (!offsets.is_empty()).then_some(Bound { time: TimeOf::Row(time), offsets })
}

/// What is looked for in a condition: `watermark + offset < time`.
struct Wanted<'a> {
    filter: &'a JoinFilter,
    of: PlanSide,
    time: usize,
    watermark: usize,
}

/// A side of a comparison as a sum.
#[derive(Default)]
struct Sum {
    /// How often the times of the two sides come in it.
    time: i32,
    watermark: i32,
    constant_us: i64,
}

impl Wanted<'_> {
    fn collect(&self, expr: &Arc<dyn PhysicalExpr>, offsets: &mut Vec<(i64, bool)>) {
        let Some(binary) = expr.downcast_ref::<BinaryExpr>() else { return };
        let (less, more, strictly) = match binary.op() {
            Operator::And => {
                self.collect(binary.left(), offsets);
                self.collect(binary.right(), offsets);
                return;
            }
            Operator::Lt => (binary.left(), binary.right(), false),
            Operator::LtEq => (binary.left(), binary.right(), true),
            Operator::Gt => (binary.right(), binary.left(), false),
            Operator::GtEq => (binary.right(), binary.left(), true),
            _ => return,
        };
        let mut sum = Sum::default();
        if self.add(less, 1, &mut sum).is_some()
            && self.add(more, -1, &mut sum).is_some()
            && sum.time == -1
            && sum.watermark == 1
        {
            offsets.push((sum.constant_us, strictly));
        }
    }

    /// Adds a term; none if it is not a sum of the two times and constants.
    fn add(&self, expr: &Arc<dyn PhysicalExpr>, sign: i32, sum: &mut Sum) -> Option<()> {
        if let Some(binary) = expr.downcast_ref::<BinaryExpr>() {
            let right_sign = match binary.op() {
                Operator::Plus => sign,
                Operator::Minus => -sign,
                _ => return None,
            };
            self.add(binary.left(), sign, sum)?;
            return self.add(binary.right(), right_sign, sum);
        }
        if let Some(negative) = expr.downcast_ref::<NegativeExpr>() {
            return self.add(negative.arg(), -sign, sum);
        }
        if let Some(cast) = expr.downcast_ref::<CastExpr>() {
            let kind = cast.cast_type();
            let keeps = kind.is_numeric() || matches!(kind, DataType::Timestamp(_, _));
            return if keeps { self.add(cast.expr(), sign, sum) } else { None };
        }
        if let Some(literal) = expr.downcast_ref::<Literal>() {
            let us = micros(literal.value())?.checked_mul(i64::from(sign))?;
            sum.constant_us = sum.constant_us.checked_add(us)?;
            return Some(());
        }
        let column = self.filter.column_indices().get(expr.downcast_ref::<Column>()?.index())?;
        match (column.side == self.of, column.index) {
            (true, index) if index == self.time => sum.time += sign,
            (false, index) if index == self.watermark => sum.watermark += sign,
            _ => return None,
        }
        Some(())
    }
}

/// A constant as microseconds; bare numbers are seconds. Months have no fixed length.
fn micros(value: &ScalarValue) -> Option<i64> {
    Some(match value {
        ScalarValue::IntervalMonthDayNano(Some(interval)) if interval.months == 0 => {
            i64::from(interval.days).checked_mul(86_400_000_000)?.checked_add(interval.nanoseconds / 1000)?
        }
        ScalarValue::IntervalDayTime(Some(interval)) => i64::from(interval.days)
            .checked_mul(86_400_000_000)?
            .checked_add(i64::from(interval.milliseconds) * 1000)?,
        ScalarValue::DurationMicrosecond(Some(us)) | ScalarValue::TimestampMicrosecond(Some(us), _) => *us,
        other => match other.cast_to(&DataType::Timestamp(TimeUnit::Second, None)).ok()? {
            ScalarValue::TimestampSecond(Some(seconds), _) => seconds.checked_mul(1_000_000)?,
            _ => return None,
        },
    })
}
