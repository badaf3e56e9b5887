//! Spark's interval texts: `10 seconds`, `1 hour 30 minutes`, `interval 5 days`.

use std::time::Duration;

use crate::EngineError;

/// Reads an interval of fixed length (no months or years).
///
/// # Errors
/// Text that is no interval, is negative or overflows.
pub fn parse(text: &str) -> Result<Duration, EngineError> {
    let wrong = || EngineError::illegal_argument(format!("Error parsing '{text}' to interval"));
    let lower = text.trim().to_ascii_lowercase();
    let mut words = lower.strip_prefix("interval").unwrap_or(&lower).split_whitespace();
    let mut micros: u64 = 0;
    let mut any = false;
    while let Some(count) = words.next() {
        let unit = words.next().ok_or_else(wrong)?;
        let each = unit_micros(unit).ok_or_else(wrong)?;
        let part = match count.split_once('.') {
            None => count.parse::<u64>().ok().and_then(|n| n.checked_mul(each)),
            Some((whole, fraction)) => fractional(whole, fraction, each),
        };
        micros = part.and_then(|part| micros.checked_add(part)).ok_or_else(wrong)?;
        any = true;
    }
    if any && i64::try_from(micros).is_ok() { Ok(Duration::from_micros(micros)) } else { Err(wrong()) }
}

/// Reads an interval, or a bare number as seconds (`5`, `5s`, `1m`), as some source options are written.
///
/// # Errors
/// As [`parse`].
pub fn parse_or_seconds(text: &str) -> Result<Duration, EngineError> {
    let trimmed = text.trim();
    let digits = trimmed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match trimmed.strip_prefix(digits).unwrap_or("") {
        "" | "s" => "seconds",
        "ms" => "milliseconds",
        "m" | "min" => "minutes",
        "h" => "hours",
        "d" => "days",
        _ => return parse(text),
    };
    parse(&format!("{digits} {unit}"))
}

fn fractional(whole: &str, fraction: &str, each: u64) -> Option<u64> {
    if each > 1_000_000 || fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let scale = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    let part = fraction.parse::<u64>().ok()?.checked_mul(each)? / scale;
    whole.parse::<u64>().ok()?.checked_mul(each)?.checked_add(part)
}

fn unit_micros(unit: &str) -> Option<u64> {
    const SECOND: u64 = 1_000_000;
    Some(match unit.strip_suffix('s').unwrap_or(unit) {
        "microsecond" => 1,
        "millisecond" => 1_000,
        "second" => SECOND,
        "minute" => 60 * SECOND,
        "hour" => 3_600 * SECOND,
        "day" => 86_400 * SECOND,
        "week" => 7 * 86_400 * SECOND,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn texts() {
        let cases = [
            ("10 seconds", Some(10_000_000)),
            ("interval 1 hour 30 minutes", Some(5_400_000_000)),
            ("1.5 seconds", Some(1_500_000)),
            ("1 DAY", Some(86_400_000_000)),
            ("", None),
            ("10", None),
            ("-1 seconds", None),
            ("1 month", None),
            ("99999999999999999999 days", None),
        ];
        for (text, micros) in cases {
            assert_eq!(parse(text).ok().map(|d| d.as_micros()), micros, "{text}");
        }
    }
}
