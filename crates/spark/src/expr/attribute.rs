//! `UnresolvedAttribute`: a column by name, possibly with the table before it and fields of structs after it.
//!
//! `plan_id`, which says from which DataFrame the program took the column, is not needed to find it: every input has
//! one column of a name, or the name is ambiguous and refused.

use arrow::datatypes::DataType;
use datafusion::common::{Column, DFSchema};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{Expr, ExprSchemable};

use super::Scope;
use crate::error::{
    Kind, Result, SparkError, ambiguous_reference, field_not_found, quoted, unresolved_column, unsupported,
};
use crate::proto::connect::expression::UnresolvedAttribute;

/// Parts of one name.
const MAX_PARTS: usize = 32;

pub(super) fn convert(scope: &Scope<'_>, attribute: &UnresolvedAttribute) -> Result<Expr> {
    if attribute.is_metadata_column() {
        return Err(unsupported("DataFrame.metadataColumn"));
    }
    resolve(scope.schema(), &parts_of(&attribute.unparsed_identifier)?)
}

/// As a column of a result: a struct's field goes by its own name.
pub(super) fn named(scope: &Scope<'_>, attribute: &UnresolvedAttribute) -> Result<Expr> {
    let expr = convert(scope, attribute)?;
    Ok(match (&expr, parts_of(&attribute.unparsed_identifier)?.pop()) {
        (Expr::Column(_), _) | (_, None) => expr,
        (_, Some(name)) => expr.alias(name),
    })
}

/// The parts of `` a.`b c`.d ``.
pub(crate) fn parts_of(name: &str) -> Result<Vec<String>> {
    let wrong = || {
        let text = format!("{} is not a valid name of a column or table.", quoted([name]));
        SparkError::new(Kind::Analysis, "INVALID_ATTRIBUTE_NAME_SYNTAX", "42601", text).with("name", name)
    };
    let mut parts = vec![String::new()];
    let mut chars = name.chars().peekable();
    let mut quoted_part = false;
    while let Some(c) = chars.next() {
        let part = parts.last_mut().ok_or_else(wrong)?;
        match c {
            '`' if quoted_part => match chars.peek() {
                Some('`') => part.extend(chars.next()),
                Some('.') | None => quoted_part = false,
                Some(_) => return Err(wrong()),
            },
            '`' if part.is_empty() => quoted_part = true,
            '.' if !quoted_part => parts.push(String::new()),
            other => part.push(other),
        }
    }
    if quoted_part || parts.len() > MAX_PARTS || parts.iter().any(String::is_empty) {
        return Err(wrong());
    }
    Ok(parts)
}

/// Finds the column of a name.
pub(super) fn resolve(schema: &DFSchema, parts: &[String]) -> Result<Expr> {
    let (column, fields) = find(schema, parts)?;
    fields.iter().try_fold(Expr::Column(column), |expr, field| field_of(schema, expr, field))
}

/// The column of a plain name, as in `dropDuplicates(["a"])`.
pub(crate) fn column_named(schema: &DFSchema, name: &str) -> Result<Column> {
    let (column, _) = find(schema, std::slice::from_ref(&name.to_owned()))?;
    Ok(column)
}

/// The column, and the parts that are left for fields. A table before the name wins over a struct of that name.
fn find<'p>(schema: &DFSchema, parts: &'p [String]) -> Result<(Column, &'p [String])> {
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let matches = |table: Option<&str>, name: &str| -> Vec<Column> {
        let fits = schema.iter().filter(|(qualifier, field)| {
            same(field.name(), name)
                && table.is_none_or(|table| qualifier.is_some_and(|q| same(q.table(), table)))
        });
        fits.map(Column::from).collect()
    };
    let qualified = match parts {
        [table, name, rest @ ..] => {
            Some((matches(Some(table), name), rest)).filter(|(found, _)| !found.is_empty())
        }
        _ => None,
    };
    let plain = || parts.split_first().map(|(name, rest)| (matches(None, name), rest));
    let (found, rest) = qualified.or_else(plain).unwrap_or((Vec::new(), parts));
    match found.as_slice() {
        [column] => Ok((column.clone(), rest)),
        [] => {
            let name: Vec<&str> = parts.iter().map(String::as_str).collect();
            Err(unresolved_column(&name, &proposals(schema, parts)))
        }
        several => {
            let several: Vec<_> = several.iter().map(|c| quoted(c.flat_name().split('.'))).collect();
            Err(ambiguous_reference(&parts.join("."), &several))
        }
    }
}

