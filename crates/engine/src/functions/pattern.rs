//! Spark's datetime patterns (`dd/MMM/yyyy:HH:mm:ss Z`), read, and for reading times.

use arrow::array::timezone::Tz;
use chrono::{Datelike as _, NaiveDate, NaiveDateTime, TimeZone as _};

use crate::EngineError;

/// One piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(String),
    Year { digits: usize },
    MonthNumber { digits: usize },
    MonthName { full: bool },
    Day { digits: usize },
    DayOfYear { digits: usize },
    Quarter { digits: usize },
    Hour { digits: usize, letter: char },
    Minute { digits: usize },
    Second { digits: usize },
    Fraction { digits: usize },
    Weekday { full: bool },
    HalfDay,
    Offset { letter: char, digits: usize },
}

/// A pattern, ready to read texts with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

/// What a text said, on the way.
#[derive(Debug)]
struct Parts {
    date: (i32, u32, u32),
    time: (u32, u32, u32),
    afternoon: Option<bool>,
    micros: u32,
    offset_seconds: Option<i32>,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A letter that is not supported.
    pub(crate) fn parse(text: &str) -> Result<Self, EngineError> {
        let mut pieces: Vec<Piece> = Vec::new();
        let literal = |pieces: &mut Vec<Piece>, c: char| match pieces.last_mut() {
            Some(Piece::Literal(text)) => text.push(c),
            _ => pieces.push(Piece::Literal(c.into())),
        };
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '\'' {
                if chars.next_if_eq(&'\'').is_some() {
                    literal(&mut pieces, '\'');
                    continue;
                }
                for quoted in chars.by_ref().take_while(|c| *c != '\'') {
                    literal(&mut pieces, quoted);
                }
                continue;
            }
            if !c.is_ascii_alphabetic() {
                literal(&mut pieces, c);
                continue;
            }
            let mut digits = 1;
            while chars.next_if_eq(&c).is_some() {
                digits += 1;
            }
            pieces.push(match (c, digits) {
                ('y' | 'u', _) => Piece::Year { digits },
                ('M' | 'L', 1 | 2) => Piece::MonthNumber { digits },
                ('M' | 'L', _) => Piece::MonthName { full: digits > 3 },
                ('d', 1 | 2) => Piece::Day { digits },
                ('H' | 'h' | 'k', 1 | 2) => Piece::Hour { digits, letter: c },
                ('D', 1..=3) => Piece::DayOfYear { digits },
                ('Q' | 'q', 1..=3) => Piece::Quarter { digits },
                ('m', 1 | 2) => Piece::Minute { digits },
                ('s', 1 | 2) => Piece::Second { digits },
                ('S', 1..=9) => Piece::Fraction { digits },
                ('E', _) => Piece::Weekday { full: digits > 3 },
                ('a', _) => Piece::HalfDay,
                ('Z' | 'X' | 'x' | 'z' | 'O', _) => Piece::Offset { letter: c, digits },
                _ => {
                    return Err(EngineError::unsupported(format!(
                        "[DATETIME_FIELD] The pattern letter '{c}' in '{text}' is not supported."
                    )));
                }
            });
        }
        Ok(Self(pieces))
    }

    /// Its pieces, in order.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The time that a text says, in microseconds since 1970; `None` if it does not fit. `zone` holds if the text has
    /// no offset of its own.
    pub(crate) fn read(&self, text: &str, zone: Tz) -> Option<i64> {
        let mut rest = text.trim();
        let mut parts =
            Parts { date: (1970, 1, 1), time: (0, 0, 0), afternoon: None, micros: 0, offset_seconds: None };
        for piece in &self.0 {
            rest = parts.read(piece, rest)?;
        }
        if rest.is_empty() { parts.micros_since_1970(zone) } else { None }
    }
}

/// Digits at the front: exactly so many if two or more are asked for, else one or more.
fn digits(text: &str, wanted: usize) -> Option<(u32, &str)> {
    let run = text.bytes().take_while(u8::is_ascii_digit).count();
    let take = if wanted == 1 { run.min(9) } else { wanted };
    if take == 0 || run < take {
        return None;
    }
    let (number, rest) = text.split_at_checked(take)?;
    Some((number.parse().ok()?, rest))
}

