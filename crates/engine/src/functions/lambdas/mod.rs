//! Functions that take functions: `transform(list, x -> x + 1)`, `filter`, `exists`, `forall`, `aggregate` (`reduce`).
//!
//! A lambda runs over the items of all lists of a batch at once; columns that it uses beside its parameters are spread
//! over the items. The types of its parameters are those of the list's items, which are known once the columns are:
//! [`resolved`] writes them into an expression that was made without.

mod each;
mod fold;
mod items;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::common::{DFSchema, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{HigherOrderFunction, LambdaVariable};
use datafusion::logical_expr::{
    ColumnarValue, Expr, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature,
    HigherOrderTypeSignature, HigherOrderUDF, HigherOrderUDFImpl, LambdaParametersProgress, ValueOrLambda,
    Volatility,
};

use crate::EngineError;

/// What is done with the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Transform,
    Filter,
    Exists,
    Forall,
    Aggregate,
}

const TABLE: [(&str, Kind); 6] = [
    ("transform", Kind::Transform),
    ("filter", Kind::Filter),
    ("exists", Kind::Exists),
    ("forall", Kind::Forall),
    ("aggregate", Kind::Aggregate),
    ("reduce", Kind::Aggregate),
];

/// The names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

/// The functions, for registration with SQL.
pub(crate) fn all() -> impl Iterator<Item = Arc<HigherOrderUDF>> {
    TABLE.iter().map(|(name, kind)| udf(name, *kind))
}

fn udf(name: &'static str, kind: Kind) -> Arc<HigherOrderUDF> {
    let signature = HigherOrderSignature::new(HigherOrderTypeSignature::VariadicAny, Volatility::Immutable);
    Arc::new(HigherOrderUDF::new_from_impl(OverItems { name, kind, signature }))
}

/// What `exists` is called on the way through the parser, which takes `exists(` for a subquery.
pub(crate) const EXISTS: &str = "exist_";

/// The call, if the function is one of these.
pub(super) fn call(name: &str, args: &[Expr]) -> Option<Result<Expr, EngineError>> {
    let (name, kind) = TABLE.iter().find(|(known, _)| *known == name)?;
    let lambda = |arg: &Expr| matches!(arg, Expr::Lambda(_));
    let fits = match (kind, args) {
        (Kind::Aggregate, [list, start, merge]) => !lambda(list) && !lambda(start) && lambda(merge),
        (Kind::Aggregate, [list, start, merge, finish]) => {
            !lambda(list) && !lambda(start) && lambda(merge) && lambda(finish)
        }
        (Kind::Aggregate, _) => false,
        (_, [list, function]) => !lambda(list) && lambda(function),
        _ => false,
    };
    if !fits {
        let wanted = if *kind == Kind::Aggregate { "list, start, (acc, x) -> ..." } else { "list, x -> ..." };
        return Some(Err(EngineError::analysis(format!(
            "[INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH] Invalid lambda function call: {name} is called as \
             {name}({wanted}). SQLSTATE: 42K0D"
        ))));
    }
    Some(Ok(Expr::HigherOrderFunction(HigherOrderFunction::new(udf(name, *kind), args.to_vec()))))
}

/// An expression over these columns with the types of its lambdas' parameters.
///
/// # Errors
/// A parameter that no lambda around it has, a list that is none.
pub(crate) fn resolved(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    if !expr.exists(|part| Ok(matches!(part, Expr::HigherOrderFunction(_))))? {
        return Ok(expr);
    }
    // What SQL's planner took them for was before its literals had Spark's types; a type that is there is kept.
    let open = expr.transform_up(|part| {
        Ok(match part {
            Expr::LambdaVariable(variable) if variable.field.is_some() => {
                Transformed::yes(Expr::LambdaVariable(LambdaVariable { field: None, ..variable }))
            }
            other => Transformed::no(other),
        })
    })?;
    // From the inside, for a call's list may be a call itself; one that uses an outer lambda's parameters waits for it.
    let inner = open.data.transform_up(|part| {
        Ok(match part {
            Expr::HigherOrderFunction(_) => match part.clone().resolve_lambda_variables(schema) {
                Ok(resolved) => resolved,
                Err(_) => Transformed::no(part),
            },
            other => Transformed::no(other),
        })
    })?;
    Ok(inner.data.resolve_lambda_variables(schema)?.data)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct OverItems {
    name: &'static str,
    kind: Kind,
    signature: HigherOrderSignature,
}

/// The first two arguments, lambdas or not.
fn value<'a, L>(fields: &'a [ValueOrLambda<FieldRef, L>], place: usize, name: &str) -> Result<&'a FieldRef> {
    match fields.get(place) {
        Some(ValueOrLambda::Value(field)) => Ok(field),
        _ => plan_err!("argument {} of {name} is no value", place + 1),
    }
}

