//! Spark's functions while SQL is planned: placeholders of their names, replaced by what [`crate::functions::call`] makes
//! of them once the whole plan is there.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::{DFSchema, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, Expr, ExprSchemable as _, ReturnFieldArgs,
    ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion::prelude::col;

use crate::functions::by_type::stand_in;
use crate::functions::{self, names};

fn any_arguments() -> Signature {
    Signature::one_of(vec![TypeSignature::VariadicAny, TypeSignature::Nullary], Volatility::Immutable)
}

/// The placeholders of scalar functions, for registration.
pub(super) fn scalars() -> impl Iterator<Item = Arc<ScalarUDF>> {
    names()
        .0
        .into_iter()
        .map(|name| Arc::new(ScalarUDF::new_from_impl(Scalar { name, signature: any_arguments() })))
}

/// A call of a scalar function that SQL's own syntax stands for.
pub(super) fn call(name: &str, args: Vec<Expr>) -> Result<Expr> {
    let known = names().0.into_iter().find(|known| *known == name);
    let Some(name) = known else { return internal_err!("no function {name} is planned as a placeholder") };
    Ok(ScalarUDF::new_from_impl(Scalar { name, signature: any_arguments() }).call(args))
}

/// The placeholders of aggregates, for registration.
pub(super) fn aggregates() -> impl Iterator<Item = Arc<AggregateUDF>> {
    names().1.iter().map(|name| {
        let signature = any_arguments();
        Arc::new(AggregateUDF::new_from_impl(Aggregate { name, signature }))
    })
}

/// The name of the function that a scalar placeholder stands for.
pub(super) fn scalar_name(udf: &ScalarUDF) -> Option<&'static str> {
    let implementation: &dyn std::any::Any = udf.inner().as_ref();
    implementation.downcast_ref::<Scalar>().map(|placeholder| placeholder.name)
}

/// The name of the aggregate that a placeholder stands for.
pub(super) fn aggregate_name(udf: &AggregateUDF) -> Option<&'static str> {
    let implementation: &dyn std::any::Any = udf.inner().as_ref();
    implementation.downcast_ref::<Aggregate>().map(|placeholder| placeholder.name)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Scalar {
    name: &'static str,
    signature: Signature,
}

impl ScalarUDFImpl for Scalar {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        internal_err!("the type of {} depends on its arguments", self.name)
    }

    /// The type of what will stand here: the same call over columns of the arguments' types.
    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        stand_in(&args, |exprs| Ok(functions::call(self.name, exprs, false)?))
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("{} was not replaced", self.name)
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Aggregate {
    name: &'static str,
    signature: Signature,
}

impl AggregateUDFImpl for Aggregate {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        internal_err!("the type of {} depends on its arguments", self.name)
    }

    fn return_field(&self, arg_fields: &[FieldRef]) -> Result<FieldRef> {
        let names: Vec<String> = (0..arg_fields.len()).map(|index| format!("c{index}")).collect();
        let expr = functions::call(self.name, names.iter().map(col).collect::<Vec<Expr>>(), false)?;
        let fields: Vec<Field> = names
            .iter()
            .zip(arg_fields)
            .map(|(name, field)| field.as_ref().clone().with_name(name))
            .collect();
        let schema = DFSchema::try_from(Schema::new(fields))?;
        Ok(expr.to_field(&schema)?.1)
    }

    fn accumulator(&self, _acc_args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        internal_err!("{} was not replaced", self.name)
    }
}
