//! Functions that are one thing for texts and another for arrays or maps: chosen when the arguments' types are known,
//! which is when a plan is optimized.

use arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::common::{DFSchema, ScalarValue, internal_err, plan_err};
use datafusion::error::Result;
use datafusion::functions_nested as nested;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable as _, Operator, ReturnFieldArgs, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit, when,
};
use datafusion::prelude::col;

/// The functions and how they choose.
static TABLE: &[(&str, Choose)] = &[
    ("concat", concat),
    ("reverse", reverse),
    ("size", size),
    ("cardinality", size),
    ("element_at", element_at),
    ("get_item", get_item),
    ("array_position", array_position),
    ("array_append", |types, args| grown(types, args, false)),
    ("array_prepend", |types, args| grown(types, args, true)),
    ("concat_ws", concat_ws),
    ("sequence", sequence),
    ("typeof", |types, _| Ok(lit(types.first().map_or_else(String::new, super::ddl::name)))),
];

type Choose = fn(&[DataType], Vec<Expr>) -> Result<Expr>;

/// The call, if the function is one of these.
pub(super) fn call(name: &str, args: Vec<Expr>) -> Option<Expr> {
    let (name, choose) = TABLE.iter().find(|(known, _)| *known == name)?;
    let signature = Signature::variadic_any(Volatility::Immutable);
    Some(ScalarUDF::new_from_impl(ByType { name, choose: *choose, signature }).call(args))
}

/// The names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

#[derive(Debug)]
struct ByType {
    name: &'static str,
    choose: Choose,
    signature: Signature,
}

