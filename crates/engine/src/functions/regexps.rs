//! Functions of regular expressions beside `regexp_extract`.

use super::regexp_extract::compiled;
use super::rowwise::{Answer, Context, Gives, Kind, Out, RowFunction, Value, row};
use crate::EngineError;

pub(super) static TABLE: &[RowFunction] = &[
    row(&["regexp_replace"], &[Kind::Text, Kind::Text, Kind::Text, Kind::Int], Gives::Text, replace).from(3),
    row(&["regexp_extract_all"], &[Kind::Text, Kind::Text, Kind::Int], Gives::Texts, extract_all).from(2),
    row(&["regexp_count"], &[Kind::Text, Kind::Text], Gives::Int32, count),
    row(&["regexp_substr"], &[Kind::Text, Kind::Text], Gives::Text, substr),
    row(&["regexp_instr"], &[Kind::Text, Kind::Text], Gives::Int32, instr),
    row(&["rlike", "regexp", "regexp_like"], &[Kind::Text, Kind::Text], Gives::Bool, like),
];

/// Java's replacement text (`$1`, `\$`) as the regex crate's.
fn replacement(java: &str) -> String {
    let mut out = String::with_capacity(java.len() + 4);
    let mut chars = java.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('$') => out.push_str("$$"),
                Some(other) => out.push(other),
                None => {}
            },
            '$' => {
                let mut group = String::new();
                while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                    group.push(digit);
                }
                if group.is_empty() {
                    out.push_str("$$");
                } else {
                    out.push_str(&format!("${{{group}}}"));
                }
            }
            other => out.push(other),
        }
    }
    out
}

fn replace(_: &Context, args: &[Value<'_>]) -> Answer {
    let (text, pattern, with, start) = match args {
        [Value::Text(text), Value::Text(pattern), Value::Text(with)] => (text, pattern, with, 1),
        [Value::Text(text), Value::Text(pattern), Value::Text(with), Value::Int(start)] => {
            (text, pattern, with, *start)
        }
        _ => return Ok(None),
    };
    let skip = usize::try_from(start - 1).unwrap_or(0);
    let at = text.char_indices().nth(skip).map_or(text.len(), |(at, _)| at);
    let (head, tail) = text.split_at_checked(at).unwrap_or(("", text));
    let replaced = compiled("regexp_replace", pattern)?.replace_all(tail, replacement(with)).into_owned();
    Ok(Some(Out::Text(format!("{head}{replaced}"))))
}

fn extract_all(_: &Context, args: &[Value<'_>]) -> Answer {
    let (text, pattern, group) = match args {
        [Value::Text(text), Value::Text(pattern)] => (text, pattern, 1),
        [Value::Text(text), Value::Text(pattern), Value::Int(group)] => (text, pattern, *group),
        _ => return Ok(None),
    };
    let pattern = compiled("regexp_extract_all", pattern)?;
    let groups = pattern.captures_len() - 1;
    let group = usize::try_from(group).ok().filter(|group| *group <= groups).ok_or_else(|| {
        EngineError::execution(format!(
            "[INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX] The value of parameter(s) `idx` in `regexp_extract_all` is \
             invalid: Expects group index between 0 and {groups}, but got {group}. SQLSTATE: 22023"
        ))
    })?;
    let found = pattern
        .captures_iter(text)
        .map(|found| found.get(group).map_or_else(String::new, |part| part.as_str().to_owned()));
    Ok(Some(Out::Texts(found.collect())))
}

fn count(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(text), Value::Text(pattern)] = args else { return Ok(None) };
    let count = compiled("regexp_count", pattern)?.find_iter(text).count();
    Ok(i64::try_from(count).ok().map(Out::Int))
}

fn substr(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(text), Value::Text(pattern)] = args else { return Ok(None) };
    Ok(compiled("regexp_substr", pattern)?.find(text).map(|found| Out::Text(found.as_str().to_owned())))
}

fn instr(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(text), Value::Text(pattern)] = args else { return Ok(None) };
    let found = compiled("regexp_instr", pattern)?.find(text);
    let place =
        found.and_then(|found| text.get(..found.start())).map_or(0, |before| before.chars().count() + 1);
    Ok(i64::try_from(place).ok().map(Out::Int))
}

fn like(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(text), Value::Text(pattern)] = args else { return Ok(None) };
    Ok(Some(Out::Bool(compiled("rlike", pattern)?.is_match(text))))
}
