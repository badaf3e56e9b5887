//! A cell's text, as Spark's cast to string in `show` writes it.

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float32Type, Float64Type, TimeUnit, TimestampMicrosecondType};
use chrono::{DateTime, NaiveDate, TimeZone as _};

const NULL: &str = "NULL";

/// The cells of a column as `show` writes them, times in `time_zone` (UTC if there is no such zone).
pub fn cells(column: &ArrayRef, time_zone: &str) -> Vec<String> {
    let zone = time_zone.parse::<Tz>().or_else(|_| "UTC".parse::<Tz>()).ok();
    (0..column.len()).map(|row| cell(column, row, zone)).collect()
}

fn cell(column: &ArrayRef, row: usize, zone: Option<Tz>) -> String {
    if column.is_null(row) {
        return NULL.to_owned();
    }
    match column.data_type() {
        DataType::Null => NULL.to_owned(),
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Binary => hex(column.as_binary::<i32>().value(row)),
        DataType::Float64 => double(column.as_primitive::<Float64Type>().value(row)),
        DataType::Float32 => float(column.as_primitive::<Float32Type>().value(row)),
        DataType::Date32 => date(column.as_primitive::<Date32Type>().value(row)),
        DataType::Timestamp(TimeUnit::Microsecond, with_zone) => {
            let us = column.as_primitive::<TimestampMicrosecondType>().value(row);
            timestamp(us, if with_zone.is_some() { zone } else { None })
        }
        DataType::Timestamp(_, with_zone) => {
            let wanted = DataType::Timestamp(TimeUnit::Microsecond, with_zone.clone());
            cast(&column.slice(row, 1), &wanted).map_or_else(|_| NULL.to_owned(), |one| cell(&one, 0, zone))
        }
        DataType::Struct(_) => {
            let parts = column.as_struct().columns().iter().map(|part| cell(part, row, zone));
            format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
        }
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            let parts = (0..items.len()).map(|i| cell(&items, i, zone));
            format!("[{}]", parts.collect::<Vec<_>>().join(", "))
        }
        DataType::Map(_, _) => {
            let entries = column.as_map().value(row);
            let parts = (0..entries.len()).map(|i| {
                let [key, value] = [0, 1].map(|c| {
                    entries.columns().get(c).map_or_else(|| NULL.to_owned(), |column| cell(column, i, zone))
                });
                format!("{key} -> {value}")
            });
            format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
        }
        _ => match cast(&column.slice(row, 1), &DataType::Utf8) {
            Ok(text) if text.is_valid(0) => text.as_string::<i32>().value(0).to_owned(),
            _ => NULL.to_owned(),
        },
    }
}

fn hex(bytes: &[u8]) -> String {
    let parts: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("[{}]", parts.join(" "))
}

fn date(days: i32) -> String {
    NaiveDate::from_epoch_days(days).map_or_else(|| NULL.to_owned(), |date| date.to_string())
}

/// Date and time; the fraction without its trailing zeros.
fn timestamp(us: i64, zone: Option<Tz>) -> String {
    let Some(utc) = DateTime::from_timestamp_micros(us) else { return NULL.to_owned() };
    let local =
        zone.map_or_else(|| utc.naive_utc(), |zone| zone.from_utc_datetime(&utc.naive_utc()).naive_local());
    let mut text = local.format("%Y-%m-%d %H:%M:%S").to_string();
    let fraction = us.rem_euclid(1_000_000);
    if fraction != 0 {
        text.push_str(format!(".{fraction:06}").trim_end_matches('0'));
    }
    text
}

/// Java's `Double.toString`.
pub(crate) fn double(value: f64) -> String {
    java_float(value, &format!("{value:?}"), &format!("{value:e}"))
}

fn float(value: f32) -> String {
    java_float(f64::from(value), &format!("{value:?}"), &format!("{value:e}"))
}

fn java_float(value: f64, plain: &str, scientific: &str) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() };
    }
    let size = value.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return plain.to_owned();
    }
    let (digits, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}