impl PartialEq for ByType {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ByType {}

impl std::hash::Hash for ByType {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for ByType {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        internal_err!("the type of {} depends on its arguments", self.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        stand_in(&args, |exprs| (self.choose)(&types, exprs))
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let types = args.iter().map(|arg| info.get_data_type(arg)).collect::<Result<Vec<_>>>()?;
        Ok(ExprSimplifyResult::Simplified((self.choose)(&types, args)?))
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("{} was not replaced", self.name)
    }
}

/// The field of what `make` makes of columns with the arguments' types.
pub(crate) fn stand_in(
    args: &ReturnFieldArgs<'_>,
    make: impl FnOnce(Vec<Expr>) -> Result<Expr>,
) -> Result<FieldRef> {
    let names: Vec<String> = (0..args.arg_fields.len()).map(|index| format!("c{index}")).collect();
    let exprs = names.iter().zip(args.scalar_arguments).map(|(name, literal)| match literal {
        Some(value) => lit(ScalarValue::clone(value)),
        None => col(name),
    });
    let expr = make(exprs.collect())?;
    let fields: Vec<_> =
        names.iter().zip(args.arg_fields).map(|(name, f)| f.as_ref().clone().with_name(name)).collect();
    let schema = DFSchema::try_from(Schema::new(fields))?;
    Ok(expr.to_field(&schema)?.1)
}

fn is_list(kind: &DataType) -> bool {
    matches!(kind, DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..))
}

fn int(expr: Expr) -> Expr {
    datafusion::prelude::cast(expr, DataType::Int32)
}

fn long(expr: Expr) -> Expr {
    datafusion::prelude::cast(expr, DataType::Int64)
}

/// Texts side by side, null if one is null.
fn concat(types: &[DataType], args: Vec<Expr>) -> Result<Expr> {
    if types.iter().any(is_list) {
        return Ok(nested::concat::array_concat_udf().call(args));
    }
    let texts = args.into_iter().map(|arg| super::cast(arg, DataType::Utf8));
    let joined = texts.reduce(|left, right| {
        Expr::BinaryExpr(BinaryExpr::new(Box::new(left), Operator::StringConcat, Box::new(right)))
    });
    Ok(joined.unwrap_or_else(|| lit("")))
}

fn reverse(types: &[DataType], args: Vec<Expr>) -> Result<Expr> {
    Ok(match types {
        [kind] if is_list(kind) => nested::reverse::array_reverse_udf().call(args),
        _ => datafusion::functions::unicode::reverse().call(args),
    })
}

/// -1 for null, as long as ANSI mode is off.
fn size(types: &[DataType], args: Vec<Expr>) -> Result<Expr> {
    let count = match types {
        [DataType::Map(..)] => nested::cardinality::cardinality_udf().call(args.clone()),
        [kind] if is_list(kind) => {
            let some = nested::length::array_length_udf().call(args.clone());
            datafusion::functions::core::coalesce().call(vec![long(some), lit(0_i64)])
        }
        [DataType::Null] => lit(-1),
        [other] => return plan_err!("size takes an array or a map, and not {other}"),
        _ => return plan_err!("size takes one argument"),
    };
    let null = args.into_iter().next().map_or_else(|| lit(true), Expr::is_null);
    when(null, lit(-1)).otherwise(int(count))
}

/// Counted from 1, from the end if negative.
fn element_at(types: &[DataType], args: Vec<Expr>) -> Result<Expr> {
    match (types, <[Expr; 2]>::try_from(args)) {
        ([DataType::Map(..), _], Ok([map, key])) => Ok(of_map(types, map, key)),
        ([_, _], Ok([list, at])) => Ok(nested::extract::array_element(list, long(at))),
        _ => plan_err!("element_at takes two arguments"),
    }
}

fn of_map(types: &[DataType], map: Expr, key: Expr) -> Expr {
    let key_type = match types.first() {
        Some(DataType::Map(entries, _)) => match entries.data_type() {
            DataType::Struct(fields) => fields.first().map(|field| field.data_type().clone()),
            _ => None,
        },
        _ => None,
    };
    let key = match key_type {
        Some(kind) => super::cast(key, kind),
        None => key,
    };
    nested::extract::array_element(nested::map_extract::map_extract_udf().call(vec![map, key]), lit(1_i64))
}

/// `list[0]`, `map[key]`, `struct['field']`.
fn get_item(types: &[DataType], args: Vec<Expr>) -> Result<Expr> {
    let Ok([from, key]) = <[Expr; 2]>::try_from(args) else { return plan_err!("[] takes one value") };
    match types.first() {
        Some(DataType::Map(..)) => Ok(of_map(types, from, key)),
        Some(DataType::Struct(_)) => Ok(datafusion::functions::core::get_field().call(vec![from, key])),
        Some(kind) if is_list(kind) => {
            // Counted from 0 here, from 1 in DataFusion, where a negative place counts from the end.
            let at = when(long(key.clone()).gt_eq(lit(0_i64)), long(key) + lit(1_i64)).end()?;
            Ok(nested::extract::array_element(from, at))
        }
        other => plan_err!(
            "[INVALID_EXTRACT_BASE_FIELD_TYPE] Can't extract a value from \"{from}\". Need a complex type [STRUCT, ARRAY, MAP] but got \"{}\". SQLSTATE: 42000",
            other.map_or_else(String::new, ToString::to_string)
        ),
    }
}

/// 0 if it is not there.
fn array_position(types: &[DataType], args: Vec<Expr>) -> Result<Expr> {
    let Ok([list, item]) = <[Expr; 2]>::try_from(args) else {
        return plan_err!("array_position takes two arguments");
    };
    let item = as_item(types, item);
    let found = long(nested::position::array_position_udf().call(vec![list.clone(), item]));
    let found = datafusion::functions::core::coalesce().call(vec![found, lit(0_i64)]);
    when(list.is_not_null(), found).end()
}

/// An item with the type that the list's items have.
fn as_item(types: &[DataType], item: Expr) -> Expr {
    match types.first() {
        Some(DataType::List(field)) => super::cast(item, field.data_type().clone()),
        _ => item,
    }
}

/// The list with one item more; null if there is no list.
fn grown(types: &[DataType], args: Vec<Expr>, front: bool) -> Result<Expr> {
    let Ok([list, item]) = <[Expr; 2]>::try_from(args) else {
        return plan_err!("a list and an item are needed");
    };
    let item = as_item(types, item);
    let made = if front {
        nested::concat::array_prepend_udf().call(vec![item, list.clone()])
    } else {
        nested::concat::array_append_udf().call(vec![list.clone(), item])
    };
    when(list.is_not_null(), made).end()
}

/// The parts of lists count one by one.
fn concat_ws(types: &[DataType], args: Vec<Expr>) -> Result<Expr> {
    let separator = args.first().cloned().unwrap_or_else(|| lit(""));
    let args = args.into_iter().zip(types).map(|(arg, kind)| {
        if is_list(kind) {
            nested::string::array_to_string_udf().call(vec![arg, separator.clone()])
        } else {
            super::cast(arg, DataType::Utf8)
        }
    });
    Ok(datafusion::functions::string::concat_ws().call(args.collect()))
}

/// Of the type of its bounds.
fn sequence(types: &[DataType], args: Vec<Expr>) -> Result<Expr> {
    let small = types.iter().all(|kind| matches!(kind, DataType::Int8 | DataType::Int16 | DataType::Int32));
    let args = if small { args.into_iter().map(long).collect() } else { args };
    let made = nested::range::gen_series_udf().call(args);
    if !small {
        return Ok(made);
    }
    let items = std::sync::Arc::new(arrow::datatypes::Field::new_list_field(DataType::Int32, true));
    Ok(datafusion::prelude::cast(made, DataType::List(items)))
}
