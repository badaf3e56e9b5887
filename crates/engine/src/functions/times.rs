//! Functions of points in time: formats, parts of the Unix epoch, truncation, other zones.

use arrow::array::timezone::Tz;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone as _, Timelike as _};

use super::dates::{days_of, start_of};
use super::pattern::Pattern;
use super::rowwise::{Answer, Context, Gives, Kind, Out, RowFunction, Value, row};
use crate::EngineError;

pub(super) static TABLE: &[RowFunction] = &[
    row(&["date_format"], &[Kind::Time, Kind::Text], Gives::Text, format),
    row(&["from_unixtime"], &[Kind::Int, Kind::Text], Gives::Text, from_unixtime).from(1),
    row(&["unix_timestamp", "to_unix_timestamp"], &[Kind::Any, Kind::Text], Gives::Int64, unix_timestamp)
        .from(1),
    row(&["parse_date"], &[Kind::Text, Kind::Text], Gives::Date, parse_date),
    row(&["date_trunc"], &[Kind::Text, Kind::Time], Gives::Time, date_trunc),
    row(
        &["make_timestamp"],
        &[Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Double],
        Gives::Time,
        make_timestamp,
    ),
    row(&["timestamp_seconds"], &[Kind::Double], Gives::Time, timestamp_seconds),
    row(&["timestamp_millis"], &[Kind::Int], Gives::Time, |_, args| scaled_time(args, 1_000)),
    row(&["timestamp_micros"], &[Kind::Int], Gives::Time, |_, args| scaled_time(args, 1)),
    row(&["unix_seconds"], &[Kind::Time], Gives::Int64, |_, args| since_1970(args, 1_000_000)),
    row(&["unix_millis"], &[Kind::Time], Gives::Int64, |_, args| since_1970(args, 1_000)),
    row(&["unix_micros"], &[Kind::Time], Gives::Int64, |_, args| since_1970(args, 1)),
    row(&["from_utc_timestamp"], &[Kind::Time, Kind::Text], Gives::Time, |c, args| moved(c, args, true)),
    row(&["to_utc_timestamp"], &[Kind::Time, Kind::Text], Gives::Time, |c, args| moved(c, args, false)),
];

const DEFAULT_FORMAT: &str = "yyyy-MM-dd HH:mm:ss";

/// The wall clock's reading in a zone.
pub(super) fn local(us: i64, zone: Tz) -> Option<NaiveDateTime> {
    let utc = DateTime::from_timestamp_micros(us)?.naive_utc();
    Some(zone.from_utc_datetime(&utc).naive_local())
}

/// The point in time of a wall clock's reading in a zone.
pub(super) fn instant(local: NaiveDateTime, zone: Tz) -> Option<Out> {
    Some(Out::Time(zone.from_local_datetime(&local).earliest()?.timestamp_micros()))
}

fn written(us: i64, pattern: &str, zone: Tz) -> Answer {
    let pattern = Pattern::parse(pattern)?;
    Ok(pattern.write(us, zone).map(Out::Text))
}

fn format(context: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Time(us), Value::Text(pattern)] = args else { return Ok(None) };
    written(*us, pattern, context.zone)
}

