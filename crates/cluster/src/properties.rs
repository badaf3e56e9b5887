//! Java's properties files: `meta.properties`, `server.properties`, the clients' files of settings.
//!
//! They are read a property at a time: what the reader keeps is the memory that a file costs.

mod logical_line;

use logical_line::LogicalLine;

/// The properties of a file in order, escapes undone. A key may come twice; Java takes the last.
///
/// An item is an error, which says what is wrong, for an escape that is none; nothing follows it.
#[derive(Debug, Clone)]
pub struct Properties<'a> {
    rest: &'a str,
}

impl<'a> Properties<'a> {
    /// Those of this text.
    pub const fn of(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl Iterator for Properties<'_> {
    type Item = Result<(String, String), String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = self.rest.trim_start();
            if line.is_empty() {
                self.rest = line;
                return None;
            }
            if !line.starts_with(['#', '!']) {
                let mut chars = LogicalLine::of(line);
                let property = property(&mut chars);
                self.rest = if property.is_ok() { chars.behind() } else { "" };
                return Some(property);
            }
            self.rest = line.split_once('\n').map_or("", |(_, behind)| behind);
        }
    }
}

/// All properties of a file in order.
///
/// # Errors
/// What is wrong with an escape.
pub fn parse_properties(text: &str) -> Result<Vec<(String, String)>, String> {
    Properties::of(text).collect()
}

fn property(chars: &mut LogicalLine<'_>) -> Result<(String, String), String> {
    let (key, end) = unescape_until(chars, |c| matches!(c, '=' | ':' | ' ' | '\t'))?;
    chars.skip_blanks();
    // `key = value`: the blank has ended the key, the sign is still there.
    if matches!(end, Some(' ' | '\t')) && chars.skip_sign() {
        chars.skip_blanks();
    }
    Ok((key, unescape_until(chars, |_| false)?.0))
}

/// Reads up to an unescaped end, which is taken and given too, undoing Java's escapes.
fn unescape_until(
    chars: &mut LogicalLine<'_>,
    is_end: impl Fn(char) -> bool,
) -> Result<(String, Option<char>), String> {
    let (mut text, mut end) = (String::new(), None);
    // The first half of a character that is written as two units of UTF-16.
    let mut half = None;
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' => match chars.next() {
                Some('u') => {
                    push_unit(&mut text, &mut half, unit(chars)?)?;
                    continue;
                }
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\u{c}',
                Some(c) => c,
                None => break,
            },
            c if is_end(c) => {
                end = Some(c);
                break;
            }
            c => c,
        };
        if half.is_some() {
            break;
        }
        text.push(c);
    }
    if half.is_none() { Ok((text, end)) } else { Err(not_text()) }
}

fn not_text() -> String {
    "its escapes are not text".to_owned()
}

/// The four digits of a `\u`.
fn unit(chars: &mut LogicalLine<'_>) -> Result<u16, String> {
    let digits: String = chars.take(4).collect();
    let is_whole = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let unit = is_whole.then(|| u16::from_str_radix(&digits, 16).ok()).flatten();
    unit.ok_or_else(|| format!("\\u{digits} is no escape"))
}

fn push_unit(text: &mut String, half: &mut Option<u16>, unit: u16) -> Result<(), String> {
    let is_first_half = half.is_none() && (0xd800..0xdc00).contains(&unit);
    if is_first_half {
        *half = Some(unit);
        return Ok(());
    }
    for c in char::decode_utf16(half.take().into_iter().chain([unit])) {
        text.push(c.map_err(|_| not_text())?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_java_reads_them() {
        let table = [
            ("a=1", vec![("a", "1")]),
            ("a = 1 ", vec![("a", "1 ")]),
            ("a: 1", vec![("a", "1")]),
            ("a 1", vec![("a", "1")]),
            ("  a=1\n#b=2\n!c=3\n\nd=", vec![("a", "1"), ("d", "")]),
            ("list=one,\\\n   two", vec![("list", "one,two")]),
            ("a=b=c", vec![("a", "b=c")]),
            ("a\\ b=c\\:d\\\\", vec![("a b", "c:d\\")]),
            ("a=1\na=2", vec![("a", "1"), ("a", "2")]),
            (
                "listeners=PLAINTEXT://:9092,CONTROLLER://:9093",
                vec![("listeners", "PLAINTEXT://:9092,CONTROLLER://:9093")],
            ),
            ("\\u0061=\\u00fc", vec![("a", "ü")]),
            ("path=C:\\\\x\\", vec![("path", "C:\\x")]),
            ("a=\\ud83e\\udd80", vec![("a", "🦀")]),
            ("a\\\n  = \\\r\n  \\\n  one", vec![("a", "one")]),
            ("a=\\u00\\\n  fc", vec![("a", "ü")]),
            ("a=1\\\\\nb=2", vec![("a", "1\\"), ("b", "2")]),
            ("a=1\\\n#2\n!\\\nb", vec![("a", "1#2"), ("b", "")]),
        ];
        for (text, expected) in table {
            let expected: Vec<_> =
                expected.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            assert_eq!(parse_properties(text), Ok(expected), "{text:?}");
        }
        for (text, expected) in [
            ("a=\\u00zz\nb=1", "\\u00zz is no escape"),
            ("a=\\u+0ff", "\\u+0ff is no escape"),
            ("a=\\u0f", "\\u0f is no escape"),
            ("a=\\ud83e", "its escapes are not text"),
            ("a=\\ud83ex", "its escapes are not text"),
            ("\\ud83e=x", "its escapes are not text"),
            ("a=\\udd80", "its escapes are not text"),
            ("a=\\ud83e\\ud83e", "its escapes are not text"),
        ] {
            assert_eq!(parse_properties(text), Err(expected.to_owned()), "{text:?}");
        }
    }
}
