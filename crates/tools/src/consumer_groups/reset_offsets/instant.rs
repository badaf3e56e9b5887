//! Times as `--to-datetime` and `--by-duration` write them.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::DateTime;

use crate::failure::Failure;

const DAY: f64 = 86_400.0;

/// `YYYY-MM-DDThh:mm:ss.sss`, with or without milliseconds and a zone, in ms since 1970. Without a zone it is UTC.
pub(super) fn of_text(text: &str) -> Result<i64, Failure> {
    let wrong = || Failure::new(format!("--to-datetime {text}: YYYY-MM-DDThh:mm:ss.sss is wanted"));
    let (_, clock) = text.split_once('T').ok_or_else(wrong)?;
    let has_zone = clock.contains(['+', '-', 'Z']);
    let zoned = if has_zone { text.to_owned() } else { format!("{text}Z") };
    let formats = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"];
    let parsed = formats.iter().find_map(|format| DateTime::parse_from_str(&zoned, format).ok());
    parsed.map(|time| time.timestamp_millis()).ok_or_else(wrong)
}

/// `PnDTnHnMnS` before now, in ms since 1970.
pub(super) fn before_now(text: &str) -> Result<i64, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    Ok(now.saturating_sub(millis(text)?).max(0))
}

/// A duration of ISO 8601 in ms.
fn millis(text: &str) -> Result<i64, Failure> {
    let wrong =
        || Failure::new(format!("--by-duration {text}: PnDTnHnMnS is wanted, such as PT10M or P1DT12H"));
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    let rest = rest.strip_prefix(['P', 'p']).filter(|rest| !rest.is_empty()).ok_or_else(wrong)?;
    let mut seconds = 0.0;
    let mut number = String::new();
    let mut is_clock = false;
    for letter in rest.chars() {
        let unit = match letter.to_ascii_uppercase() {
            '0'..='9' | '.' | '-' | '+' => {
                number.push(letter);
                continue;
            }
            'T' if !is_clock && number.is_empty() => {
                is_clock = true;
                continue;
            }
            'D' if !is_clock => DAY,
            'H' if is_clock => 3600.0,
            'M' if is_clock => 60.0,
            'S' if is_clock => 1.0,
            _ => return Err(wrong()),
        };
        seconds += number.parse::<f64>().map_err(|_| wrong())? * unit;
        number.clear();
    }
    if !number.is_empty() || rest.ends_with(['T', 't']) || !seconds.is_finite() {
        return Err(wrong());
    }
    let millis = (sign * seconds * 1000.0).round().clamp(-9e15, 9e15);
    format!("{millis:.0}").parse().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_unless_they_say_otherwise() {
        let table = [
            ("1970-01-01T00:00:01.000", Some(1000)),
            ("1970-01-01T00:00:01", Some(1000)),
            ("1970-01-01T01:00:00.000+01:00", Some(0)),
            ("1970-01-01T01:00:00.000+0100", Some(0)),
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-11-22T10:00:00.5", Some(1_795_341_600_500)),
            ("1970-01-01", None),
            ("yesterday", None),
            ("1970-13-01T00:00:00", None),
        ];
        for (text, expected) in table {
            assert_eq!(of_text(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn durations() {
        let table = [
            ("PT10M", Some(600_000)),
            ("P1D", Some(86_400_000)),
            ("P1DT12H", Some(129_600_000)),
            ("PT0.5S", Some(500)),
            ("-PT1S", Some(-1000)),
            ("PT", None),
            ("P", None),
            ("10M", None),
            ("P10M", None),
            ("PT10", None),
            ("PT1e9S", None),
        ];
        for (text, expected) in table {
            assert_eq!(millis(text).ok(), expected, "{text}");
        }
    }
}
