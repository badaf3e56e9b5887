//! The type of a column of texts, as Spark infers it.

use arrow::datatypes::{DataType, TimeUnit};
use chrono::NaiveDate;

use crate::functions::to_timestamp::read_default;

/// A type that texts may have, from the narrowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Only nulls so far.
    Null,
    Int,
    Long,
    Double,
    Date,
    Timestamp,
    Boolean,
    Text,
}

impl Kind {
    /// The type of one text of a CSV file.
    pub(super) fn of(text: &str) -> Self {
        let utc = "UTC".parse();
        if text.parse::<i32>().is_ok() {
            Self::Int
        } else if text.parse::<i64>().is_ok() {
            Self::Long
        } else if text.parse::<f64>().is_ok() && text.starts_with(|c: char| !c.is_ascii_alphabetic()) {
            Self::Double
        } else if text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() {
            Self::Date
        } else if utc.is_ok_and(|zone| read_default(text, zone).is_some()) {
            Self::Timestamp
        } else if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
            Self::Boolean
        } else {
            Self::Text
        }
    }

    /// The type of the value in a directory's name: truth values stay texts there.
    pub(super) fn of_partition(text: &str) -> Self {
        match Self::of(text) {
            Self::Boolean => Self::Text,
            other => other,
        }
    }

    /// The type that holds both.
    pub(super) fn merge(self, other: Self) -> Self {
        match (self.min(other), self.max(other)) {
            (a, b) if a == b => a,
            (Self::Null, b) => b,
            (Self::Int, Self::Long) => Self::Long,
            (Self::Int | Self::Long, Self::Double) => Self::Double,
            (Self::Date, Self::Timestamp) => Self::Timestamp,
            _ => Self::Text,
        }
    }

    /// The type of the column.
    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::Int => DataType::Int32,
            Self::Long => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Boolean => DataType::Boolean,
            Self::Null | Self::Text => DataType::Utf8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_merges() {
        let cases: [(&[&str], Kind); 9] = [
            (&["1", "-2"], Kind::Int),
            (&["1", "9999999999"], Kind::Long),
            (&["1", "2.5", "1e3"], Kind::Double),
            (&["2024-01-01"], Kind::Date),
            (&["2024-01-01", "2024-01-01 10:00:00"], Kind::Timestamp),
            (&["true", "FALSE"], Kind::Boolean),
            (&["true", "1"], Kind::Text),
            (&["nan", "x"], Kind::Text),
            (&["1", "x"], Kind::Text),
        ];
        for (texts, expected) in cases {
            let kind = texts.iter().map(|text| Kind::of(text)).fold(Kind::Null, Kind::merge);
            assert_eq!(kind, expected, "{texts:?}");
        }
    }
}
