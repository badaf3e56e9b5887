//! Options of Spark's file formats that change what is read or written and that are not done here: better an error than
//! other rows. Options that nobody knows are ignored, as Spark ignores them.

use crate::{EngineError, Options};

/// A name, and the values that change nothing.
type Refused = (&'static str, &'static [&'static str]);

const OF_ALL: [Refused; 7] = [
    ("encoding", &["utf-8", "utf8", "us-ascii"]),
    ("charset", &["utf-8", "utf8", "us-ascii"]),
    ("lineSep", &["\n"]),
    ("modifiedBefore", &[]),
    ("modifiedAfter", &[]),
    ("basePath", &[]),
    ("locale", &["en-us", "en_us", "en"]),
];

const OF_CSV: [Refused; 12] = [
    ("columnNameOfCorruptRecord", &[]),
    ("timestampNTZFormat", &[]),
    ("preferDate", &["true"]),
    ("enforceSchema", &["true"]),
    ("emptyValue", &[""]),
    ("nanValue", &["nan"]),
    ("positiveInf", &["inf"]),
    ("negativeInf", &["-inf"]),
    ("quoteAll", &["false"]),
    ("escapeQuotes", &["true"]),
    ("singleVariantColumn", &[]),
    ("extension", &["csv"]),
];

const OF_JSON: [Refused; 16] = [
    ("timestampFormat", &[]),
    ("dateFormat", &[]),
    ("timestampNTZFormat", &[]),
    ("primitivesAsString", &["false"]),
    ("prefersDecimal", &["false"]),
    ("allowComments", &["false"]),
    ("allowUnquotedFieldNames", &["false"]),
    ("allowSingleQuotes", &["false"]),
    ("allowNumericLeadingZeros", &["false"]),
    ("allowBackslashEscapingAnyCharacter", &["false"]),
    ("allowUnquotedControlChars", &["false"]),
    ("dropFieldIfAllNull", &["false"]),
    ("ignoreNullFields", &["true"]),
    ("inferTimestamp", &["false"]),
    ("pretty", &["false"]),
    ("singleVariantColumn", &[]),
];

const OF_PARQUET: [Refused; 1] = [("mergeSchema", &["false"])];

/// Looks for options that are not done among those of a format.
///
/// # Errors
/// There is one; the text names it with its value.
pub(super) fn refuse(format: &str, options: &Options) -> Result<(), EngineError> {
    let own: &[Refused] = match format.to_ascii_lowercase().as_str() {
        "csv" => &OF_CSV,
        "json" => &OF_JSON,
        "parquet" => &OF_PARQUET,
        _ => &[],
    };
    let codecs: &[&str] =
        if format.eq_ignore_ascii_case("parquet") { &["snappy"] } else { &["none", "uncompressed"] };
    let compression: [Refused; 2] = [("compression", codecs), ("codec", codecs)];
    for (option, allowed) in OF_ALL.iter().chain(own).chain(&compression) {
        if let Some(value) = options.get(option)
            && !allowed.contains(&value.to_ascii_lowercase().as_str())
        {
            return Err(EngineError::unsupported(format!(
                "the option {option}={value} of {format} files is not supported; leave it out"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_rows_is_named() {
        let cases = [
            ("csv", "header", "true", None),
            ("csv", "noSuchOption", "x", None),
            ("csv", "enforceSchema", "TRUE", None),
            ("csv", "enforceschema", "false", Some("enforceSchema=false of csv files")),
            ("json", "allowSingleQuotes", "false", None),
            ("json", "primitivesAsString", "true", Some("primitivesAsString=true of json files")),
            ("json", "compression", "gzip", Some("compression=gzip")),
            ("parquet", "compression", "snappy", None),
            ("parquet", "mergeSchema", "true", Some("mergeSchema=true")),
            ("text", "lineSep", "|", Some("lineSep=|")),
        ];
        for (format, option, value, refused) in cases {
            let outcome = refuse(format, &[(option, value)].into_iter().collect());
            match (outcome, refused) {
                (Ok(()), None) => {}
                (Err(error), Some(text)) => assert!(error.to_string().contains(text), "{error}"),
                (outcome, _) => panic!("{format} {option}={value}: {outcome:?}"),
            }
        }
    }
}
