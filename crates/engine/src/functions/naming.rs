//! The names that Spark gives to columns that the program does not name: `sum(x)`, `count(1)`, `(a + b)`.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::Lambda;
use datafusion::logical_expr::{BinaryExpr, Case, Expr, Operator};

/// The expression with a name: its own, or the one that Spark would give.
pub(crate) fn named(expr: Expr) -> Expr {
    match expr {
        Expr::Alias(_) | Expr::Column(_) => expr,
        other => {
            let name = name_of(&other);
            other.alias(name)
        }
    }
}

/// The name of an expression as a column of a result.
pub fn name_of(expr: &Expr) -> String {
    match expr {
        Expr::Alias(alias) => alias.name.clone(),
        Expr::Column(column) => column.name.clone(),
        Expr::Literal(value, _) => literal(value),
        Expr::ScalarFunction(function) => match (function.name(), function.args.as_slice()) {
            ("spark_cast", [inner]) => cast_name(inner, function.func.inner().return_type(&[]).ok()),
            ("get_field", [.., last]) => name_of(last),
            ("map", [Expr::ScalarFunction(keys), Expr::ScalarFunction(values)])
                if keys.args.len() == values.args.len() =>
            {
                let pairs = keys
                    .args
                    .iter()
                    .zip(&values.args)
                    .flat_map(|(key, value)| [name_of(key), name_of(value)]);
                format!("map({})", pairs.collect::<Vec<_>>().join(", "))
            }
            ("make_array", args) => format!("array({})", list(args)),
            (name, args) => call_name(name, args),
        },
        Expr::Cast(cast) => cast_name(&cast.expr, Some(cast.field.data_type().clone())),
        Expr::TryCast(cast) => cast_name(&cast.expr, Some(cast.field.data_type().clone())),
        Expr::AggregateFunction(function) => {
            let params = &function.params;
            let filter = params.filter.as_ref().map(|filter| format!(" FILTER (WHERE {})", name_of(filter)));
            aggregate_name(function.func.name(), &params.args, params.distinct) + &filter.unwrap_or_default()
        }
        Expr::BinaryExpr(binary) => binary_name(binary),
        Expr::Not(inner) => format!("(NOT {})", name_of(inner)),
        Expr::IsNull(inner) => format!("({} IS NULL)", name_of(inner)),
        Expr::IsNotNull(inner) => format!("({} IS NOT NULL)", name_of(inner)),
        Expr::Negative(inner) => format!("(- {})", name_of(inner)),
        Expr::Between(between) => {
            let [value, low, high] = [&between.expr, &between.low, &between.high].map(|part| name_of(part));
            negated(between.negated, format!("between({value}, {low}, {high})"))
        }
        Expr::InList(within) => {
            negated(within.negated, format!("({} IN ({}))", name_of(&within.expr), list(&within.list)))
        }
        Expr::Like(like) => {
            let (text, pattern) = (name_of(&like.expr), name_of(&like.pattern));
            let name = if like.case_insensitive {
                format!("ilike({text}, {pattern})")
            } else {
                format!("{text} LIKE {pattern}")
            };
            negated(like.negated, name)
        }
        Expr::Case(case) => case_name(case),
        Expr::HigherOrderFunction(function) => call_name(function.name(), &function.args),
        Expr::Lambda(lambda) => lambda_name(lambda),
        Expr::LambdaVariable(_) => "namedlambdavariable()".to_owned(),
        other => other.schema_name().to_string(),
    }
}

fn binary_name(binary: &BinaryExpr) -> String {
    let (left, right) = (name_of(&binary.left), name_of(&binary.right));
    match binary.op {
        Operator::IsNotDistinctFrom => format!("({left} <=> {right})"),
        Operator::NotEq => format!("(NOT ({left} = {right}))"),
        Operator::StringConcat => format!("concat({left}, {right})"),
        Operator::IntegerDivide => format!("({left} div {right})"),
        Operator::BitwiseXor => format!("({left} ^ {right})"),
        Operator::RegexMatch => format!("RLIKE({left}, {right})"),
        Operator::Plus | Operator::Minus if is_interval(&binary.right) => {
            format!("{left} {} {right}", binary.op)
        }
        other => format!("({left} {other} {right})"),
    }
}

fn lambda_name(lambda: &Lambda) -> String {
    let parameters = ", namedlambdavariable()".repeat(lambda.params.len());
    format!("lambdafunction({}{parameters})", name_of(&lambda.body))
}

fn negated(negated: bool, name: String) -> String {
    if negated { format!("(NOT {name})") } else { name }
}

