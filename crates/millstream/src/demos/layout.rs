//! How times and numbers look in a demo's tables and JSON.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serializer;

/// Rows of each table in the terminal: two tables fit on 24 lines.
pub const ROWS: usize = 8;

/// A time for a person: `17 May 2015 10:00`.
pub fn moment(time: &DateTime<Utc>) -> String {
    time.format("%e %b %Y %H:%M").to_string().trim_start().to_owned()
}

/// A watermark for a person.
pub fn watermark(time: Option<&DateTime<Utc>>) -> String {
    time.map_or_else(|| "none yet".into(), moment)
}

/// A time in JSON.
pub fn iso<S: Serializer>(time: &DateTime<Utc>, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// A time in JSON, or null.
#[expect(clippy::ref_option, reason = "the signature serde asks for")]
pub fn iso_or_null<S: Serializer>(time: &Option<DateTime<Utc>>, out: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => iso(time, out),
        None => out.serialize_none(),
    }
}

/// `line`, cut to `width` characters so that a narrow terminal does not wrap and the redraw stays in place.
pub fn shortened(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// A number with its thousands apart.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::{grouped, shortened};

    #[test]
    fn thousands_stand_apart() {
        let table = [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")];
        for (number, text) in table {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_line_fits_the_terminal() {
        assert_eq!(shortened("/a/very/long/path", 8), "/a/very…");
        assert_eq!(shortened("short", 8), "short");
    }
}