fn from_unixtime(context: &Context, args: &[Value<'_>]) -> Answer {
    let (seconds, pattern) = match args {
        [Value::Int(seconds)] => (*seconds, DEFAULT_FORMAT),
        [Value::Int(seconds), Value::Text(pattern)] => (*seconds, *pattern),
        _ => return Ok(None),
    };
    match seconds.checked_mul(1_000_000) {
        Some(us) => written(us, pattern, context.zone),
        None => Ok(None),
    }
}

fn unix_timestamp(context: &Context, args: &[Value<'_>]) -> Answer {
    let us = match args {
        [Value::Time(us), ..] => Some(*us),
        [Value::Date(days), ..] => {
            let midnight = super::dates::date_of(*days).and_then(|date| date.and_hms_opt(0, 0, 0));
            match midnight.and_then(|midnight| instant(midnight, context.zone)) {
                Some(Out::Time(us)) => Some(us),
                _ => None,
            }
        }
        [Value::Text(text)] => Pattern::parse(DEFAULT_FORMAT)?.read(text, context.zone),
        [Value::Text(text), Value::Text(pattern)] => Pattern::parse(pattern)?.read(text, context.zone),
        _ => None,
    };
    Ok(us.map(|us| Out::Int(us.div_euclid(1_000_000))))
}

fn parse_date(context: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(text), Value::Text(pattern)] = args else { return Ok(None) };
    let us = Pattern::parse(pattern)?.read(text, context.zone);
    Ok(us.and_then(|us| local(us, context.zone)).and_then(|time| days_of(time.date())))
}

fn date_trunc(context: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(unit), Value::Time(us)] = args else { return Ok(None) };
    let Some(time) = local(*us, context.zone) else { return Ok(None) };
    let unit = unit.to_ascii_lowercase();
    let truncated = match unit.as_str() {
        "microsecond" => Some(time),
        "millisecond" => time.with_nanosecond(time.nanosecond() / 1_000_000 * 1_000_000),
        "second" => time.with_nanosecond(0),
        "minute" => time.with_nanosecond(0).and_then(|time| time.with_second(0)),
        "hour" => time.with_nanosecond(0).and_then(|time| time.with_second(0)?.with_minute(0)),
        "day" | "dd" => time.date().and_hms_opt(0, 0, 0),
        other => start_of(time.date(), other).and_then(|date| date.and_hms_opt(0, 0, 0)),
    };
    Ok(truncated.and_then(|time| instant(time, context.zone)))
}

fn make_timestamp(context: &Context, args: &[Value<'_>]) -> Answer {
    let [
        Value::Int(year),
        Value::Int(month),
        Value::Int(day),
        Value::Int(hour),
        Value::Int(minute),
        Value::Double(second),
    ] = args
    else {
        return Ok(None);
    };
    let small = |value: &i64| u32::try_from(*value).ok();
    let made = || {
        let date = NaiveDate::from_ymd_opt(i32::try_from(*year).ok()?, small(month)?, small(day)?)?;
        let whole = date.and_hms_opt(small(hour)?, small(minute)?, 0)?;
        let micros = super::cast::saturating((second * 1e6).round());
        whole.checked_add_signed(chrono::TimeDelta::microseconds(micros))
    };
    Ok(made().and_then(|time| instant(time, context.zone)))
}

fn timestamp_seconds(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Double(seconds)] = args else { return Ok(None) };
    Ok(seconds.is_finite().then(|| Out::Time(super::cast::saturating(seconds * 1e6))))
}

fn scaled_time(args: &[Value<'_>], micros: i64) -> Answer {
    let [Value::Int(count)] = args else { return Ok(None) };
    Ok(count.checked_mul(micros).map(Out::Time))
}

fn since_1970(args: &[Value<'_>], micros: i64) -> Answer {
    let [Value::Time(us)] = args else { return Ok(None) };
    Ok(Some(Out::Int(us.div_euclid(micros))))
}

/// What the clock shows in another zone when it is this time in UTC, or the other way round.
fn moved(context: &Context, args: &[Value<'_>], from_utc: bool) -> Answer {
    let [Value::Time(us), Value::Text(zone)] = args else { return Ok(None) };
    let other: Tz = zone.parse().map_err(|_| {
        EngineError::illegal_argument(format!(
            "[INVALID_TIMEZONE] The timezone: {zone} is invalid. SQLSTATE: 22009"
        ))
    })?;
    let Some(shown) = local(*us, context.zone) else { return Ok(None) };
    let utc = "UTC".parse::<Tz>().unwrap_or(context.zone);
    let (from, to) = if from_utc { (utc, other) } else { (other, utc) };
    let moved = match instant(shown, from) {
        Some(Out::Time(us)) => local(us, to),
        _ => None,
    };
    Ok(moved.and_then(|time| instant(time, context.zone)))
}