fn is_interval(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Literal(
            ScalarValue::IntervalMonthDayNano(_)
                | ScalarValue::IntervalDayTime(_)
                | ScalarValue::IntervalYearMonth(_)
                | ScalarValue::DurationMicrosecond(_),
            _
        )
    )
}

fn case_name(case: &Case) -> String {
    let mut name = "CASE".to_owned();
    for (when, then) in &case.when_then_expr {
        let when = match &case.expr {
            Some(value) => format!("({} = {})", name_of(value), name_of(when)),
            None => name_of(when),
        };
        name.push_str(&format!(" WHEN {when} THEN {}", name_of(then)));
    }
    if let Some(otherwise) = &case.else_expr {
        name.push_str(&format!(" ELSE {}", name_of(otherwise)));
    }
    name + " END"
}

/// An aggregate's name by `DataFusion`'s or Spark's name of the function.
fn aggregate_name(name: &str, args: &[Expr], distinct: bool) -> String {
    let name = match name {
        "first_value" => "first",
        "last_value" => "last",
        "array_agg" => "collect_list",
        "approx_distinct" => "approx_count_distinct",
        "var" => "var_samp",
        other => other,
    };
    let args = match (name, args) {
        ("first" | "last" | "any_value", [value, ..]) => std::slice::from_ref(value),
        _ => args,
    };
    let more = match (name, args.len()) {
        ("percentile", 2) => ", 1",
        ("percentile_approx" | "approx_percentile", 2) => ", 10000",
        _ => "",
    };
    let distinct = if distinct { "DISTINCT " } else { "" };
    format!("{name}({distinct}{}{more})", list(args))
}

/// The name of a call by the function's name: aggregates, operators, and what Spark writes in its own way.
pub(super) fn spark_name(name: &str, args: &[Expr], distinct: bool) -> String {
    if name == "count" && args.is_empty() {
        return "count(1)".to_owned();
    }
    if name == "count"
        || super::aggregates::NAMES.contains(&name)
        || matches!(name, "sum" | "avg" | "min" | "max")
    {
        return aggregate_name(name, args, distinct);
    }
    call_name(name, args)
}

/// Functions that Spark names in capitals.
const CAPITALS: [&str; 22] = [
    "sqrt",
    "cbrt",
    "exp",
    "log",
    "log10",
    "log2",
    "log1p",
    "expm1",
    "power",
    "ceil",
    "floor",
    "signum",
    "sin",
    "cos",
    "tan",
    "atan2",
    "degrees",
    "radians",
    "hypot",
    "e",
    "pi",
    "regexp_like",
];

/// What Spark adds to the arguments that were given.
const DEFAULTS: [(&str, usize, &str); 17] = [
    ("round", 1, ", 0"),
    ("bround", 1, ", 0"),
    ("substring", 2, ", 2147483647"),
    ("substr", 2, ", 2147483647"),
    ("locate", 2, ", 1"),
    ("lpad", 2, ",  "),
    ("rpad", 2, ",  "),
    ("split", 2, ", -1"),
    ("regexp_replace", 3, ", 1"),
    ("regexp_extract", 2, ", 1"),
    ("regexp_extract_all", 2, ", 1"),
    ("unix_timestamp", 1, ", yyyy-MM-dd HH:mm:ss"),
    ("to_unix_timestamp", 1, ", yyyy-MM-dd HH:mm:ss"),
    ("from_unixtime", 1, ", yyyy-MM-dd HH:mm:ss"),
    ("months_between", 2, ", true"),
    ("sort_array", 1, ", true"),
    ("str_to_map", 1, ", ,, :"),
];

