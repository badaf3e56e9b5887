//! Writing times by Spark's datetime patterns.

use std::fmt::Write as _;

use arrow::array::timezone::Tz;
use chrono::{DateTime, Datelike as _, NaiveDateTime, Offset as _, TimeZone as _, Timelike as _};

use super::pattern::{Pattern, Piece};

impl Pattern {
    /// The time `us` (microseconds since 1970) as the clock of `zone` shows it; `None` beyond the calendar.
    pub(super) fn write(&self, us: i64, zone: Tz) -> Option<String> {
        let utc = DateTime::from_timestamp_micros(us)?.naive_utc();
        let there = zone.from_utc_datetime(&utc);
        let offset = there.offset().fix().local_minus_utc();
        let local = there.naive_local();
        let mut out = String::new();
        for piece in self.pieces() {
            // Writing to a String cannot fail.
            let _ = write_piece(&mut out, piece, local, offset);
        }
        Some(out)
    }
}

fn write_piece(out: &mut String, piece: &Piece, time: NaiveDateTime, offset: i32) -> std::fmt::Result {
    let number = |out: &mut String, value: u32, digits: usize| write!(out, "{value:0digits$}");
    match piece {
        Piece::Literal(text) => out.write_str(text),
        Piece::Year { digits: 2 } => write!(out, "{:02}", time.year().rem_euclid(100)),
        Piece::Year { digits } => write!(out, "{:0digits$}", time.year()),
        Piece::MonthNumber { digits } => number(out, time.month(), *digits),
        Piece::MonthName { full } => write!(out, "{}", time.format(if *full { "%B" } else { "%b" })),
        Piece::Day { digits } => number(out, time.day(), *digits),
        Piece::DayOfYear { digits } => number(out, time.ordinal(), *digits),
        Piece::Quarter { digits: 3 } => write!(out, "Q{}", time.month0() / 3 + 1),
        Piece::Quarter { digits } => number(out, time.month0() / 3 + 1, *digits),
        Piece::Hour { digits, letter: 'H' } => number(out, time.hour(), *digits),
        Piece::Hour { digits, letter: 'k' } => {
            number(out, if time.hour() == 0 { 24 } else { time.hour() }, *digits)
        }
        Piece::Hour { digits, .. } => number(out, time.hour12().1, *digits),
        Piece::Minute { digits } => number(out, time.minute(), *digits),
        Piece::Second { digits } => number(out, time.second(), *digits),
        Piece::Fraction { digits } => {
            let nanos = format!("{:09}", time.nanosecond() % 1_000_000_000);
            out.write_str(nanos.get(..*digits).unwrap_or(&nanos))
        }
        Piece::Weekday { full } => write!(out, "{}", time.format(if *full { "%A" } else { "%a" })),
        Piece::HalfDay => out.write_str(if time.hour12().0 { "PM" } else { "AM" }),
        Piece::Offset { letter, digits } => write_offset(out, offset, *letter, *digits),
    }
}

fn write_offset(out: &mut String, offset: i32, letter: char, digits: usize) -> std::fmt::Result {
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
    let (hours, minutes) = (minutes / 60, minutes % 60);
    match (letter, digits) {
        ('X', _) if offset == 0 => out.write_char('Z'),
        ('X' | 'x', 1) if minutes == 0 => write!(out, "{sign}{hours:02}"),
        ('X' | 'x', 1 | 2) | ('Z', 1..=3) => write!(out, "{sign}{hours:02}{minutes:02}"),
        ('z', _) if offset == 0 => out.write_str("UTC"),
        ('O', _) | ('Z', 4) if offset == 0 => out.write_str("GMT"),
        ('O', _) | ('Z', 4) => write!(out, "GMT{sign}{hours:02}:{minutes:02}"),
        _ => write!(out, "{sign}{hours:02}:{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let cases = [
            ("yyyy-MM-dd HH:mm:ss", "UTC", "2024-03-04 05:06:07"),
            ("EEEE, d MMM yyyy hh:mm a", "UTC", "Monday, 4 Mar 2024 05:06 AM"),
            ("E MMMM D Q", "UTC", "Mon March 64 1"),
            ("yy.M.d H:m:s.SSS", "UTC", "24.3.4 5:6:7.890"),
            ("yyyy-MM-dd'T'HH:mm:ssXXX", "UTC", "2024-03-04T05:06:07Z"),
            ("HH:mm Z", "Asia/Tokyo", "14:06 +0900"),
        ];
        for (pattern, zone, expected) in cases {
            let zone: Tz = zone.parse().unwrap();
            let got = Pattern::parse(pattern).unwrap().write(1_709_528_767_890_000, zone).unwrap();
            assert_eq!(got, expected, "{pattern}");
        }
    }
}
