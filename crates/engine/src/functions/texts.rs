//! Functions of texts that `DataFusion` lacks or means differently.

use super::format_string::format_string;
use super::rowwise::{Answer, Context, Gives, Kind, Out, RowFunction, Value, row};

/// Characters that one row's text may grow to.
const MAX_TEXT: usize = 16 << 20;

pub(super) static TABLE: &[RowFunction] = &[
    row(&["initcap"], &[Kind::Text], Gives::Text, initcap),
    row(&["space"], &[Kind::Int], Gives::Text, space),
    row(&["lpad"], &[Kind::Text, Kind::Int, Kind::Text], Gives::Text, |_, args| pad(args, true)).from(2),
    row(&["rpad"], &[Kind::Text, Kind::Int, Kind::Text], Gives::Text, |_, args| pad(args, false)).from(2),
    row(&["substring", "substr"], &[Kind::Text, Kind::Int, Kind::Int], Gives::Text, substring).from(2),
    row(&["left"], &[Kind::Text, Kind::Int], Gives::Text, left),
    row(&["right"], &[Kind::Text, Kind::Int], Gives::Text, right),
    row(&["locate", "position"], &[Kind::Text, Kind::Text, Kind::Int], Gives::Int32, locate).from(2),
    row(&["instr"], &[Kind::Text, Kind::Text], Gives::Int32, instr),
    row(&["format_string", "printf"], &[Kind::Text], Gives::Text, format).and_more(Kind::Any),
    row(&["elt"], &[Kind::Int, Kind::Text], Gives::Text, elt).and_more(Kind::Text),
    row(&["soundex"], &[Kind::Text], Gives::Text, soundex),
    row(&["encode"], &[Kind::Text, Kind::Text], Gives::Bytes, encode),
    row(&["decode"], &[Kind::Bytes, Kind::Text], Gives::Text, decode),
];

fn text(out: impl Into<String>) -> Answer {
    Ok(Some(Out::Text(out.into())))
}

fn initcap(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(from)] = args else { return Ok(None) };
    let mut start = true;
    let mut out = String::with_capacity(from.len());
    for c in from.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        start = c == ' ';
    }
    text(out)
}

fn space(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Int(count)] = args else { return Ok(None) };
    text(" ".repeat(usize::try_from(*count).unwrap_or(0).min(MAX_TEXT)))
}

fn pad(args: &[Value<'_>], left: bool) -> Answer {
    let (from, length, with) = match args {
        [Value::Text(from), Value::Int(length)] => (from, length, " "),
        [Value::Text(from), Value::Int(length), Value::Text(with)] => (from, length, *with),
        _ => return Ok(None),
    };
    let length = usize::try_from(*length).unwrap_or(0).min(MAX_TEXT);
    let has = from.chars().count();
    let padding: String = with.chars().cycle().take(length.saturating_sub(has)).collect();
    let kept: String = from.chars().take(length).collect();
    text(if left { padding + &kept } else { kept + &padding })
}

/// Counted from 1, from the end if negative; 0 is 1.
fn substring(_: &Context, args: &[Value<'_>]) -> Answer {
    let (from, at, length) = match args {
        [Value::Text(from), Value::Int(at)] => (from, *at, i64::MAX),
        [Value::Text(from), Value::Int(at), Value::Int(length)] => (from, *at, *length),
        _ => return Ok(None),
    };
    let count = i64::try_from(from.chars().count()).unwrap_or(i64::MAX);
    let start = match at {
        0 => 0,
        at if at > 0 => at - 1,
        at => count.saturating_add(at),
    };
    let end = start.saturating_add(length.max(0));
    let (start, end) = (start.max(0), end.max(0));
    let skip = usize::try_from(start).unwrap_or(usize::MAX);
    let take = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
    text(from.chars().skip(skip).take(take).collect::<String>())
}

fn left(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(from), Value::Int(count)] = args else { return Ok(None) };
    text(from.chars().take(usize::try_from(*count).unwrap_or(0)).collect::<String>())
}

fn right(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(from), Value::Int(count)] = args else { return Ok(None) };
    let skip = from.chars().count().saturating_sub(usize::try_from(*count).unwrap_or(0));
    text(from.chars().skip(skip).collect::<String>())
}

