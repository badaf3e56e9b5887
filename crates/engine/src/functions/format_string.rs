//! `format_string('%d of %s', ...)`: Java's format language, as far as numbers and texts go.

use super::rowwise::Value;
use crate::EngineError;

/// Characters that one placeholder may be padded to.
const MAX_WIDTH: usize = 10_000;

#[derive(Debug, Default)]
struct Spec {
    left: bool,
    zero: bool,
    plus: bool,
    space: bool,
    group: bool,
    width: usize,
    precision: Option<usize>,
}

/// The pattern with its placeholders filled.
pub(super) fn format_string(pattern: &str, values: &[Value<'_>]) -> Result<String, EngineError> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars().peekable();
    let mut next = 0;
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = Spec::default();
        while let Some(flag) = chars.next_if(|c| "-0+ ,#".contains(*c)) {
            match flag {
                '-' => spec.left = true,
                '0' => spec.zero = true,
                '+' => spec.plus = true,
                ' ' => spec.space = true,
                ',' => spec.group = true,
                _ => {}
            }
        }
        let mut digits = String::new();
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        if chars.next_if_eq(&'$').is_some() {
            next = digits.parse::<usize>().unwrap_or(1).saturating_sub(1);
            digits.clear();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
        }
        spec.width = digits.parse::<usize>().unwrap_or(0).min(MAX_WIDTH);
        if chars.next_if_eq(&'.').is_some() {
            let mut precision = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                precision.push(digit);
            }
            spec.precision = precision.parse::<usize>().ok().map(|p| p.min(MAX_WIDTH));
        }
        match chars.next() {
            Some('%') => out.push('%'),
            Some('n') => out.push('\n'),
            Some(letter) => {
                let value = values.get(next).copied().unwrap_or(Value::Null);
                next += 1;
                let text = placeholder(letter, &spec, value).ok_or_else(|| wrong(pattern, letter))?;
                out.push_str(&padded(&text, &spec, letter));
            }
            None => return Err(wrong(pattern, '%')),
        }
    }
    Ok(out)
}

fn wrong(pattern: &str, letter: char) -> EngineError {
    EngineError::illegal_argument(format!(
        "format_string: '%{letter}' in '{pattern}' does not fit its argument or is not supported"
    ))
}

fn placeholder(letter: char, spec: &Spec, value: Value<'_>) -> Option<String> {
    if value == Value::Null {
        return Some("null".to_owned());
    }
    Some(match (letter, value) {
        ('s' | 'S', value) => {
            let text = plain(value);
            let text = match spec.precision {
                Some(precision) => text.chars().take(precision).collect(),
                None => text,
            };
            if letter == 'S' { text.to_uppercase() } else { text }
        }
        ('d', Value::Int(n)) => signed(n < 0, grouped(&n.unsigned_abs().to_string(), spec.group), spec),
        ('x', Value::Int(n)) => format!("{n:x}"),
        ('X', Value::Int(n)) => format!("{n:X}"),
        ('o', Value::Int(n)) => format!("{n:o}"),
        ('c', Value::Int(n)) => u32::try_from(n).ok().and_then(char::from_u32)?.to_string(),
        ('c', Value::Text(text)) => text.chars().next()?.to_string(),
        ('b' | 'B', value) => (value != Value::Bool(false)).to_string(),
        ('f', Value::Double(n)) => {
            let digits = format!("{:.*}", spec.precision.unwrap_or(6), n.abs());
            signed(n < 0.0, grouped(&digits, spec.group), spec)
        }
        ('e', Value::Double(n)) => {
            let text = format!("{:.*e}", spec.precision.unwrap_or(6), n.abs());
            let (mantissa, exponent) = text.split_once('e')?;
            let exponent: i32 = exponent.parse().ok()?;
            signed(
                n < 0.0,
                format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()),
                spec,
            )
        }
        _ => return None,
    })
}

fn plain(value: Value<'_>) -> String {
    match value {
        Value::Text(text) => text.to_owned(),
        Value::Int(n) => n.to_string(),
        Value::Double(n) => crate::show::double(n),
        Value::Bool(b) => b.to_string(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Time(us) => {
            chrono::DateTime::from_timestamp_micros(us).map_or_else(String::new, |t| t.to_string())
        }
        Value::Date(days) => super::dates::date_of(days).map_or_else(String::new, |date| date.to_string()),
        Value::Null => "null".to_owned(),
    }
}

fn signed(negative: bool, digits: String, spec: &Spec) -> String {
    match (negative, spec.plus, spec.space) {
        (true, ..) => format!("-{digits}"),
        (false, true, _) => format!("+{digits}"),
        (false, false, true) => format!(" {digits}"),
        _ => digits,
    }
}

/// `1234567.5` as `1,234,567.5`.
pub(super) fn grouped(digits: &str, group: bool) -> String {
    if !group {
        return digits.to_owned();
    }
    let (whole, rest) = digits.find('.').and_then(|at| digits.split_at_checked(at)).unwrap_or((digits, ""));
    let mut out = String::with_capacity(digits.len() + whole.len() / 3);
    for (at, c) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    out + rest
}

fn padded(text: &str, spec: &Spec, letter: char) -> String {
    let missing = spec.width.saturating_sub(text.chars().count());
    if missing == 0 {
        return text.to_owned();
    }
    if spec.left {
        return format!("{text}{}", " ".repeat(missing));
    }
    if spec.zero && letter != 's' {
        let sign = text.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(0);
        let (sign, digits) = text.split_at_checked(sign).unwrap_or(("", text));
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    format!("{}{text}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let cases: [(&str, &[Value<'_>], &str); 6] = [
            ("Hello %d %s", &[Value::Int(100), Value::Text("days")], "Hello 100 days"),
            ("%05.1f|%x", &[Value::Double(3.0625), Value::Int(255)], "003.1|ff"),
            ("%-5s|%5s|", &[Value::Text("a"), Value::Text("b")], "a    |    b|"),
            ("%,d %+d %%", &[Value::Int(-1_234_567), Value::Int(5)], "-1,234,567 +5 %"),
            ("%2$s %1$s", &[Value::Text("a"), Value::Text("b")], "b a"),
            ("%s %.3e", &[Value::Null, Value::Double(12345.678)], "null 1.235e+04"),
        ];
        for (pattern, values, expected) in cases {
            assert_eq!(format_string(pattern, values).unwrap(), expected);
        }
        assert!(format_string("%d", &[Value::Text("x")]).is_err());
        assert!(format_string("%", &[]).is_err());
    }
}
