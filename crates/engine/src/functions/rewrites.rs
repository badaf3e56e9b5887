//! Functions that are other functions, or operators, with their arguments in another order.

use arrow::datatypes::DataType;
use datafusion::functions as df;
use datafusion::functions_nested as nested;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, lit, not, when};

use super::{cast, int};
use crate::EngineError;

pub(super) const NAMES: &[&str] = &[
    "nvl",
    "ifnull",
    "nvl2",
    "isnan",
    "nanvl",
    "nullif",
    "zeroifnull",
    "equal_null",
    "to_date",
    "date",
    "date_part",
    "datepart",
    "extract",
    "ceil",
    "ceiling",
    "floor",
    "round",
    "pmod",
    "mod",
    "div",
    "negative",
    "positive",
    "shiftleft",
    "shiftright",
    "bitwise_not",
    "chr",
    "char",
    "ascii",
    "octet_length",
    "bit_length",
    "levenshtein",
    "find_in_set",
    "array_join",
    "array_sort",
    "sort_array",
    "array_max",
    "array_min",
    "array_remove",
    "array_repeat",
    "array_compact",
    "array_distinct",
    "array_union",
    "array_intersect",
    "array_except",
    "arrays_overlap",
    "arrays_zip",
    "array_size",
    "slice",
    "flatten",
    "get",
    "map",
    "create_map",
    "map_keys",
    "map_values",
    "map_entries",
    "map_from_arrays",
    "map_contains_key",
    "uuid",
    "int",
    "bigint",
    "string",
    "double",
    "float",
    "boolean",
    "smallint",
    "tinyint",
    "binary",
    "timestamp",
    "try_divide",
    "try_add",
    "try_subtract",
    "try_multiply",
    "try_element_at",
    "try_to_timestamp",
    "ltrim",
    "rtrim",
    "trim",
    "btrim",
    "strpos",
];

fn operator(left: Expr, op: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))
}

fn long(expr: Expr) -> Expr {
    cast(expr, DataType::Int64)
}

fn or_zero(expr: Expr) -> Expr {
    df::core::coalesce().call(vec![expr, lit(0)])
}

/// The call, if the function is one of these and has as many arguments as it takes.
pub(super) fn call(name: &str, args: &[Expr]) -> Result<Option<Expr>, EngineError> {
    if let Some(expr) = conversion(name, args) {
        return Ok(Some(expr));
    }
    if let Some(expr) = collection(name, args)? {
        return Ok(Some(expr));
    }
    Ok(Some(match (name, args) {
        ("nvl" | "ifnull", [a, b]) => df::core::coalesce().call(vec![a.clone(), b.clone()]),
        ("nvl2", [test, some, none]) => {
            when(test.clone().is_not_null(), some.clone()).otherwise(none.clone())?
        }
        ("isnan", [x]) => {
            let x = cast(x.clone(), DataType::Float64);
            df::core::coalesce().call(vec![df::math::isnan().call(vec![x]), lit(false)])
        }
        ("nanvl", [a, b]) => {
            let [a, b] = [a, b].map(|x| cast(x.clone(), DataType::Float64));
            when(df::math::isnan().call(vec![a.clone()]), b).otherwise(a)?
        }
        ("zeroifnull", [a]) => or_zero(a.clone()),
        ("equal_null", [a, b]) => operator(a.clone(), Operator::IsNotDistinctFrom, b.clone()),
        ("date_part" | "datepart" | "extract", [part, time]) => {
            let part = super::literal_text(name, part)?.to_ascii_lowercase();
            let part = part.strip_suffix('s').filter(|p| !p.is_empty()).unwrap_or(&part);
            let part = match part {
                "dow" => "dayofweek",
                "doy" => "dayofyear",
                "week" => "weekofyear",
                other => other,
            };
            super::time_parts::call(part, vec![time.clone()])?
        }
        ("ceil" | "ceiling", [x]) => long(df::math::ceil().call(vec![cast(x.clone(), DataType::Float64)])),
        ("floor", [x]) => long(df::math::floor().call(vec![cast(x.clone(), DataType::Float64)])),
        ("round", [x]) => df::math::round().call(vec![x.clone()]),
        ("round", [x, digits]) => df::math::round().call(vec![x.clone(), int(digits.clone())]),
        ("mod", [a, b]) => operator(a.clone(), Operator::Modulo, b.clone()),
        ("pmod", [a, b]) => {
            let rest = operator(a.clone(), Operator::Modulo, b.clone());
            operator(operator(rest, Operator::Plus, b.clone()), Operator::Modulo, b.clone())
        }
        ("div", [a, b]) => {
            let divided = operator(long(a.clone()), Operator::Divide, long(b.clone()));
            when(not(operator(b.clone(), Operator::Eq, lit(0))), divided).end()?
        }
        ("try_divide", [a, b]) => return super::operators::call("/", &[a.clone(), b.clone()]),
        ("try_add", [a, b]) => operator(a.clone(), Operator::Plus, b.clone()),
        ("try_subtract", [a, b]) => operator(a.clone(), Operator::Minus, b.clone()),
        ("try_multiply", [a, b]) => operator(a.clone(), Operator::Multiply, b.clone()),
        ("shiftleft", [a, b]) => operator(a.clone(), Operator::BitwiseShiftLeft, b.clone()),
        ("shiftright", [a, b]) => operator(a.clone(), Operator::BitwiseShiftRight, b.clone()),
        ("bitwise_not" | "~", [a]) => operator(a.clone(), Operator::BitwiseXor, lit(-1)),
        ("chr" | "char", [x]) => df::string::chr().call(vec![long(x.clone())]),
        ("ascii", [x]) => df::string::ascii().call(vec![x.clone()]),
        ("octet_length", [x]) => int(df::string::octet_length().call(vec![x.clone()])),
        ("bit_length", [x]) => int(df::string::bit_length().call(vec![x.clone()])),
        ("levenshtein", [a, b]) => int(df::string::levenshtein().call(vec![a.clone(), b.clone()])),
        ("find_in_set", [a, b]) => int(df::unicode::find_in_set().call(vec![a.clone(), b.clone()])),
        ("strpos", [text, part]) => {
            return super::call("instr", vec![text.clone(), part.clone()], false).map(Some);
        }
        // `trim(what FROM text)` is given as `trim(what, text)` by PySpark and as `btrim(text, what)` by SQL.
        ("trim" | "ltrim" | "rtrim" | "btrim", [text]) => trimmed(name, vec![text.clone()]),
        ("trim" | "btrim" | "ltrim" | "rtrim", [text, what]) => {
            trimmed(name, vec![text.clone(), what.clone()])
        }
        ("uuid", []) => df::string::uuid().call(vec![]),
        _ => return Ok(None),
    }))
}