/// The place of `part` at or after character `start` (from 1), 0 if there is none.
fn place(part: &str, from: &str, start: i64) -> Answer {
    let Ok(skip) = usize::try_from(start - 1) else { return Ok(Some(Out::Int(0))) };
    let from_byte = from.char_indices().nth(skip).map(|(at, _)| at);
    let Some(rest) = from_byte.and_then(|at| from.get(at..)) else {
        return Ok(Some(Out::Int(i64::from(part.is_empty() && skip == from.chars().count()))));
    };
    let found = rest.find(part).and_then(|at| rest.get(..at)).map(|before| skip + before.chars().count() + 1);
    Ok(Some(Out::Int(found.and_then(|at| i64::try_from(at).ok()).unwrap_or(0))))
}

fn locate(_: &Context, args: &[Value<'_>]) -> Answer {
    match args {
        [Value::Text(part), Value::Text(from)] => place(part, from, 1),
        [Value::Text(part), Value::Text(from), Value::Int(start)] => place(part, from, *start),
        _ => Ok(None),
    }
}

fn instr(_: &Context, args: &[Value<'_>]) -> Answer {
    match args {
        [Value::Text(from), Value::Text(part)] => place(part, from, 1),
        _ => Ok(None),
    }
}

fn format(_: &Context, args: &[Value<'_>]) -> Answer {
    match args {
        [Value::Text(pattern), values @ ..] => text(format_string(pattern, values)?),
        _ => Ok(None),
    }
}

fn elt(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Int(at), values @ ..] = args else { return Ok(None) };
    match usize::try_from(*at - 1).ok().and_then(|at| values.get(at)) {
        Some(Value::Text(found)) => text(*found),
        _ => Ok(None),
    }
}

fn soundex(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(from)] = args else { return Ok(None) };
    let code = |c: char| match c.to_ascii_uppercase() {
        'B' | 'F' | 'P' | 'V' => '1',
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => '2',
        'D' | 'T' => '3',
        'L' => '4',
        'M' | 'N' => '5',
        'R' => '6',
        'H' | 'W' => '7',
        _ => '0',
    };
    let mut chars = from.chars();
    let Some(first) = chars.next().filter(char::is_ascii_alphabetic) else { return text(*from) };
    let mut out = String::from(first.to_ascii_uppercase());
    let mut last = code(first);
    for c in chars.filter(char::is_ascii_alphabetic) {
        match code(c) {
            // H and W do not part two letters of one sound.
            '7' => {}
            '0' => last = '0',
            digit => {
                if digit != last && out.len() < 4 {
                    out.push(digit);
                }
                last = digit;
            }
        }
    }
    text(format!("{out:0<4}"))
}

fn is_utf8(charset: &str) -> bool {
    matches!(charset.to_ascii_lowercase().as_str(), "utf-8" | "utf8" | "us-ascii")
}

fn unknown_charset(charset: &str) -> Answer {
    Err(crate::EngineError::unsupported(format!(
        "the character set {charset} (UTF-8 and US-ASCII are there)"
    )))
}

fn encode(_: &Context, args: &[Value<'_>]) -> Answer {
    match args {
        [Value::Text(from), Value::Text(charset)] if is_utf8(charset) => {
            Ok(Some(Out::Bytes(from.as_bytes().to_vec())))
        }
        [_, Value::Text(charset)] => unknown_charset(charset),
        _ => Ok(None),
    }
}

fn decode(_: &Context, args: &[Value<'_>]) -> Answer {
    match args {
        [Value::Bytes(from), Value::Text(charset)] if is_utf8(charset) => text(String::from_utf8_lossy(from)),
        [_, Value::Text(charset)] => unknown_charset(charset),
        _ => Ok(None),
    }
}
