//! `NAFill`, `NADrop`, `NAReplace`: `df.fillna(...)`, `df.dropna(...)`, `df.replace(...)`.

use arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr, LogicalPlan, lit, when};
use millstream_engine as engine;

use super::Planner;
use crate::error::{Result, invalid_plan, quoted};
use crate::expr::literal_value;
use crate::proto::connect::{NaDrop, NaFill, NaReplace};

/// Whether a value of one type may stand for a missing one of another.
fn fits(column: &DataType, value: &DataType) -> bool {
    (column.is_numeric() && value.is_numeric())
        || (is_text(column) && is_text(value))
        || (*column == DataType::Boolean && *value == DataType::Boolean)
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// The columns that are named, or all; each with its name and type.
fn chosen(input: &LogicalPlan, names: &[String]) -> Result<Vec<(Expr, String, DataType)>> {
    let all = input.schema().columns().into_iter().zip(input.schema().fields());
    let all: Vec<_> = all
        .map(|(column, field)| (Expr::Column(column), field.name().clone(), field.data_type().clone()))
        .collect();
    if names.is_empty() {
        return Ok(all);
    }
    for name in names {
        // A name that is not there is Spark's error for it.
        engine::plan::column(input, &quoted([name.as_str()]))?;
    }
    Ok(all
        .into_iter()
        .filter(|(_, known, _)| names.iter().any(|name| name.eq_ignore_ascii_case(known)))
        .collect())
}

/// The plan with some columns replaced, all under their names.
fn with_replaced(input: LogicalPlan, replaced: Vec<(String, Expr)>) -> Result<LogicalPlan> {
    Ok(engine::plan::with_columns(input, replaced)?)
}

pub(super) async fn fill(planner: &mut Planner<'_>, fill: &NaFill) -> Result<LogicalPlan> {
    let input = planner.input(fill.input.as_deref()).await?;
    let values = fill.values.iter().map(literal_value).collect::<Result<Vec<_>>>()?;
    let [first, rest @ ..] = values.as_slice() else {
        return Err(invalid_plan("fillna has no value."));
    };
    let mut replaced = Vec::new();
    for (column, name, kind) in chosen(&input, &fill.cols)? {
        let at = fill.cols.iter().position(|wanted| wanted.eq_ignore_ascii_case(&name));
        let value = match at {
            Some(at) if !rest.is_empty() => values.get(at).unwrap_or(first),
            _ => first,
        };
        if fits(&kind, &value.data_type()) {
            let value = engine::functions::cast(lit(value.clone()), kind);
            let missing = match column.clone() {
                // NaN is missing, too.
                column
                    if input
                        .schema()
                        .field_with_unqualified_name(&name)
                        .is_ok_and(|f| f.data_type().is_floating()) =>
                {
                    let nan = engine::functions::call("isnan", vec![column.clone()], false)?.unalias();
                    column.is_null().or(nan)
                }
                column => column.is_null(),
            };
            replaced.push((name, when(missing, value).otherwise(column)?));
        }
    }
    with_replaced(input, replaced)
}

pub(super) async fn drop(planner: &mut Planner<'_>, drop: &NaDrop) -> Result<LogicalPlan> {
    let input = planner.input(drop.input.as_deref()).await?;
    let columns = chosen(&input, &drop.cols)?;
    let mut present = Vec::new();
    for (column, _, kind) in columns {
        let there = if kind.is_floating() {
            let nan = engine::functions::call("isnan", vec![column.clone()], false)?.unalias();
            column.is_not_null().and(!nan)
        } else {
            column.is_not_null()
        };
        present.push(there);
    }
    let wanted = drop.min_non_nulls.unwrap_or_else(|| i32::try_from(present.len()).unwrap_or(i32::MAX));
    let mut count = lit(0);
    for there in present {
        count = count + when(there, lit(1)).otherwise(lit(0))?;
    }
    Ok(engine::plan::filter(input, count.gt_eq(lit(wanted)))?)
}

pub(super) async fn replace(planner: &mut Planner<'_>, replace: &NaReplace) -> Result<LogicalPlan> {
    let input = planner.input(replace.input.as_deref()).await?;
    let mut pairs = Vec::new();
    for replacement in &replace.replacements {
        let (Some(old), Some(new)) = (&replacement.old_value, &replacement.new_value) else {
            return Err(invalid_plan("A replacement lacks a value."));
        };
        pairs.push((literal_value(old)?, literal_value(new)?));
    }
    let mut replaced = Vec::new();
    for (column, name, kind) in chosen(&input, &replace.cols)? {
        let fitting: Vec<_> = pairs.iter().filter(|(old, _)| fits(&kind, &old.data_type())).collect();
        let [(old, new), more @ ..] = fitting.as_slice() else { continue };
        let cast = |value: &datafusion::scalar::ScalarValue| {
            engine::functions::cast(lit(value.clone()), kind.clone())
        };
        let mut case = when(column.clone().eq(cast(old)), cast(new));
        for (old, new) in more {
            case = case.when(column.clone().eq(cast(old)), cast(new));
        }
        replaced.push((name, case.otherwise(column)?));
    }
    with_replaced(input, replaced)
}
