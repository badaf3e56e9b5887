//! Arithmetic of dates.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, TimeZone as _, Timelike as _, Weekday};

use super::rowwise::{Answer, Context, Gives, Kind, Out, RowFunction, Value, row};

pub(super) static TABLE: &[RowFunction] = &[
    row(&["date_add", "dateadd"], &[Kind::Date, Kind::Int], Gives::Date, |_, args| plus(args, 1)),
    row(&["date_sub"], &[Kind::Date, Kind::Int], Gives::Date, |_, args| plus(args, -1)),
    row(&["datediff", "date_diff"], &[Kind::Date, Kind::Date], Gives::Int32, diff),
    row(&["add_months"], &[Kind::Date, Kind::Int], Gives::Date, add_months),
    row(&["months_between"], &[Kind::Time, Kind::Time], Gives::Double, months_between),
    row(&["last_day"], &[Kind::Date], Gives::Date, last_day),
    row(&["next_day"], &[Kind::Date, Kind::Text], Gives::Date, next_day),
    row(&["make_date"], &[Kind::Int, Kind::Int, Kind::Int], Gives::Date, make_date),
    row(&["trunc"], &[Kind::Date, Kind::Text], Gives::Date, trunc),
    row(&["dayname"], &[Kind::Date], Gives::Text, |_, args| named(args, "%a")),
    row(&["monthname"], &[Kind::Date], Gives::Text, |_, args| named(args, "%b")),
    row(&["weekday"], &[Kind::Date], Gives::Int32, weekday),
    row(&["unix_date"], &[Kind::Date], Gives::Int32, unix_date),
    row(&["date_from_unix_date"], &[Kind::Int], Gives::Date, from_unix_date),
];

/// The date so many days after 1970 began.
pub(super) fn date_of(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(days)
}

/// The days of a date since 1970 began.
pub(super) fn days_of(date: NaiveDate) -> Option<Out> {
    Some(Out::Date(date.to_epoch_days()))
}

fn plus(args: &[Value<'_>], sign: i64) -> Answer {
    let [Value::Date(days), Value::Int(more)] = args else { return Ok(None) };
    let sum = more.checked_mul(sign).and_then(|more| i64::from(*days).checked_add(more));
    Ok(sum.and_then(|days| i32::try_from(days).ok()).map(Out::Date))
}

fn diff(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Date(end), Value::Date(start)] = args else { return Ok(None) };
    Ok(Some(Out::Int(i64::from(*end) - i64::from(*start))))
}

fn add_months(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Date(days), Value::Int(months)] = args else { return Ok(None) };
    let Ok(count) = u32::try_from(months.unsigned_abs()) else { return Ok(None) };
    let count = Months::new(count);
    let sum = date_of(*days).and_then(|date| {
        if *months < 0 { date.checked_sub_months(count) } else { date.checked_add_months(count) }
    });
    Ok(sum.and_then(days_of))
}

/// Whole months, and the rest as a part of 31 days; rounded to 8 digits.
fn months_between(context: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Time(end), Value::Time(start)] = args else { return Ok(None) };
    let local = |us: i64| {
        let utc = DateTime::from_timestamp_micros(us)?.naive_utc();
        Some(context.zone.from_utc_datetime(&utc).naive_local())
    };
    let (Some(end), Some(start)) = (local(*end), local(*start)) else { return Ok(None) };
    let months = (end.year() - start.year()) * 12 + i32::try_from(end.month()).unwrap_or(0)
        - i32::try_from(start.month()).unwrap_or(0);
    let is_last = |date: NaiveDate| date.succ_opt().is_none_or(|next| next.month() != date.month());
    let whole = end.day() == start.day() || (is_last(end.date()) && is_last(start.date()));
    if whole {
        return Ok(Some(Out::Double(f64::from(months))));
    }
    let seconds = |time: chrono::NaiveDateTime| {
        f64::from(time.day()) * 86_400.0 + f64::from(time.num_seconds_from_midnight())
    };
    let rest = (seconds(end) - seconds(start)) / (31.0 * 86_400.0);
    let sum = f64::from(months) + rest;
    Ok(Some(Out::Double((sum * 1e8).round() / 1e8)))
}

fn last_day(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Date(days)] = args else { return Ok(None) };
    let next =
        date_of(*days).and_then(|date| date.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt());
    Ok(next.and_then(days_of))
}

fn next_day(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Date(days), Value::Text(name)] = args else { return Ok(None) };
    let name = name.trim().to_ascii_lowercase();
    let all = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let wanted = all.iter().position(|day| name.len() >= 2 && day.starts_with(&name));
    let Some((wanted, date)) = wanted.zip(date_of(*days)) else { return Ok(None) };
    let wanted =
        u8::try_from(wanted).ok().and_then(|day| Weekday::try_from(day).ok()).unwrap_or(Weekday::Mon);
    let ahead = (7 + wanted.num_days_from_monday() - date.weekday().num_days_from_monday()) % 7;
    let ahead = if ahead == 0 { 7 } else { ahead };
    Ok(date.checked_add_days(Days::new(u64::from(ahead))).and_then(days_of))
}

fn make_date(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Int(year), Value::Int(month), Value::Int(day)] = args else { return Ok(None) };
    let (Ok(year), Ok(month), Ok(day)) = (i32::try_from(*year), u32::try_from(*month), u32::try_from(*day))
    else {
        return Ok(None);
    };
    Ok(NaiveDate::from_ymd_opt(year, month, day).and_then(days_of))
}

/// The start of the year, quarter, month or week that a date lies in.
pub(super) fn start_of(date: NaiveDate, unit: &str) -> Option<NaiveDate> {
    match unit.to_ascii_lowercase().as_str() {
        "year" | "yyyy" | "yy" => NaiveDate::from_ymd_opt(date.year(), 1, 1),
        "quarter" => NaiveDate::from_ymd_opt(date.year(), date.month0() / 3 * 3 + 1, 1),
        "month" | "mon" | "mm" => date.with_day(1),
        "week" => date.checked_sub_days(Days::new(u64::from(date.weekday().num_days_from_monday()))),
        _ => None,
    }
}

fn trunc(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Date(days), Value::Text(unit)] = args else { return Ok(None) };
    Ok(date_of(*days).and_then(|date| start_of(date, unit)).and_then(days_of))
}

fn named(args: &[Value<'_>], format: &str) -> Answer {
    let [Value::Date(days)] = args else { return Ok(None) };
    Ok(date_of(*days).map(|date| Out::Text(date.format(format).to_string())))
}

fn weekday(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Date(days)] = args else { return Ok(None) };
    Ok(date_of(*days).map(|date| Out::Int(i64::from(date.weekday().num_days_from_monday()))))
}

fn unix_date(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Date(days)] = args else { return Ok(None) };
    Ok(Some(Out::Int(i64::from(*days))))
}

fn from_unix_date(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Int(days)] = args else { return Ok(None) };
    Ok(i32::try_from(*days).ok().map(Out::Date))
}
