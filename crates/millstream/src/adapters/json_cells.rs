//! A query's result as the page wants it: columns with a kind, rows of JSON values.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StructArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMillisecondType};
use millstream_console::model::{Column, ColumnKind, ResultTable};
use millstream_engine::{Snapshot, show};
use serde_json::{Value, json};

/// At most `limit` rows of the snapshot.
pub fn table(snapshot: &Snapshot, limit: usize) -> ResultTable {
    let rows = snapshot.rows.num_rows().min(limit);
    let shown: RecordBatch = snapshot.rows.slice(0, rows);
    let schema = shown.schema();
    let cells: Vec<Vec<Value>> = shown.columns().iter().map(column).collect();
    ResultTable {
        version: snapshot.batch_id,
        columns: schema
            .fields()
            .iter()
            .map(|field| Column {
                name: field.name().clone(),
                data_type: millstream_spark::type_name_in_sql(field.data_type()),
                kind: kind(field.data_type()),
            })
            .collect(),
        rows: (0..rows)
            .map(|row| cells.iter().map(|column| column.get(row).cloned().unwrap_or(Value::Null)).collect())
            .collect(),
        total_rows: snapshot.total_rows,
    }
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
