//! Reads the notation that `schemas/README.md` describes.

use super::schema::{Field, File, Kind, Message, PRIMITIVES, Range, Struct, Type};

/// Parses a file. The error is `LINE: what is wrong`.
pub(crate) fn file(text: &str) -> Result<File, String> {
    let lines: Vec<Line<'_>> = text
        .lines()
        .enumerate()
        .map(|(index, text)| Line { number: index + 1, indent: text.len() - text.trim_start().len(), text })
        .filter(|line| !line.text.trim().is_empty() && !line.text.starts_with('#'))
        .collect();
    let mut file = File::default();
    let mut rest = lines.as_slice();
    while let Some((head, below)) = rest.split_first() {
        let body_length = below.iter().take_while(|line| line.indent > 0).count();
        let (body, after) = below.split_at(body_length);
        item(head, body, &mut file).map_err(|error| format!("{}: {error}", head.number))?;
        rest = after;
    }
    Ok(file)
}

#[derive(Clone, Copy)]
struct Line<'a> {
    number: usize,
    indent: usize,
    text: &'a str,
}

fn item(head: &Line<'_>, body: &[Line<'_>], file: &mut File) -> Result<(), String> {
    let mut words = head.text.split_whitespace();
    let kind = match words.next().unwrap_or_default() {
        "request" => Kind::Request,
        "response" => Kind::Response,
        "header" => Kind::Header,
        "data" => Kind::Data,
        "record" => Kind::Record,
        "struct" => return shared(words.next().unwrap_or_default(), body, file),
        other => return Err(format!("'{other}' is no kind of message")),
    };
    let name = words.next().ok_or("a message has a name")?.to_owned();
    let (mut key, mut versions, mut flexible_from) = (None, None, None);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("'{word}' needs a value"))?;
        match word {
            "key" => key = Some(value.parse().map_err(|_| format!("key '{value}'"))?),
            "versions" => versions = Some(range(value)?),
            "flexible" => flexible_from = Some(range(value)?.low),
            _ => return Err(format!("'{word}' says nothing about a message")),
        }
    }
    let versions = versions.ok_or("a message has versions")?;
    let fields = fields(body, versions)?;
    file.messages.push(Message { kind, name, key, versions, flexible_from, fields });
    Ok(())
}

fn shared(name: &str, body: &[Line<'_>], file: &mut File) -> Result<(), String> {
    let owner = file.messages.last().ok_or("a struct follows the message it belongs to")?;
    let item = Struct {
        name: name.to_owned(),
        owner: Some(owner.name.clone()),
        versions: owner.versions,
        flexible_from: owner.flexible_from,
        fields: fields(body, owner.versions)?,
    };
    file.shared.push(item);
    Ok(())
}

/// The fields of one struct: lines of the least indent, each with the deeper ones below it.
fn fields(lines: &[Line<'_>], outer: Range) -> Result<Vec<Field>, String> {
    let mut fields = Vec::new();
    let mut rest = lines;
    while let Some((line, below)) = rest.split_first() {
        let inner_length = below.iter().take_while(|inner| inner.indent > line.indent).count();
        let (inner, after) = below.split_at(inner_length);
        let mut field = field(line.text, outer).map_err(|error| format!("{}: {error}", line.number))?;
        field.fields = self::fields(inner, field.versions)?;
        fields.push(field);
        rest = after;
    }
    Ok(fields)
}

fn field(text: &str, outer: Range) -> Result<Field, String> {
    let mut words = text.split_whitespace().peekable();
    let name = words.next().ok_or("a field has a name")?.to_owned();
    let notation = words.next().ok_or("a field has a type")?;
    let (of, nullable) = match notation.split_once('?') {
        None => (notation, None),
        Some((of, "")) => (of, Some(outer)),
        Some((of, versions)) => (of, Some(range(versions)?)),
    };
    let (of, is_array) = match of.strip_prefix('[').and_then(|of| of.strip_suffix(']')) {
        Some(element) => (element, true),
        None => (of, false),
    };
    let of = match PRIMITIVES.iter().find(|primitive| primitive.schema == of) {
        Some(primitive) => Type::Primitive(*primitive),
        None if of.starts_with(|c: char| c.is_ascii_uppercase()) => Type::Struct(of.to_owned()),
        None => return Err(format!("'{of}' is no type")),
    };
    let versions = match words.next_if(|word| is_range(word)) {
        Some(word) => range(word)?.intersect(outer),
        None => outer,
    };
    let nullable = nullable.map(|range| range.intersect(versions));
    let mut field = Field {
        name,
        of,
        is_array,
        versions,
        nullable,
        tag: None,
        default: None,
        is_ignorable: false,
        is_rigid: false,
        fields: Vec::new(),
    };
    while let Some(word) = words.next() {
        match word {
            "ignorable" => field.is_ignorable = true,
            "rigid" => field.is_rigid = true,
            "=" => field.default = Some(words.next().ok_or("'=' needs a value")?.to_owned()),
            "tag" => {
                let tag = words.next().and_then(|tag| tag.parse().ok()).ok_or("'tag' needs a number")?;
                let range = words.next_if(|word| is_range(word)).map_or(Ok(versions), range)?;
                field.tag = Some((tag, range.intersect(versions)));
            }
            _ => return Err(format!("'{word}' says nothing about a field")),
        }
    }
    Ok(field)
}

fn is_range(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

fn range(word: &str) -> Result<Range, String> {
    let number = |text: &str| text.parse::<i16>().map_err(|_| format!("'{word}' is no range of versions"));
    match (word.strip_suffix('+'), word.split_once('-')) {
        (Some(low), _) => Ok(Range { low: number(low)?, high: i16::MAX }),
        (None, Some((low, high))) => Ok(Range { low: number(low)?, high: number(high)? }),
        (None, None) => number(word).map(|version| Range { low: version, high: version }),
    }
}
