//! Java's properties files, as far as `meta.properties` needs them: keys, values, comments and escapes.

use std::fmt::Write;

/// Reads the entries in order; later ones win for whoever asks. Malformed escapes are kept as they are.
pub(super) fn parse(text: &str) -> Vec<(String, String)> {
    let mut entries = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut logical = line.trim_start_matches(is_space).to_owned();
        if logical.is_empty() || logical.starts_with(['#', '!']) {
            continue;
        }
        while ends_with_escape(&logical) {
            logical.pop();
            logical.push_str(lines.next().unwrap_or_default().trim_start_matches(is_space));
        }
        let (key, value) = split(&logical);
        entries.push((unescape(key), unescape(value)));
    }
    entries
}

/// Writes the entries, one a line.
pub(super) fn format<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (key, value) in entries {
        text.push_str(&escape(key, true));
        text.push('=');
        text.push_str(&escape(value, false));
        text.push('\n');
    }
    text
}

fn ends_with_escape(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = line.char_indices().find(|(_, c)| {
        let ends = !escaped && (matches!(c, '=' | ':') || is_space(*c));
        escaped = *c == '\\' && !escaped;
        ends
    });
    let Some((end, _)) = end else { return (line, "") };
    let (key, rest) = line.split_at(end);
    let rest = rest.trim_start_matches(is_space);
    (key, rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches(is_space))
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut units = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        if at > 0 {
            flush(&mut units, &mut out, rest.get(..at).unwrap_or_default());
        }
        rest = rest.get(at + 1..).unwrap_or_default();
        let unit = rest.strip_prefix('u').and_then(|hex| u16::from_str_radix(hex.get(..4)?, 16).ok());
        if let Some(unit) = unit {
            units.push(unit);
            rest = rest.get(5..).unwrap_or_default();
        } else if let Some(c) = rest.chars().next() {
            let plain = match c {
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                'f' => '\u{c}',
                other => other,
            };
            flush(&mut units, &mut out, plain.encode_utf8(&mut [0; 4]));
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    flush(&mut units, &mut out, rest);
    out
}

/// The UTF-16 units that were collected so far, which may be pairs, then `text`.
fn flush(units: &mut Vec<u16>, out: &mut String, text: &str) {
    out.push_str(&String::from_utf16_lossy(units));
    units.clear();
    out.push_str(text);
}

/// White space to Java's format.
const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{c}')
}

fn escape(text: &str, is_key: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        match c {
            ' ' if is_key || at == 0 => out.push_str("\\ "),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{c}' => out.push_str("\\f"),
            '=' | ':' | '#' | '!' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04X}");
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_java_writes_is_read() {
        let text = "#\n#Sun Nov 22 06:00:00 UTC 2026\n! also\n\ncluster.id=a\\=b\\:c\\\\d\nnode.id : 1\nversion 1\n\
                    long=one \\\n   two\nunicode=\\u00e9\\uD83D\\uDE00x\nempty\n";
        let expected = [
            ("cluster.id", "a=b:c\\d"),
            ("node.id", "1"),
            ("version", "1"),
            ("long", "one two"),
            ("unicode", "é😀x"),
            ("empty", ""),
        ];
        assert_eq!(parse(text), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    proptest::proptest! {
        #[test]
        fn there_and_back(entries in proptest::collection::vec((".{1,20}", ".{0,20}"), 0..5)) {
            let text = format(entries.iter().map(|(key, value)| (key.as_str(), value.as_str())));
            proptest::prop_assert_eq!(parse(&text), entries);
        }
    }
}
