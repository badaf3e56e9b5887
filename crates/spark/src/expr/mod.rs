//! Spark Connect's expressions as DataFusion's, one kind a file.
//!
//! Names are resolved against the input's columns; types are coerced later, by the engine. A kind that is not done is
//! an error with its name.

mod alias;
mod attribute;
mod expression_string;
mod extract_value;
mod function;
mod lambda;
mod literal;
mod python_function;
pub(crate) mod sort_order;
mod star;
mod window;

use datafusion::logical_expr::{Expr, LogicalPlan};

use millstream_engine as engine;

pub(crate) use literal::value as literal_value;
pub(crate) use python_function::function as python_function;

use crate::error::{Result, invalid_plan, unsupported};
use crate::plan::Origins;
use crate::proto::connect::Expression;
use crate::proto::connect::expression::cast::{CastToType, EvalMode};
use crate::proto::connect::expression::{Cast, ExprType};
use crate::session::Session;
use crate::types;

/// What expressions are read against.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    session: &'a Session,
    input: &'a LogicalPlan,
    origins: &'a Origins,
}

impl<'a> Scope<'a> {
    /// The scope of expressions over `input`.
    pub(crate) fn new(session: &'a Session, input: &'a LogicalPlan, origins: &'a Origins) -> Self {
        Self { session, input, origins }
    }

    /// One expression.
    pub(crate) fn convert(&self, expression: &Expression) -> Result<Expr> {
        match expression.expr_type.as_ref() {
            Some(ExprType::Literal(literal)) => literal::convert(literal),
            Some(ExprType::UnresolvedAttribute(attribute)) => attribute::convert(self, attribute),
            Some(ExprType::UnresolvedFunction(function)) => function::convert(self, function),
            Some(ExprType::CallFunction(call)) => function::call(self, &call.function_name, &call.arguments),
            Some(ExprType::ExpressionString(text)) => expression_string::convert(self, &text.expression),
            Some(ExprType::Alias(alias)) => alias::convert(self, alias),
            Some(ExprType::Cast(cast)) => convert_cast(self, cast),
            Some(ExprType::UnresolvedExtractValue(extract)) => extract_value::convert(self, extract),
            Some(ExprType::CommonInlineUserDefinedFunction(function)) => {
                python_function::convert(self, function)
            }
            Some(ExprType::LambdaFunction(function)) => lambda::convert(self, function),
            Some(ExprType::UnresolvedNamedLambdaVariable(variable)) => lambda::variable(variable),
            Some(ExprType::Window(window)) => window::convert(self, window),
            Some(ExprType::SortOrder(_)) => Err(invalid_plan("A sort order stands where a value is needed.")),
            Some(ExprType::UnresolvedStar(_)) => {
                Err(invalid_plan("A star (*) stands where one value is needed."))
            }
            Some(other) => Err(unsupported(name_of(other))),
            None => Err(invalid_plan("The plan holds an expression that this server does not know.")),
        }
    }

    /// An expression that must be there.
    pub(crate) fn required(&self, expression: Option<&Expression>) -> Result<Expr> {
        self.convert(expression.ok_or_else(|| invalid_plan("An expression is missing from the plan."))?)
    }

    /// A list of columns: stars become the columns that they stand for, fields of structs get their last name.
    pub(crate) fn named(&self, expressions: &[Expression]) -> Result<Vec<Expr>> {
        let mut columns = Vec::with_capacity(expressions.len());
        for expression in expressions {
            match expression.expr_type.as_ref() {
                Some(ExprType::UnresolvedStar(star)) => {
                    columns.extend(star::expand(self, star.unparsed_target.as_deref())?)
                }
                Some(ExprType::ExpressionString(text)) => {
                    columns.extend(expression_string::columns(self, &text.expression)?);
                }
                Some(ExprType::UnresolvedAttribute(attribute)) => {
                    columns.push(attribute::named(self, attribute)?)
                }
                Some(ExprType::UnresolvedExtractValue(extract)) => {
                    columns.push(extract_value::named(self, extract)?)
                }
                _ => columns.push(self.convert(expression)?),
            }
        }
        Ok(columns)
    }
}

fn convert_cast(scope: &Scope<'_>, cast: &Cast) -> Result<Expr> {
    if cast.eval_mode() == EvalMode::Ansi {
        return Err(unsupported("a cast in ANSI mode"));
    }
    let to = match &cast.cast_to_type {
        Some(CastToType::Type(data_type)) => types::from_proto(data_type)?,
        Some(CastToType::TypeStr(text)) => types::parse_schema(text)?,
        None => return Err(invalid_plan("A cast names no type.")),
    };
    Ok(engine::functions::cast(scope.required(cast.expr.as_deref())?, to))
}

fn name_of(expr: &ExprType) -> &'static str {
    match expr {
        ExprType::UnresolvedRegex(_) => "DataFrame.colRegex",
        ExprType::Window(_) => "a window function (Column.over)",
        ExprType::UpdateFields(_) => "Column.withField / dropFields",
        ExprType::CommonInlineUserDefinedFunction(_) => "a Python function (udf, pandas_udf)",
        ExprType::NamedArgumentExpression(_) => "a named argument",
        ExprType::MergeAction(_) => "DataFrame.mergeInto",
        ExprType::TypedAggregateExpression(_) => "a Scala aggregator",
        ExprType::SubqueryExpression(_) => "a subquery (DataFrame.scalar / exists)",
        ExprType::Extension(_) => "an expression of a Spark Connect plugin",
        _ => "this expression",
    }
}
