//! What Spark reads differently in the text of SQL: names without regard to case (each is given the case that its column
//! has) and backslashes in texts.

use std::ops::ControlFlow;

use arrow::datatypes::{DataType, Field};
use datafusion::sql::sqlparser::ast::{Expr, Ident, Statement, Value, VisitMut, visit_expressions_mut};

/// The names of columns that a text may refer to, with those of the fields within.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<String>);

impl Names {
    /// Takes in a column.
    pub(super) fn add(&mut self, field: &Field) {
        if !self.0.iter().any(|name| name == field.name()) {
            self.0.push(field.name().clone());
        }
        match field.data_type() {
            DataType::Struct(fields) => fields.iter().for_each(|field| self.add(field)),
            DataType::List(item) => self.add(item),
            _ => {}
        }
    }

    /// A name that is known in one other case only gets that.
    fn correct(&self, ident: &mut Ident) {
        if self.0.contains(&ident.value) {
            return;
        }
        let mut others = self.0.iter().filter(|name| name.eq_ignore_ascii_case(&ident.value));
        if let (Some(one), None) = (others.next(), others.next()) {
            ident.value.clone_from(one);
        }
    }

    /// Corrects all names in an expression.
    pub(super) fn correct_expr(&self, expr: &mut Expr) {
        self.correct_all(expr);
    }

    /// Corrects all names in a statement.
    pub(super) fn correct_statement(&self, statement: &mut Statement) {
        self.correct_all(statement);
    }

    fn correct_all<V: VisitMut>(&self, node: &mut V) {
        let _: ControlFlow<()> = visit_expressions_mut(node, |expr| {
            match expr {
                Expr::Identifier(ident) => self.correct(ident),
                Expr::CompoundIdentifier(parts) => parts.iter_mut().for_each(|part| self.correct(part)),
                Expr::Value(literal) => {
                    if let Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) =
                        &mut literal.value
                        && text.contains('\\')
                    {
                        *text = unescaped(text);
                    }
                }
                _ => {}
            }
            ControlFlow::Continue(())
        });
    }
}

/// A text literal with its backslashes read: `\\n`, `\\t`, `\\\\` and so on. `\\%` and `\\_` stay for `LIKE`.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('0') => out.push('\0'),
            Some('Z') => out.push('\u{1a}'),
            Some(kept @ ('%' | '_')) => out.extend(['\\', kept]),
            Some(other) => out.push(other),
            None => out.push('\\'),
        }
    }
    out
}
