//! What Spark reads differently in the text of SQL: names without regard to case (each is given the case that its column
//! has), backslashes in texts, parameters, and syntax that stands for a function.

use std::ops::ControlFlow;

use arrow::datatypes::{DataType, Field, Fields};
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, ObjectName,
    ObjectNamePart, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, Statement, TableFactor,
    TrimWhereField, UnaryOperator, Value, VisitMut, VisitorMut,
};

/// The names that a text may refer to: columns with the fields within, by their tables, and the text's own aliases.
#[derive(Debug, Default)]
pub(super) struct Names {
    all: Vec<String>,
    /// Columns by the name of their table, or an alias of it.
    tables: Vec<(String, Vec<String>)>,
    /// The fields of columns that are structs.
    structs: Vec<(String, Vec<String>)>,
}

impl Names {
    /// Takes in a table with its columns.
    pub(super) fn add_table(&mut self, table: &str, columns: &Fields) {
        columns.iter().for_each(|column| self.add(column));
        self.tables
            .push((table.to_lowercase(), columns.iter().map(|column| column.name().clone()).collect()));
    }

    /// Takes in a column.
    pub(super) fn add(&mut self, field: &Field) {
        self.add_name(field.name());
        match field.data_type() {
            DataType::Struct(fields) => {
                fields.iter().for_each(|field| self.add(field));
                let names = fields.iter().map(|field| field.name().clone()).collect();
                self.structs.push((field.name().clone(), names));
            }
            DataType::List(item) => self.add(item),
            _ => {}
        }
    }

    fn add_name(&mut self, name: &str) {
        if !self.all.iter().any(|known| known == name) {
            self.all.push(name.to_owned());
        }
    }

    fn columns_of(&self, table: &str) -> Option<&[String]> {
        let found = self.tables.iter().rfind(|(name, _)| name.eq_ignore_ascii_case(table));
        found.map(|(_, columns)| columns.as_slice())
    }

    fn correct(&self, ident: &mut Ident) {
        correct_by(&self.all, ident);
    }

    /// A column behind the name of its table is one of that table's.
    fn correct_compound(&self, parts: &mut [Ident]) {
        if let [table, column, ..] = parts
            && let Some(columns) = self.columns_of(&table.value)
        {
            correct_by(columns, column);
        }
        parts.iter_mut().for_each(|part| self.correct(part));
    }

    /// Corrects all names in an expression.
    pub(super) fn correct_expr(&self, expr: &mut Expr) {
        let _ = expr.visit(&mut Corrector { names: self, parameters: 0 });
    }

    /// Corrects all names in a statement.
    pub(super) fn correct_statement(&mut self, statement: &mut Statement) {
        let _ = statement.visit(&mut Aliases(self));
        let _ = statement.visit(&mut Corrector { names: self, parameters: 0 });
    }
}

/// A name that is known in one other case only gets that.
fn correct_by(known: &[String], ident: &mut Ident) {
    if known.contains(&ident.value) {
        return;
    }
    let mut others = known.iter().filter(|name| name.eq_ignore_ascii_case(&ident.value));
    if let (Some(one), None) = (others.next(), others.next()) {
        ident.value.clone_from(one);
    }
}

/// Gives names of tables the case that they are registered with: the lower one.
pub(super) fn lower_tables(statement: &mut Statement) {
    let _ = statement.visit(&mut Tables);
}

fn lower(ident: &mut Ident) {
    ident.value = ident.value.to_lowercase();
}

struct Tables;

impl VisitorMut for Tables {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let Some(with) = &mut query.with {
            with.cte_tables.iter_mut().for_each(|table| lower(&mut table.alias.name));
        }
        ControlFlow::Continue(())
    }

    /// The last part alone counts: there is one database, and the one of global views.
    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        for part in &mut relation.0 {
            if let ObjectNamePart::Identifier(ident) = part {
                lower(ident);
            }
        }
        let is = |part: Option<&ObjectNamePart>, names: &[&str]| matches!(part, Some(ObjectNamePart::Identifier(ident)) if names.contains(&ident.value.as_str()));
        while relation.0.len() > 1 && is(relation.0.first(), &["default", "spark_catalog", "global_temp"]) {
            relation.0.remove(0);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { alias: Some(alias), .. }
        | TableFactor::Derived { alias: Some(alias), .. } = table
        {
            lower(&mut alias.name);
        }
        ControlFlow::Continue(())
    }
}

/// Collects the names that a statement gives.
struct Aliases<'a>(&'a mut Names);

impl VisitorMut for Aliases<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                self.0.add_name(&alias.value);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, alias, .. } = &*table
            && let Some(ObjectNamePart::Identifier(last)) = name.0.last()
        {
            self.0.add_name(&last.value);
            if let Some(alias) = alias
                && let Some(columns) = self.0.columns_of(&last.value).map(<[String]>::to_vec)
            {
                self.0.tables.push((alias.name.value.clone(), columns));
            }
        }
        if let TableFactor::Table { alias: Some(alias), .. }
        | TableFactor::Derived { alias: Some(alias), .. } = table
        {
            self.0.add_name(&alias.name.value);
            alias.columns.iter().for_each(|column| self.0.add_name(&column.name.value));
        }
        ControlFlow::Continue(())
    }
}

