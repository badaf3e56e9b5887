//! Java's properties files: `meta.properties`, `server.properties`, the clients' files of settings.

use std::str::Chars;

/// The lines of a properties file in order, escapes undone. A key may come twice; Java takes the last.
///
/// # Errors
/// What is wrong with an escape.
pub fn parse_properties(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut properties = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut line = line.to_owned();
        while goes_on(&line) {
            line.pop();
            match lines.next() {
                Some(more) => line.push_str(more.trim_start()),
                None => break,
            }
        }
        let mut chars = line.chars();
        let key = unescape_until(&mut chars, |c| matches!(c, '=' | ':' | ' ' | '\t'))?;
        let rest = chars.as_str().trim_start();
        // `key = value`: the blank has ended the key, the sign is still there.
        let is_signed =
            line.get(..line.len() - chars.as_str().len()).is_some_and(|k| k.ends_with(['=', ':']));
        let rest = if is_signed { rest } else { rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start() };
        properties.push((key, unescape_until(&mut rest.chars(), |_| false)?));
    }
    Ok(properties)
}

/// Does the line end in a backslash that is not itself escaped?
fn goes_on(line: &str) -> bool {
    line.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1
}

/// Reads up to an unescaped end (which is taken too), undoing Java's escapes.
fn unescape_until(chars: &mut Chars<'_>, is_end: impl Fn(char) -> bool) -> Result<String, String> {
    let mut units: Vec<u16> = Vec::new();
    let mut buffer = [0; 2];
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' => match chars.next() {
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).collect();
                    let unit =
                        u16::from_str_radix(&digits, 16).map_err(|_| format!("\\u{digits} is no escape"))?;
                    units.push(unit);
                    continue;
                }
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\u{c}',
                Some(c) => c,
                None => break,
            },
            c if is_end(c) => break,
            c => c,
        };
        units.extend_from_slice(c.encode_utf16(&mut buffer));
    }
    String::from_utf16(&units).map_err(|_| "its escapes are not text".to_owned())
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
        ];
        for (text, expected) in table {
            let expected: Vec<_> =
                expected.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            assert_eq!(parse_properties(text), Ok(expected), "{text:?}");
        }
        assert!(parse_properties("a=\\u00zz").is_err());
    }
}