fn trimmed(name: &str, args: Vec<Expr>) -> Expr {
    match name {
        "ltrim" => df::string::ltrim().call(args),
        "rtrim" => df::string::rtrim().call(args),
        _ => df::string::btrim().call(args),
    }
}

/// Types as functions, and what reads dates.
fn conversion(name: &str, args: &[Expr]) -> Option<Expr> {
    let [arg] = args else {
        return match (name, args) {
            ("to_date", [_, _]) => super::family("parse_date", args.to_vec())?.ok(),
            _ => None,
        };
    };
    let to = match name {
        "int" => DataType::Int32,
        "bigint" => DataType::Int64,
        "smallint" => DataType::Int16,
        "tinyint" => DataType::Int8,
        "string" => DataType::Utf8,
        "double" => DataType::Float64,
        "float" => DataType::Float32,
        "boolean" => DataType::Boolean,
        "binary" => DataType::Binary,
        "date" | "to_date" => DataType::Date32,
        "timestamp" | "try_to_timestamp" => super::rowwise::time_type(),
        _ => return None,
    };
    Some(cast(arg.clone(), to))
}

fn collection(name: &str, args: &[Expr]) -> Result<Option<Expr>, EngineError> {
    let all = args.to_vec();
    Ok(Some(match (name, args) {
        ("array_join", [_, _] | [_, _, _]) => nested::string::array_to_string_udf().call(all),
        ("array_sort", [list]) => sorted(list, "ASC", "NULLS LAST"),
        ("sort_array", [list]) => sorted(list, "ASC", "NULLS FIRST"),
        ("sort_array", [list, up]) => match up {
            Expr::Literal(datafusion::common::ScalarValue::Boolean(Some(false)), _) => {
                sorted(list, "DESC", "NULLS LAST")
            }
            _ => sorted(list, "ASC", "NULLS FIRST"),
        },
        ("array_max", [_]) => nested::min_max::array_max_udf().call(all),
        ("array_min", [_]) => nested::min_max::array_min_udf().call(all),
        ("array_remove", [_, _]) => nested::remove::array_remove_all_udf().call(all),
        ("array_repeat", [item, count]) => {
            nested::repeat::array_repeat_udf().call(vec![item.clone(), long(count.clone())])
        }
        ("array_compact", [_]) => nested::array_compact::array_compact_udf().call(all),
        ("array_distinct", [_]) => nested::set_ops::array_distinct_udf().call(all),
        ("array_union", [_, _]) => nested::set_ops::array_union_udf().call(all),
        ("array_intersect", [_, _]) => nested::set_ops::array_intersect_udf().call(all),
        ("array_except", [_, _]) => nested::except::array_except_udf().call(all),
        ("arrays_overlap", [_, _]) => nested::array_has::array_has_any_udf().call(all),
        ("arrays_zip", [_, ..]) => nested::arrays_zip::arrays_zip_udf().call(all),
        ("array_size", [_]) => int(nested::length::array_length_udf().call(all)),
        ("slice", [list, start, length]) => {
            let start = long(start.clone());
            let end = start.clone() + long(length.clone()) - lit(1_i64);
            nested::extract::array_slice_udf().call(vec![list.clone(), start, end])
        }
        ("flatten", [_]) => nested::flatten::flatten_udf().call(all),
        ("get", [list, at]) => super::by_type::call("get_item", vec![list.clone(), at.clone()])
            .ok_or_else(|| EngineError::unresolved_routine(name))?,
        ("try_element_at", [_, _]) => {
            super::by_type::call("element_at", all).ok_or_else(|| EngineError::unresolved_routine(name))?
        }
        ("map" | "create_map", pairs) if pairs.len() % 2 == 0 => {
            let every = |from: usize| pairs.iter().skip(from).step_by(2).cloned().collect::<Vec<_>>();
            let array = |items: Vec<Expr>| nested::make_array::make_array_udf().call(items);
            nested::map::map_udf().call(vec![array(every(0)), array(every(1))])
        }
        ("map_from_arrays", [_, _]) => nested::map::map_udf().call(all),
        ("map_keys", [_]) => nested::map_keys::map_keys_udf().call(all),
        ("map_values", [_]) => nested::map_values::map_values_udf().call(all),
        ("map_entries", [_]) => nested::map_entries::map_entries_udf().call(all),
        ("map_contains_key", [map, key]) => {
            let keys = nested::map_keys::map_keys_udf().call(vec![map.clone()]);
            nested::array_has::array_has_udf().call(vec![keys, key.clone()])
        }
        _ => return Ok(None),
    }))
}

fn sorted(list: &Expr, order: &str, nulls: &str) -> Expr {
    nested::sort::array_sort_udf().call(vec![list.clone(), lit(order), lit(nulls)])
}