/// A field of a struct, by its name without regard to case.
pub(super) fn field_of(schema: &DFSchema, expr: Expr, name: &str) -> Result<Expr> {
    match expr.get_type(schema)? {
        DataType::Struct(fields) => match fields
            .iter()
            .find(|f| f.name().to_lowercase() == name.to_lowercase())
        {
            Some(field) => Ok(get_field(expr, field.name().as_str())),
            None => Err(field_not_found(name, &fields.iter().map(|f| f.name().clone()).collect::<Vec<_>>())),
        },
        DataType::Map(..) => Ok(get_field(expr, name)),
        other => {
            let text = format!(
                "Can't extract a value from \"{expr}\". Need a complex type [STRUCT, ARRAY, MAP] but got \"{other}\"."
            );
            Err(SparkError::new(Kind::Analysis, "INVALID_EXTRACT_BASE_FIELD_TYPE", "42000", text)
                .with("base", expr.to_string())
                .with("other", other.to_string()))
        }
    }
}

/// The columns that the user may have meant, the likeliest first.
fn proposals(schema: &DFSchema, parts: &[String]) -> Vec<String> {
    let wanted = parts.last().map(|name| name.to_lowercase()).unwrap_or_default();
    let mut names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    names.sort_by_cached_key(|name| (distance(&wanted, &name.to_lowercase()), name.clone()));
    names
}

/// Letters to change, insert or leave out (Levenshtein), over the first 64 of each.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let here = (diagonal + usize::from(x != *y)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, here);
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{Field, Schema};

    use super::*;

    fn schema() -> DFSchema {
        let window = DataType::Struct(vec![Field::new("start", DataType::Int64, true)].into());
        let fields = vec![
            Field::new("Value", DataType::Utf8, true),
            Field::new("a.b", DataType::Utf8, true),
            Field::new("window", window, true),
        ];
        DFSchema::try_from_qualified_schema("t", &Schema::new(fields)).unwrap()
    }

    #[test]
    fn names() {
        let cases = [
            ("value", Ok("t.Value")),
            ("T.VALUE", Ok("t.Value")),
            ("`a.b`", Ok("t.a.b")),
            ("t.`a.b`", Ok("t.a.b")),
            ("window.START", Ok("get_field(t.window, Utf8(\"start\"))")),
            ("window.nope", Err("FIELD_NOT_FOUND")),
            ("valeu", Err("UNRESOLVED_COLUMN.WITH_SUGGESTION")),
            ("value.x", Err("INVALID_EXTRACT_BASE_FIELD_TYPE")),
            ("a..b", Err("INVALID_ATTRIBUTE_NAME_SYNTAX")),
            ("`a", Err("INVALID_ATTRIBUTE_NAME_SYNTAX")),
            ("", Err("INVALID_ATTRIBUTE_NAME_SYNTAX")),
        ];
        for (name, expected) in cases {
            let found = parts_of(name).and_then(|parts| resolve(&schema(), &parts));
            let found =
                found.map(|e| e.to_string()).map_err(|e| e.condition_name().unwrap_or_default().to_owned());
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{name}");
        }
    }

    #[test]
    fn the_likeliest_column_is_proposed_first() {
        assert_eq!(proposals(&schema(), &["windwo".to_owned()]).first().map(String::as_str), Some("window"));
        assert_eq!([distance("", "abc"), distance("kitten", "sitting"), distance("abc", "abc")], [3, 3, 0]);
    }
}
