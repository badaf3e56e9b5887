//! Writes, for tests and fuzz targets only, how to make a struct with something in every field that a version has.

use std::fmt::Write;

use super::schema::Struct;
use super::types::identifier;

/// `impl Sample`.
pub(crate) fn implementation(item: &Struct) -> String {
    let name = &item.name;
    let mut code = format!(
        "#[cfg(any(test, feature = \"sample\"))]
impl crate::sample::Sample for {name} {{
    #[allow(clippy::field_reassign_with_default)]
    fn sample(s: &mut crate::sample::Source, at: crate::value::At) -> Self {{\n"
    );
    if item.fields.is_empty() {
        code.push_str("        let _ = (s, at);\n        Self::default()\n    }\n}\n\n");
        return code;
    }
    code.push_str("        let mut it = Self::default();\n");
    for field in &item.fields {
        let value = match field.nullable {
            None => "s.value(at)".to_owned(),
            Some(range) => {
                let condition = range.condition(field.versions).unwrap_or_else(|| "true".into());
                format!("s.nullable({condition}, at)")
            }
        };
        let statement = format!("it.{} = {value};", identifier(&field.name));
        let _ = match field.versions.condition(item.versions) {
            None => writeln!(code, "        {statement}"),
            Some(condition) => writeln!(code, "        if {condition} {{ {statement} }}"),
        };
    }
    code.push_str("        it\n    }\n}\n\n");
    code
}
