//! Spark's own spellings that the parser does not know, brought into ones that it does: `\\'` in a text, `1.5D`,
//! `INTERVAL '2 hours 30 minutes'`. What stays has its place in the text, so that errors name the right column.

use std::iter::Peekable;
use std::str::Chars;

/// The text for the parser.
pub(super) fn for_parser(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    let mut previous = ' ';
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' | '`' => {
                let literal = quoted(c, &mut chars);
                match interval(&mut out, &literal) {
                    Some(sum) => out.push_str(&sum),
                    None => out.push_str(&literal),
                }
            }
            '-' if chars.peek() == Some(&'-') => {
                out.push(c);
                while let Some(next) = chars.next_if(|c| *c != '\n') {
                    out.push(next);
                }
            }
            c if c.is_ascii_digit() && !is_name(previous) => {
                out.push(c);
                number(&mut chars, &mut out);
            }
            '(' => {
                exists(&mut out, &chars);
                out.push(c);
            }
            c => out.push(c),
        }
        previous = out.chars().next_back().unwrap_or(' ');
    }
    out
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// `exists` before a parenthesis without a query in it is the function of that name, which the parser does not know.
fn exists(before: &mut String, rest: &Peekable<Chars<'_>>) {
    let name = before.trim_end();
    let start = name.len().saturating_sub(6);
    let is_word = name.get(start..).is_some_and(|word| word.eq_ignore_ascii_case("exists"))
        && !name.get(..start).and_then(|text| text.chars().next_back()).is_some_and(is_name);
    let inner: String = rest.clone().filter(|c| !c.is_whitespace()).take(6).collect();
    let inner = inner.to_lowercase();
    let is_query =
        ["(", "select", "with", "values", "from", "table"].iter().any(|word| inner.starts_with(word));
    if is_word && !is_query {
        let end = name.len();
        before.replace_range(start..end, crate::functions::lambdas::EXISTS);
    }
}

/// A literal in quotes, its first one taken; a quote behind a backslash is doubled instead.
fn quoted(quote: char, chars: &mut Peekable<Chars<'_>>) -> String {
    let mut out = String::from(quote);
    while let Some(c) = chars.next() {
        if c == '\\' && quote != '`' {
            match chars.next() {
                Some(next) if next == quote => out.extend([quote, quote]),
                Some(next) => out.extend(['\\', next]),
                None => out.push('\\'),
            }
            continue;
        }
        out.push(c);
        if c == quote {
            break;
        }
    }
    out
}

/// The rest of a number; letters that say its type give way to blanks.
fn number(chars: &mut Peekable<Chars<'_>>, out: &mut String) {
    let mut fraction = false;
    loop {
        match chars.peek().copied() {
            Some(c) if c.is_ascii_digit() => out.push(c),
            Some('.') if !fraction => {
                fraction = true;
                out.push('.');
            }
            Some('e' | 'E') => {
                let mut ahead = chars.clone();
                ahead.next();
                ahead.next_if(|c| "+-".contains(*c));
                if !ahead.peek().is_some_and(char::is_ascii_digit) {
                    return;
                }
                fraction = true;
                out.extend(chars.next());
                out.extend(chars.next_if(|c| "+-".contains(*c)));
                continue;
            }
            Some('d' | 'D' | 'f' | 'F') => {
                let mut ahead = chars.clone();
                ahead.next();
                if ahead.peek().copied().is_some_and(is_name) {
                    return;
                }
                chars.next();
                out.push(if fraction { ' ' } else { '.' });
                return;
            }
            _ => return,
        }
        chars.next();
    }
}

/// A sum of single intervals for a literal of several units behind the word `INTERVAL`, which goes.
fn interval(before: &mut String, literal: &str) -> Option<String> {
    let head = before.trim_end();
    let word = head.get(head.len().checked_sub(8)?..)?;
    let inner = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    let words: Vec<&str> = inner.split_whitespace().collect();
    let pairs = words.chunks_exact(2);
    let is_sum = pairs.len() > 0
        && pairs.remainder().is_empty()
        && words.chunks_exact(2).all(|pair| match pair {
            [count, unit] => count.parse::<f64>().is_ok() && unit.chars().all(|c| c.is_ascii_alphabetic()),
            _ => false,
        });
    if !word.eq_ignore_ascii_case("interval") || !is_sum {
        return None;
    }
    let parts = words.chunks_exact(2).filter_map(|pair| match pair {
        [count, unit] => Some(format!("INTERVAL '{count}' {unit}")),
        _ => None,
    });
    let sum = parts.collect::<Vec<_>>().join(" + ");
    before.truncate(head.len() - 8);
    Some(format!("({sum})"))
}

#[cfg(test)]
mod tests {
    use super::for_parser;

    #[test]
    fn texts() {
        let cases = [
            (r"SELECT 'it\'s', '\\d'", r"SELECT 'it''s', '\\d'"),
            ("SELECT 1.5D, 2D, 1e3, 1L, a1d", "SELECT 1.5 , 2., 1e3, 1L, a1d"),
            ("t + interval '2 hours 30 minutes'", "t + (INTERVAL '2' hours + INTERVAL '30' minutes)"),
            ("interval '1' day -- it's", "interval '1' day -- it's"),
            ("exists(a, x -> x) AND EXISTS (SELECT 1)", "exist_(a, x -> x) AND EXISTS (SELECT 1)"),
            ("SELECT `a\\'b`, \"x\\\"y\"", "SELECT `a\\'b`, \"x\"\"y\""),
        ];
        for (text, expected) in cases {
            assert_eq!(for_parser(text), expected);
        }
    }
}