fn letters(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

impl Parts {
    fn read<'a>(&mut self, piece: &Piece, text: &'a str) -> Option<&'a str> {
        let number = |wanted: usize| digits(text, wanted);
        Some(match piece {
            Piece::Literal(literal) => text.strip_prefix(literal.as_str())?,
            Piece::Year { digits: 2 } => {
                let (year, rest) = number(2)?;
                self.date.0 = i32::try_from(year + 2000).ok()?;
                rest
            }
            Piece::Year { digits } => {
                let (year, rest) = number(if *digits == 1 { 1 } else { 4 })?;
                self.date.0 = i32::try_from(year).ok()?;
                rest
            }
            Piece::MonthNumber { digits } => set(&mut self.date.1, number(*digits)?),
            Piece::MonthName { .. } => {
                let (word, rest) = letters(text);
                let word = word.to_ascii_lowercase();
                let found = MONTHS.iter().position(|month| word.len() >= 3 && month.starts_with(&word))?;
                self.date.1 = u32::try_from(found).ok()? + 1;
                rest
            }
            Piece::Day { digits } => set(&mut self.date.2, number(*digits)?),
            Piece::Hour { digits, .. } => set(&mut self.time.0, number(*digits)?),
            Piece::Minute { digits } => set(&mut self.time.1, number(*digits)?),
            Piece::Second { digits } => set(&mut self.time.2, number(*digits)?),
            Piece::Fraction { digits: wanted } => {
                let run = text.bytes().take_while(u8::is_ascii_digit).count().min(*wanted);
                let (fraction, rest) = text.split_at_checked(run).filter(|_| run > 0)?;
                self.micros = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
                rest
            }
            Piece::Weekday { .. } => letters(text).1,
            // Only for writing, as in Spark.
            Piece::DayOfYear { .. } | Piece::Quarter { .. } => return None,
            Piece::HalfDay => {
                let (word, rest) = letters(text);
                self.afternoon = Some(word.eq_ignore_ascii_case("pm"));
                rest
            }
            Piece::Offset { .. } => {
                let (seconds, rest) = offset(text)?;
                self.offset_seconds = Some(seconds);
                rest
            }
        })
    }

    fn micros_since_1970(&self, zone: Tz) -> Option<i64> {
        let (year, month, day) = self.date;
        let hour = match self.afternoon {
            Some(afternoon) => self.time.0 % 12 + if afternoon { 12 } else { 0 },
            None => self.time.0,
        };
        let date = NaiveDate::from_ymd_opt(year, month, day).filter(|date| date.year() <= 9999)?;
        let local: NaiveDateTime = date.and_hms_micro_opt(hour, self.time.1, self.time.2, self.micros)?;
        match self.offset_seconds {
            Some(seconds) => local.and_utc().timestamp_micros().checked_sub(i64::from(seconds) * 1_000_000),
            None => Some(zone.from_local_datetime(&local).earliest()?.timestamp_micros()),
        }
    }
}

fn set<'a>(field: &mut u32, (value, rest): (u32, &'a str)) -> &'a str {
    *field = value;
    rest
}

/// `Z`, `UTC`, `GMT`, `+02`, `+0200`, `+02:00` in seconds.
fn offset(text: &str) -> Option<(i32, &str)> {
    for name in ["UTC", "GMT", "Z"] {
        if let Some(rest) = text.strip_prefix(name) {
            return Some((0, rest));
        }
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, rest) = digits(text.get(1..)?, 2)?;
    let after = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = digits(after, 2).unwrap_or((0, rest));
    let seconds = i32::try_from(hours.checked_mul(3600)?.checked_add(minutes * 60)?).ok()?;
    (seconds <= 18 * 3600).then_some((sign * seconds, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let cases = [
            ("dd/MMM/yyyy:HH:mm:ss Z", "17/May/2015:10:05:03 +0000", Some("2015-05-17 10:05:03 UTC")),
            ("dd/MMM/yyyy:HH:mm:ss Z", "17/May/2015:10:05:03 +0200", Some("2015-05-17 08:05:03 UTC")),
            ("yyyy-MM-dd HH:mm:ss.SSS", "2020-02-29 01:02:03.5", Some("2020-02-29 01:02:03.500 UTC")),
            ("yyyy-MM-dd'T'HH:mm:ssXXX", "2020-01-01T00:00:00-05:00", Some("2020-01-01 05:00:00 UTC")),
            ("d/M/yy h:mm a", "1/2/20 12:05 PM", Some("2020-02-01 12:05:00 UTC")),
            ("yyyy-MM-dd", "2020-02-30", None),
            ("yyyy-MM-dd", "2020-02-01x", None),
            ("HH:mm", "ü", None),
        ];
        let zone: Tz = "UTC".parse().unwrap();
        for (pattern, text, expected) in cases {
            let got = Pattern::parse(pattern).unwrap().read(text, zone);
            let got = got.map(|us| chrono::DateTime::from_timestamp_micros(us).unwrap().to_string());
            assert_eq!(got.as_deref(), expected, "{text} by {pattern}");
        }
        assert!(Pattern::parse("yyyy-cc").is_err());
    }
}
