//! A query's result as the page wants it: columns with a kind, rows of JSON values.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StructArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMillisecondType};
use millstream_console::model::{Column, ColumnKind, ResultTable};
use millstream_engine::{OutputMode, Snapshot, show};
use serde_json::{Value, json};

/// The snapshot's rows as version `version` of its query's result. Those of a query in `complete` mode are in the sink's order; others come as
/// they changed, so the newest event time is put first, and within it the greatest first number.
pub fn table(snapshot: &Snapshot, output_mode: OutputMode, version: u64) -> ResultTable {
    let schema = snapshot.rows.schema();
    let cells: Vec<Vec<Value>> = snapshot.rows.columns().iter().map(column).collect();
    let kinds: Vec<ColumnKind> = schema.fields().iter().map(|field| kind(field.data_type())).collect();
    let cell = |row: usize, column: &Vec<Value>| column.get(row).cloned().unwrap_or(Value::Null);
    let mut rows: Vec<Vec<Value>> = (0..snapshot.rows.num_rows())
        .map(|row| cells.iter().map(|column| cell(row, column)).collect())
        .collect();
    if output_mode != OutputMode::Complete {
        newest_first(&kinds, &mut rows);
    }
    ResultTable {
        version,
        columns: schema
            .fields()
            .iter()
            .map(|field| Column {
                name: field.name().clone(),
                data_type: millstream_spark::type_name_in_sql(field.data_type()),
                kind: kind(field.data_type()),
            })
            .collect(),
        rows,
        total_rows: snapshot.total_rows,
    }
}

/// Sorts by the first time or window, then by the first number, both from the greatest down.
fn newest_first(kinds: &[ColumnKind], rows: &mut [Vec<Value>]) {
    let time = kinds.iter().position(|kind| matches!(kind, ColumnKind::Time | ColumnKind::Window));
    let number = kinds.iter().position(|kind| *kind == ColumnKind::Number);
    let Some(time) = time else { return };
    let moment = |row: &Vec<Value>| {
        let value = row.get(time).unwrap_or(&Value::Null);
        value.get("end").unwrap_or(value).as_i64()
    };
    let amount = |row: &Vec<Value>| number.and_then(|at| row.get(at)?.as_f64());
    rows.sort_by(|one, other| {
        moment(other).cmp(&moment(one)).then_with(|| {
            let (one, other) = (amount(one).unwrap_or(f64::MIN), amount(other).unwrap_or(f64::MIN));
            other.total_cmp(&one)
        })
    });
}

/// How the page is to understand values of this type.
fn kind(data_type: &DataType) -> ColumnKind {
    match data_type {
        DataType::Boolean => ColumnKind::Boolean,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Binary => ColumnKind::Text,
        DataType::Timestamp(_, _) => ColumnKind::Time,
        DataType::Struct(_) if window_bounds(data_type) => ColumnKind::Window,
        numeric if numeric.is_numeric() => ColumnKind::Number,
        _ => ColumnKind::Json,
    }
}

fn window_bounds(data_type: &DataType) -> bool {
    let DataType::Struct(fields) = data_type else { return false };
    let is_time = |name: &str| {
        fields
            .iter()
            .any(|field| field.name() == name && matches!(field.data_type(), DataType::Timestamp(_, _)))
    };
    fields.len() == 2 && is_time("start") && is_time("end")
}

fn column(values: &ArrayRef) -> Vec<Value> {
    match kind(values.data_type()) {
        ColumnKind::Boolean => values.as_boolean().iter().map(|value| json!(value)).collect(),
        ColumnKind::Number => numbers(values),
        ColumnKind::Time => times(values),
        ColumnKind::Window => values.as_struct_opt().map(windows).unwrap_or_default(),
        ColumnKind::Text | ColumnKind::Json => {
            let cells = show::cells(values, "UTC").into_iter().enumerate();
            cells.map(|(row, cell)| if values.is_null(row) { Value::Null } else { json!(cell) }).collect()
        }
    }
}

fn numbers(values: &ArrayRef) -> Vec<Value> {
    if values.data_type().is_integer() {
        let whole = cast(values, &DataType::Int64).ok();
        let whole = whole.as_ref().and_then(|whole| whole.as_primitive_opt::<Int64Type>());
        return whole.map(|whole| whole.iter().map(|value| json!(value)).collect()).unwrap_or_default();
    }
    let real = cast(values, &DataType::Float64).ok();
    let real = real.as_ref().and_then(|real| real.as_primitive_opt::<Float64Type>());
    real.map(|real| real.iter().map(|value| json!(value)).collect()).unwrap_or_default()
}

fn times(values: &ArrayRef) -> Vec<Value> {
    let DataType::Timestamp(_, zone) = values.data_type() else { return Vec::new() };
    let millis = cast(values, &DataType::Timestamp(TimeUnit::Millisecond, zone.clone())).ok();
    let millis = millis.as_ref().and_then(|millis| millis.as_primitive_opt::<TimestampMillisecondType>());
    millis.map(|millis| millis.iter().map(|value| json!(value)).collect()).unwrap_or_default()
}

fn windows(values: &StructArray) -> Vec<Value> {
    let bound = |name: &str| values.column_by_name(name).map(times).unwrap_or_default();
    let (starts, ends) = (bound("start"), bound("end"));
    starts.into_iter().zip(ends).map(|(start, end)| json!({ "start": start, "end": end })).collect()
}

#[cfg(test)]
mod tests {
    use super::{ColumnKind, newest_first};
    use serde_json::json;

    #[test]
    fn the_newest_event_time_comes_first_and_in_it_the_greatest_number() {
        let window = |end: i64| json!({ "start": end - 10, "end": end });
        let mut rows = vec![
            vec![window(10), json!("a"), json!(5)],
            vec![window(20), json!("b"), json!(1)],
            vec![window(20), json!("c"), json!(2)],
            vec![window(20), json!("d"), json!(null)],
        ];
        newest_first(&[ColumnKind::Window, ColumnKind::Text, ColumnKind::Number], &mut rows);
        let names: Vec<_> = rows.iter().map(|row| row[1].as_str().unwrap()).collect();
        assert_eq!(names, ["c", "b", "d", "a"]);
        let unordered = rows.clone();
        newest_first(&[ColumnKind::Json, ColumnKind::Text, ColumnKind::Number], &mut rows);
        assert_eq!(rows, unordered, "without event time the order stays");
    }
}
