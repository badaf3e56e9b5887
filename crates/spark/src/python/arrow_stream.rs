//! Rows on their way to and from a worker: Arrow streams of Spark's own types.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use millstream_engine::EngineError;

use crate::types::{canonical, type_name_in_sql};

/// The rows as a stream; timestamps carry `zone`, and every column may be null.
///
/// # Errors
/// A type that Spark does not have.
pub(super) fn encode(rows: &RecordBatch, zone: &str) -> Result<Vec<u8>, EngineError> {
    let (mut fields, mut columns) = (Vec::new(), Vec::<ArrayRef>::new());
    for (field, column) in rows.schema().fields().iter().zip(rows.columns()) {
        let kind =
            canonical(column.data_type(), zone).map_err(|error| EngineError::execution(error.message))?;
        columns.push(cast(column, &kind)?);
        fields.push(Field::new(field.name(), kind, true));
    }
    let schema = Arc::new(Schema::new(fields));
    let count = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &count)?;
    let mut writer = StreamWriter::try_new(Vec::new(), &schema)?;
    writer.write(&batch)?;
    Ok(writer.into_inner()?)
}

/// The batches of a stream; none of no bytes.
///
/// # Errors
/// It is no Arrow stream.
pub(super) fn decode(data: &[u8]) -> Result<Vec<RecordBatch>, EngineError> {
    if data.is_empty() {
        return Ok(Vec::new());
    }
    let reader = StreamReader::try_new(std::io::Cursor::new(data), None)?;
    Ok(reader.collect::<Result<Vec<_>, _>>()?)
}

/// The batches with the columns that were declared, by their places.
///
/// # Errors
/// More or fewer columns, or of other types.
pub(super) fn declared(
    batches: Vec<RecordBatch>,
    schema: &SchemaRef,
    operation: &str,
) -> Result<Vec<RecordBatch>, EngineError> {
    let wanted = |batch: RecordBatch| {
        let actual = batch.schema();
        let same = actual.fields().len() == schema.fields().len()
            && actual.fields().iter().zip(schema.fields()).all(|(one, other)| same_type(one, other));
        if !same {
            let whole = |schema: &Schema| type_name_in_sql(&DataType::Struct(schema.fields().clone()));
            return Err(EngineError::arrow_types(operation, &whole(schema), &whole(&actual)));
        }
        let columns = batch.columns().iter().zip(schema.fields());
        let columns = columns.map(|(column, field)| cast(column, field.data_type()));
        let count = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &count)?)
    };
    batches.into_iter().map(wanted).collect()
}

/// Whether two columns have one type of Spark's, whatever may be null and however the parts of lists are called.
fn same_type(one: &Field, other: &Field) -> bool {
    let of = |field: &Field| canonical(field.data_type(), "UTC").ok();
    of(one).zip(of(other)).is_some_and(|(one, other)| same_kind(&one, &other))
}

fn same_kind(one: &DataType, other: &DataType) -> bool {
    match (one, other) {
        (DataType::List(one), DataType::List(other)) | (DataType::Map(one, _), DataType::Map(other, _)) => {
            same_kind(one.data_type(), other.data_type())
        }
        (DataType::Struct(ones), DataType::Struct(others)) => {
            let same = |(one, other): (&FieldRef, &FieldRef)| same_kind(one.data_type(), other.data_type());
            ones.len() == others.len() && ones.iter().zip(others).all(same)
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, LargeStringArray};
    use arrow::datatypes::{TimeUnit, UInt8Type};
    use expect_test::expect;

    use super::*;

    #[test]
    fn what_a_function_gives_is_held_against_what_it_declared() {
        let words: ArrayRef = Arc::new(LargeStringArray::from(vec!["a"]));
        let counts: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let made = RecordBatch::try_from_iter([("w", words), ("n", counts)]).unwrap();
        let wanted = |kinds: &[DataType]| {
            let fields =
                kinds.iter().enumerate().map(|(at, kind)| Field::new(format!("c{at}"), kind.clone(), true));
            Arc::new(Schema::new(fields.collect::<Vec<_>>()))
        };
        let fits = declared(vec![made.clone()], &wanted(&[DataType::Utf8, DataType::Int64]), "mapInArrow()")
            .unwrap();
        assert_eq!(
            fits.first().map(|batch| batch.schema()),
            Some(wanted(&[DataType::Utf8, DataType::Int64]))
        );
        let refused = |kinds: &[DataType]| {
            declared(vec![made.clone()], &wanted(kinds), "mapInArrow()").unwrap_err().to_string()
        };
        expect![[r#"[ARROW_TYPE_MISMATCH] Invalid schema from mapInArrow(): expected STRUCT<c0: STRING, c1: INT>, got STRUCT<w: STRING NOT NULL, n: BIGINT NOT NULL>. SQLSTATE: 42K0G"#]].assert_eq(&refused(&[DataType::Utf8, DataType::Int32]));
        expect![[r#"[ARROW_TYPE_MISMATCH] Invalid schema from mapInArrow(): expected STRUCT<c0: STRING>, got STRUCT<w: STRING NOT NULL, n: BIGINT NOT NULL>. SQLSTATE: 42K0G"#]].assert_eq(&refused(&[DataType::Utf8]));
    }

    #[test]
    fn rows_go_and_come_back() {
        let kinds = [DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())), DataType::UInt8];
        let columns: Vec<ArrayRef> = vec![
            Arc::new(
                arrow::array::TimestampNanosecondArray::from(vec![Some(1_000), None]).with_timezone("UTC"),
            ),
            Arc::new(arrow::array::PrimitiveArray::<UInt8Type>::from(vec![1, 2])),
        ];
        let fields: Vec<_> = kinds.iter().map(|kind| Field::new("same", kind.clone(), false)).collect();
        let rows = RecordBatch::try_new(
            Arc::new(Schema::new(vec![fields[0].clone().with_nullable(true), fields[1].clone()])),
            columns,
        )
        .unwrap();
        let back = decode(&encode(&rows, "Europe/Berlin").unwrap()).unwrap();
        assert_eq!(back.len(), 1);
        assert_eq!(
            back[0].schema().field(0).data_type(),
            &DataType::Timestamp(TimeUnit::Microsecond, Some("Europe/Berlin".into()))
        );
        assert_eq!(back[0].schema().field(1).data_type(), &DataType::Int16);
        assert_eq!(decode(&[]).unwrap().len(), 0);
        assert!(decode(b"no stream").is_err());
    }
}