struct Corrector<'a> {
    names: &'a Names,
    /// Positional parameters so far.
    parameters: usize,
}

impl VisitorMut for Corrector<'_> {
    type Break = ();

    /// `s.*` of a column that is a struct is its fields.
    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let items = std::mem::take(&mut select.projection);
        select.projection = items.into_iter().flat_map(|item| self.expanded(item)).collect();
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(ident) => self.names.correct(ident),
            Expr::CompoundIdentifier(parts) => self.names.correct_compound(parts),
            Expr::Value(literal) => self.value(&mut literal.value),
            Expr::Function(function) => {
                if let [ObjectNamePart::Identifier(name)] = function.name.0.as_mut_slice() {
                    lower(name);
                    if name.value == crate::functions::lambdas::EXISTS {
                        "exists".clone_into(&mut name.value);
                    }
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let null = Expr::value(Value::Null);
        if is_syntax_of_function(expr) {
            let old = std::mem::replace(expr, null);
            *expr = as_function(old);
        }
        ControlFlow::Continue(())
    }
}

impl Corrector<'_> {
    fn expanded(&self, item: SelectItem) -> Vec<SelectItem> {
        let SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) = &item
        else {
            return vec![item];
        };
        let [ObjectNamePart::Identifier(column)] = name.0.as_slice() else { return vec![item] };
        if self.names.columns_of(&column.value).is_some() {
            return vec![item];
        }
        let found = self.names.structs.iter().find(|(name, _)| name.eq_ignore_ascii_case(&column.value));
        let Some((column, fields)) = found else { return vec![item] };
        let fields = fields.iter().map(|field| SelectItem::ExprWithAlias {
            expr: Expr::CompoundIdentifier(vec![Ident::new(column), Ident::new(field)]),
            alias: Ident::new(field),
        });
        fields.collect()
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) if text.contains('\\') => {
                *text = unescaped(text);
            }
            // `:name` and `?` by DataFusion's names for parameters.
            Value::Placeholder(name) if name == "?" => {
                self.parameters += 1;
                *name = format!("${}", self.parameters);
            }
            Value::Placeholder(name) if name.starts_with(':') => name.replace_range(..1, "$"),
            _ => {}
        }
    }
}

fn is_syntax_of_function(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::RLike { .. }
            | Expr::Substring { .. }
            | Expr::Position { .. }
            | Expr::Trim { .. }
            | Expr::Ceil { .. }
            | Expr::Floor { .. }
            | Expr::UnaryOp { op: UnaryOperator::BitwiseNot | UnaryOperator::BangNot, .. }
    ) || matches!(expr, Expr::Value(value) if matches!(value.value, Value::Number(_, true)))
}

fn as_function(expr: Expr) -> Expr {
    let not = |expr: Expr| Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(expr) };
    match expr {
        Expr::RLike { negated, expr, pattern, .. } => {
            let call = function("rlike", vec![*expr, *pattern]);
            if negated { not(call) } else { call }
        }
        Expr::Substring { expr, substring_from, substring_for, shorthand, .. } => {
            let args = [Some(expr), substring_from, substring_for].into_iter().flatten().map(|arg| *arg);
            function(if shorthand { "substr" } else { "substring" }, args.collect())
        }
        Expr::Position { expr, r#in } => function("locate", vec![*expr, *r#in]),
        Expr::Trim { trim_where, trim_what, expr, trim_characters } => {
            let name = match trim_where {
                Some(TrimWhereField::Leading) => "ltrim",
                Some(TrimWhereField::Trailing) => "rtrim",
                _ => "trim",
            };
            let what = trim_what.map(|what| *what).or_else(|| trim_characters?.into_iter().next());
            function(name, std::iter::once(*expr).chain(what).collect())
        }
        Expr::Ceil { expr, .. } => function("ceil", vec![*expr]),
        Expr::Floor { expr, .. } => function("floor", vec![*expr]),
        Expr::UnaryOp { op: UnaryOperator::BitwiseNot, expr } => function("bitwise_not", vec![*expr]),
        Expr::UnaryOp { op: UnaryOperator::BangNot, expr } => not(*expr),
        // `1L` is a BIGINT, however small.
        Expr::Value(value) => {
            let number = match value.value {
                Value::Number(digits, true) => Expr::value(Value::Number(digits, false)),
                other => Expr::value(other),
            };
            function("bigint", vec![number])
        }
        other => other,
    }
}

fn function(name: &str, args: Vec<Expr>) -> Expr {
    let args = args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)));
    Expr::Function(Function {
        name: ObjectName::from(Ident::new(name)),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: args.collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
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