fn call_name(name: &str, args: &[Expr]) -> String {
    match (name, args) {
        ("window", _) => return "window".to_owned(),
        ("session_window", _) => return "session_window".to_owned(),
        (super::unmarked::NAME, [inner]) => return name_of(inner),
        ("explode", _) => return "col".to_owned(),
        ("aggregate" | "reduce", [_, _, Expr::Lambda(_)]) => {
            let rest = "lambdafunction(namedlambdavariable(), namedlambdavariable())";
            return format!("{name}({}, {rest})", list(args));
        }
        ("isnull", [x]) => return format!("({} IS NULL)", name_of(x)),
        ("isnotnull", [x]) => return format!("({} IS NOT NULL)", name_of(x)),
        ("if", [..]) => return format!("(IF({}))", list(args)),
        ("rlike" | "regexp", [..]) => return format!("RLIKE({})", list(args)),
        ("like", [text, pattern]) => return format!("{} LIKE {}", name_of(text), name_of(pattern)),
        ("in", [value, list @ ..]) => return format!("({} IN ({}))", name_of(value), self::list(list)),
        ("not" | "!", [x]) => return format!("(NOT {})", name_of(x)),
        ("negative", [x]) => return format!("(- {})", name_of(x)),
        ("positive", [x]) => return format!("(+ {})", name_of(x)),
        ("bitwise_not" | "~", [x]) => return format!("~{}", name_of(x)),
        ("!=" | "<>", [a, b]) => return format!("(NOT ({} = {}))", name_of(a), name_of(b)),
        ("==", [a, b]) => return format!("({} = {})", name_of(a), name_of(b)),
        ("and" | "or", [a, b]) => return format!("({} {} {})", name_of(a), name.to_uppercase(), name_of(b)),
        ("get_item", [from, key]) => return format!("{}[{}]", name_of(from), name_of(key)),
        ("when", [..]) => return when_name(args),
        ("from_json" | "from_csv", [text, ..]) => return format!("{name}({})", name_of(text)),
        ("dateadd", [..]) => return format!("date_add({})", list(args)),
        ("position" | "strpos", [part, text]) => {
            return format!("locate({}, {}, 1)", name_of(part), name_of(text));
        }
        (
            "int" | "bigint" | "string" | "double" | "float" | "boolean" | "date" | "timestamp" | "binary",
            [x],
        ) => {
            return name_of(x);
        }
        (symbol, [a, b]) if symbol == "div" || !symbol.contains(|c: char| c.is_ascii_alphanumeric()) => {
            return format!("({} {symbol} {})", name_of(a), name_of(b));
        }
        _ => {}
    }
    let more = DEFAULTS.iter().find(|(known, count, _)| *known == name && *count == args.len());
    let name = if CAPITALS.contains(&name) { name.to_uppercase() } else { name.to_owned() };
    format!("{name}({}{})", list(args), more.map_or("", |(.., more)| more))
}

fn when_name(args: &[Expr]) -> String {
    let pairs = args.chunks_exact(2);
    let otherwise = pairs.remainder().first().map_or_else(String::new, |x| format!(" ELSE {}", name_of(x)));
    let pairs = pairs.filter_map(|pair| match pair {
        [when, then] => Some(format!(" WHEN {} THEN {}", name_of(when), name_of(then))),
        _ => None,
    });
    format!("CASE{}{otherwise} END", pairs.collect::<String>())
}

fn list(args: &[Expr]) -> String {
    args.iter().map(name_of).collect::<Vec<_>>().join(", ")
}

/// A cast of a column, or of a field, keeps its name.
fn cast_name(inner: &Expr, to: Option<arrow::datatypes::DataType>) -> String {
    let keeps = match inner {
        Expr::Column(_) => true,
        Expr::ScalarFunction(function) => function.name() == "get_field",
        _ => false,
    };
    match to {
        Some(to) if !keeps => format!("CAST({} AS {})", name_of(inner), super::ddl::name(&to).to_uppercase()),
        _ => name_of(inner),
    }
}

fn literal(value: &ScalarValue) -> String {
    match value {
        ScalarValue::Utf8(Some(text)) => text.clone(),
        ScalarValue::Float64(Some(x)) => crate::show::double(*x),
        ScalarValue::IntervalMonthDayNano(Some(value)) => {
            interval(i64::from(value.months), i64::from(value.days), value.nanoseconds)
        }
        other if other.is_null() => "NULL".to_owned(),
        other => other.to_string(),
    }
}

/// An interval of one unit as Spark writes it; one of several by its parts.
fn interval(months: i64, days: i64, nanos: i64) -> String {
    const UNITS: [(i64, &str); 3] =
        [(3_600_000_000_000, "HOUR"), (60_000_000_000, "MINUTE"), (1_000_000_000, "SECOND")];
    let mut parts = Vec::new();
    if months != 0 {
        let (count, unit) = if months % 12 == 0 { (months / 12, "YEAR") } else { (months, "MONTH") };
        parts.push(format!("INTERVAL '{count}' {unit}"));
    }
    if days != 0 {
        parts.push(format!("INTERVAL '{days}' DAY"));
    }
    if nanos != 0 || parts.is_empty() {
        let (size, unit) = UNITS.into_iter().find(|(size, _)| nanos % size == 0).unwrap_or((1, "NANOSECOND"));
        parts.push(format!("INTERVAL '{}' {unit}", nanos / size));
    }
    parts.join(" + ")
}