impl OverItems {
    /// The field of the items.
    fn item<L>(&self, fields: &[ValueOrLambda<FieldRef, L>]) -> Result<FieldRef> {
        match value(fields, 0, self.name)?.data_type() {
            DataType::List(item) => Ok(Arc::new(item.as_ref().clone().with_nullable(true))),
            DataType::Null => Ok(Arc::new(Field::new_list_field(DataType::Null, true))),
            other => plan_err!(
                "[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] Cannot resolve \"{}\" due to data type mismatch: The first \
                 parameter requires the \"ARRAY\" type, however it has the type \"{}\". SQLSTATE: 42K09",
                self.name,
                crate::files::type_name(other)
            ),
        }
    }

    /// A fold goes on with what its function gives: the types must be one.
    fn check_fold(&self, fields: &[ValueOrLambda<FieldRef, FieldRef>]) -> Result<FieldRef> {
        let start = value(fields, 1, self.name)?;
        let Some(ValueOrLambda::Lambda(merged)) = fields.get(2) else {
            return plan_err!("argument 3 of {} is no lambda", self.name);
        };
        if !merged.data_type().equals_datatype(start.data_type()) {
            return plan_err!(
                "[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] Cannot resolve \"{}\" due to data type mismatch: The third \
                 parameter requires the \"{}\" type, however the lambda function has the type \"{}\"; cast the second \
                 argument to it. SQLSTATE: 42K09",
                self.name,
                crate::files::type_name(start.data_type()),
                crate::files::type_name(merged.data_type())
            );
        }
        Ok(match fields.get(3) {
            Some(ValueOrLambda::Lambda(finished)) => Arc::clone(finished),
            _ => Arc::clone(start),
        })
    }
}

impl HigherOrderUDFImpl for OverItems {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn lambda_parameters(
        &self,
        _step: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        let item = self.item(fields)?;
        let place = || Arc::new(Field::new("place", DataType::Int32, false));
        Ok(LambdaParametersProgress::Complete(match self.kind {
            Kind::Transform | Kind::Filter => vec![vec![item, place()]],
            Kind::Exists | Kind::Forall => vec![vec![item]],
            Kind::Aggregate => {
                let start = value(fields, 1, self.name)?.as_ref().clone().with_nullable(true);
                let start = Arc::new(start);
                let mut all = vec![vec![Arc::clone(&start), item]];
                if fields.len() > 3 {
                    all.push(vec![start]);
                }
                all
            }
        }))
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        let kind = match (self.kind, args.arg_fields.get(1)) {
            (Kind::Transform, Some(ValueOrLambda::Lambda(made))) => {
                DataType::List(Arc::new(Field::new_list_field(made.data_type().clone(), true)))
            }
            (Kind::Filter, _) => value(args.arg_fields, 0, self.name)?.data_type().clone(),
            (Kind::Exists | Kind::Forall, _) => DataType::Boolean,
            (Kind::Aggregate, _) => self.check_fold(args.arg_fields)?.data_type().clone(),
            _ => return plan_err!("argument 2 of {} is no lambda", self.name),
        };
        Ok(Arc::new(Field::new(self.name, kind, true)))
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        match self.kind {
            Kind::Transform => each::transform(&args),
            Kind::Filter => each::filter(&args),
            Kind::Exists => each::any(&args, true),
            Kind::Forall => each::any(&args, false),
            Kind::Aggregate => fold::aggregate(&args),
        }
    }
}
