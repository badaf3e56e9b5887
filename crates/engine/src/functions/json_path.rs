//! `get_json_object(text, '$.a[0].b')` and what else looks into a JSON text without a schema.

use serde_json::Value as Json;

use super::rowwise::{Answer, Context, Gives, Kind, Out, RowFunction, Value, row};

pub(super) static TABLE: &[RowFunction] = &[
    row(&["get_json_object"], &[Kind::Text, Kind::Text], Gives::Text, get),
    row(&["json_array_length"], &[Kind::Text], Gives::Int32, length),
    row(&["json_object_keys"], &[Kind::Text], Gives::Texts, keys),
    row(&["schema_of_json"], &[Kind::Text], Gives::Text, schema),
];

fn parse(text: &str) -> Option<Json> {
    serde_json::Deserializer::from_str(text).into_iter::<Json>().next()?.ok()
}

/// One step of a path.
enum Step {
    Field(String),
    Index(usize),
    All,
}

/// `$.a.b[0]['c'][*]`; `None` if it is no path.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.trim().strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, next) = after.split_at_checked(end)?;
            if name.is_empty() {
                return None;
            }
            steps.push(if name == "*" { Step::All } else { Step::Field(name.to_owned()) });
            rest = next;
        } else {
            let (inside, next) = rest.strip_prefix('[')?.split_once(']')?;
            let quoted = inside.strip_prefix('\'').and_then(|name| name.strip_suffix('\''));
            steps.push(match (quoted, inside) {
                (Some(name), _) => Step::Field(name.to_owned()),
                (None, "*") => Step::All,
                (None, index) => Step::Index(index.parse().ok()?),
            });
            rest = next;
        }
    }
    Some(steps)
}

fn follow<'a>(value: &'a Json, steps: &[Step], found: &mut Vec<&'a Json>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(value);
        return;
    };
    match (step, value) {
        (Step::Field(name), Json::Object(fields)) => {
            if let Some(field) = fields.get(name) {
                follow(field, rest, found);
            }
        }
        // A name asks each of a list's objects for its field.
        (Step::Field(_), Json::Array(items)) => items.iter().for_each(|item| follow(item, steps, found)),
        (Step::Index(at), Json::Array(items)) => {
            if let Some(item) = items.get(*at) {
                follow(item, rest, found);
            }
        }
        (Step::All, Json::Array(items)) => items.iter().for_each(|item| follow(item, rest, found)),
        (Step::All, Json::Object(fields)) => fields.values().for_each(|field| follow(field, rest, found)),
        _ => {}
    }
}

fn get(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(text), Value::Text(path)] = args else { return Ok(None) };
    let (Some(json), Some(steps)) = (parse(text), steps(path)) else { return Ok(None) };
    let mut found = Vec::new();
    follow(&json, &steps, &mut found);
    Ok(match found.as_slice() {
        [] | [Json::Null] => None,
        [Json::String(text)] => Some(Out::Text(text.clone())),
        [one] => Some(Out::Text(one.to_string())),
        many => Some(Out::Text(Json::Array(many.iter().map(|one| (*one).clone()).collect()).to_string())),
    })
}

fn length(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(text)] = args else { return Ok(None) };
    let Some(Json::Array(items)) = parse(text) else { return Ok(None) };
    Ok(i64::try_from(items.len()).ok().map(Out::Int))
}

fn keys(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(text)] = args else { return Ok(None) };
    let Some(Json::Object(fields)) = parse(text) else { return Ok(None) };
    Ok(Some(Out::Texts(fields.keys().cloned().collect())))
}

fn schema(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(text)] = args else { return Ok(None) };
    Ok(parse(text).map(|json| Out::Text(type_of(&json))))
}

/// The type in SQL that a value is read as when nobody says.
fn type_of(json: &Json) -> String {
    match json {
        Json::Null | Json::String(_) => "STRING".to_owned(),
        Json::Bool(_) => "BOOLEAN".to_owned(),
        Json::Number(number) if number.is_f64() => "DOUBLE".to_owned(),
        Json::Number(_) => "BIGINT".to_owned(),
        Json::Array(items) => {
            let item = items.iter().find(|item| !item.is_null());
            format!("ARRAY<{}>", item.map_or_else(|| "STRING".to_owned(), type_of))
        }
        Json::Object(fields) => {
            let mut fields: Vec<_> =
                fields.iter().map(|(name, value)| format!("{name}: {}", type_of(value))).collect();
            fields.sort();
            format!("STRUCT<{}>", fields.join(", "))
        }
    }
}
