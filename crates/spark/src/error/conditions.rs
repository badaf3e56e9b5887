//! The error conditions that this crate raises, one function each: name, SQLSTATE and text are Spark's.

use super::{Kind, SparkError};

/// A name in backquotes, as Spark prints identifiers: `a.b` becomes `` `a`.`b` ``.
pub fn quoted<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let parts: Vec<_> = parts.into_iter().map(|part| format!("`{}`", part.replace('`', "``"))).collect();
    parts.join(".")
}

/// A handle (session or operation id) that cannot be used; `sub` is Spark's sub-condition.
pub fn invalid_handle(sub: &str, handle: &str, why: &str) -> SparkError {
    let text = format!("The handle {handle} is invalid. {why}");
    SparkError::new(Kind::Spark, &format!("INVALID_HANDLE.{sub}"), "HY000", text).with("handle", handle)
}

/// A place in a response stream that cannot be resumed.
pub fn invalid_cursor(sub: &str, why: &str) -> SparkError {
    SparkError::new(
        Kind::Spark,
        &format!("INVALID_CURSOR.{sub}"),
        "HY109",
        format!("The cursor is invalid. {why}"),
    )
}

/// The client asked for the operation to stop.
pub fn operation_canceled() -> SparkError {
    SparkError::new(Kind::Spark, "OPERATION_CANCELED", "HY008", "Operation has been canceled.")
}

/// Nobody set this config and it has no default.
pub fn sql_conf_not_found(key: &str) -> SparkError {
    let text = format!("The SQL config \"{key}\" cannot be found. Please verify that the config exists.");
    SparkError::new(Kind::NoSuchElement, "SQL_CONF_NOT_FOUND", "42K0I", text)
        .with("sqlConf", format!("\"{key}\""))
}

/// A config that only the server's start can set.
pub fn cannot_modify_config(key: &str) -> SparkError {
    let text = format!(
        "Cannot modify the value of the Spark config: \"{key}\". \
         See also 'https://spark.apache.org/docs/latest/sql-migration-guide.html#ddl-statements'."
    );
    SparkError::new(Kind::Analysis, "CANNOT_MODIFY_CONFIG", "46110", text).with("key", format!("\"{key}\""))
}

/// The client's message lacks something, or holds what cannot be.
pub fn invalid_plan(why: impl Into<String>) -> SparkError {
    SparkError::plain(Kind::InvalidPlan, why)
}

/// Something of Spark's that is not done here; `what` names it.
pub fn unsupported(what: impl AsRef<str>) -> SparkError {
    let what = what.as_ref();
    let text = format!("The feature is not supported: {what} is not supported by Millstream.");
    SparkError::new(Kind::Unsupported, "UNSUPPORTED_FEATURE", "0A000", text).with("feature", what)
}

/// A struct has no such field.
pub fn field_not_found(field: &str, fields: &[String]) -> SparkError {
    let fields: Vec<_> = fields.iter().map(|f| quoted([f.as_str()])).collect();
    let (field, fields) = (quoted([field]), fields.join(", "));
    let text = format!("No such struct field {field} in {fields}.");
    SparkError::new(Kind::Analysis, "FIELD_NOT_FOUND", "42704", text)
        .with("fieldName", field)
        .with("fields", fields)
}

/// A schema text that is neither DDL nor JSON; `why` says where it goes wrong.
pub fn invalid_schema(text: &str, why: &str) -> SparkError {
    let message =
        format!("The input schema \"{text}\" is not a valid schema string. Cannot parse the schema: {why}");
    SparkError::new(Kind::Analysis, "INVALID_SCHEMA.PARSE_ERROR", "42K07", message)
        .with("inputSchema", format!("\"{text}\""))
        .with("reason", why)
}

/// A type that has no counterpart here.
pub fn unsupported_datatype(name: &str) -> SparkError {
    let name = format!("\"{name}\"");
    SparkError::new(
        Kind::Unsupported,
        "UNSUPPORTED_DATATYPE",
        "0A000",
        format!("Unsupported data type {name}."),
    )
    .with("typeName", name)
}

/// The plan's bytes cannot be read. Clients that compress plans stop doing so at this condition.
pub fn cannot_parse_plan(why: &str) -> SparkError {
    let text =
        format!("The Spark Connect plan is invalid. Cannot decompress or parse the input plan ({why}).");
    SparkError::new(Kind::InvalidPlan, "CONNECT_INVALID_PLAN.CANNOT_PARSE", "56K00", text)
        .with("errorMsg", why)
}
