//! Functions that are computed row by row from plain values. Each is a row of a table in one of the files beside this:
//! its names, what it takes, what it gives, and a function. Null in any argument gives null.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{
    Array, ArrayRef, AsArray as _, BinaryBuilder, BooleanBuilder, Date32Builder, Float64Builder,
    Int32Builder, Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{
    DataType, Date32Type, Field, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::cast::spark_cast;
use crate::EngineError;

/// What an argument is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Int,
    Double,
    Bytes,
    Time,
    Date,
    /// As it is: a number, text, time and so on.
    Any,
}

/// An argument of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Text(&'a str),
    Int(i64),
    Double(f64),
    Bool(bool),
    Bytes(&'a [u8]),
    /// Microseconds since 1970.
    Time(i64),
    /// Days since 1970.
    Date(i32),
}

/// What a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    Text,
    Int32,
    Int64,
    Double,
    Bool,
    Bytes,
    Time,
    Date,
    Texts,
}

/// A result of one row; it has to be what the function says it gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Out {
    Text(String),
    Int(i64),
    Double(f64),
    Bool(bool),
    Bytes(Vec<u8>),
    Time(i64),
    Date(i32),
    Texts(Vec<String>),
}

/// What a row is computed with.
#[derive(Debug)]
pub(super) struct Context {
    /// The session's time zone.
    pub(super) zone: Tz,
}

/// Null, a value, or an argument that cannot be.
pub(super) type Answer = std::result::Result<Option<Out>, EngineError>;

/// A function.
#[derive(Debug)]
pub(super) struct RowFunction {
    /// Spark's names for it.
    pub(super) names: &'static [&'static str],
    /// Its arguments; those from `least` on may be left out.
    pub(super) takes: &'static [Kind],
    pub(super) least: usize,
    /// Any number of arguments more.
    pub(super) more: Option<Kind>,
    pub(super) gives: Gives,
    pub(super) run: fn(&Context, &[Value<'_>]) -> Answer,
}

/// A function with a fixed number of arguments.
pub(super) const fn row(
    names: &'static [&'static str],
    takes: &'static [Kind],
    gives: Gives,
    run: fn(&Context, &[Value<'_>]) -> Answer,
) -> RowFunction {
    RowFunction { names, takes, least: takes.len(), more: None, gives, run }
}

impl RowFunction {
    /// The last arguments may be left out, down to `least`.
    pub(super) const fn from(mut self, least: usize) -> Self {
        self.least = least;
        self
    }

    /// More arguments may follow.
    pub(super) const fn and_more(mut self, kind: Kind) -> Self {
        self.more = Some(kind);
        self
    }
}

/// The call of `function` by one of its names.
pub(super) fn call(
    function: &'static RowFunction,
    name: &'static str,
    args: Vec<Expr>,
) -> std::result::Result<Expr, EngineError> {
    let most = if function.more.is_some() { usize::MAX } else { function.takes.len() };
    if args.len() < function.least || args.len() > most {
        return Err(super::wrong_count(name, args.len(), function.least..=most.min(function.least + 8)));
    }
    let kinds = function.takes.iter().copied().chain(std::iter::repeat(function.more.unwrap_or(Kind::Any)));
    let args = args.into_iter().zip(kinds).map(|(arg, kind)| match kind.data_type() {
        Some(data_type) => super::cast(arg, data_type),
        None => arg,
    });
    let signature = Signature::variadic_any(Volatility::Immutable);
    let signature = if function.least == 0 {
        Signature::one_of(
            vec![signature.type_signature, datafusion::logical_expr::TypeSignature::Nullary],
            Volatility::Immutable,
        )
    } else {
        signature
    };
    Ok(ScalarUDF::new_from_impl(RowUdf { function, name, signature }).call(args.collect()))
}

#[derive(Debug)]
struct RowUdf {
    function: &'static RowFunction,
    name: &'static str,
    signature: Signature,
}

impl PartialEq for RowUdf {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for RowUdf {}

impl Hash for RowUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

pub(super) fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

impl Kind {
    fn data_type(self) -> Option<DataType> {
        Some(match self {
            Self::Text => DataType::Utf8,
            Self::Int => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Bytes => DataType::Binary,
            Self::Time => time_type(),
            Self::Date => DataType::Date32,
            Self::Any => return None,
        })
    }

    /// The kind of values that a column holds.
    fn of(data_type: &DataType) -> Self {
        match data_type {
            kind if kind.is_integer() => Self::Int,
            kind if kind.is_numeric() => Self::Double,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Self::Bytes,
            DataType::Timestamp(_, _) => Self::Time,
            DataType::Date32 | DataType::Date64 => Self::Date,
            DataType::Boolean | DataType::Null => Self::Any,
            _ => Self::Text,
        }
    }
}

impl ScalarUDFImpl for RowUdf {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(match self.function.gives {
            Gives::Text => DataType::Utf8,
            Gives::Int32 => DataType::Int32,
            Gives::Int64 => DataType::Int64,
            Gives::Double => DataType::Float64,
            Gives::Bool => DataType::Boolean,
            Gives::Bytes => DataType::Binary,
            Gives::Time => time_type(),
            Gives::Date => DataType::Date32,
            Gives::Texts => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone = args.config_options.execution.time_zone.as_deref().unwrap_or("UTC").to_owned();
        let context = Context { zone: zone.parse()? };
        let scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if scalar { 1 } else { args.number_rows };
        let columns = args.args.into_iter().map(|arg| Column::new(&arg.into_array(rows)?, &zone));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let mut out = Builder::new(self.function.gives);
        let mut values = Vec::with_capacity(columns.len());
        for at in 0..rows {
            values.clear();
            values.extend(columns.iter().map(|column| column.value(at)));
            let null = self.function.more.is_none() && values.contains(&Value::Null);
            out.add(if null { None } else { (self.function.run)(&context, &values)? });
        }
        let column = out.finish();
        if scalar {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&column, 0)?));
        }
        Ok(ColumnarValue::Array(column))
    }
}

/// A column that values are read from.
struct Column {
    kind: Kind,
    values: ArrayRef,
}

impl Column {
    fn new(column: &ArrayRef, zone: &str) -> Result<Self> {
        let kind = Kind::of(column.data_type());
        let values = match kind.data_type() {
            Some(data_type) => spark_cast(column, &data_type, zone)?,
            None => Arc::clone(column),
        };
        Ok(Self { kind, values })
    }

    fn value(&self, row: usize) -> Value<'_> {
        if self.values.is_null(row) || self.values.data_type() == &DataType::Null {
            return Value::Null;
        }
        match self.kind {
            Kind::Text => Value::Text(self.values.as_string::<i32>().value(row)),
            Kind::Int => Value::Int(self.values.as_primitive::<Int64Type>().value(row)),
            Kind::Double => Value::Double(self.values.as_primitive::<Float64Type>().value(row)),
            Kind::Bytes => Value::Bytes(self.values.as_binary::<i32>().value(row)),
            Kind::Time => Value::Time(self.values.as_primitive::<TimestampMicrosecondType>().value(row)),
            Kind::Date => Value::Date(self.values.as_primitive::<Date32Type>().value(row)),
            Kind::Any => Value::Bool(self.values.as_boolean().value(row)),
        }
    }
}

enum Builder {
    Text(StringBuilder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Double(Float64Builder),
    Bool(BooleanBuilder),
    Bytes(BinaryBuilder),
    Time(TimestampMicrosecondBuilder),
    Date(Date32Builder),
    Texts(ListBuilder<StringBuilder>),
}

impl Builder {
    fn new(gives: Gives) -> Self {
        match gives {
            Gives::Text => Self::Text(StringBuilder::new()),
            Gives::Int32 => Self::Int32(Int32Builder::new()),
            Gives::Int64 => Self::Int64(Int64Builder::new()),
            Gives::Double => Self::Double(Float64Builder::new()),
            Gives::Bool => Self::Bool(BooleanBuilder::new()),
            Gives::Bytes => Self::Bytes(BinaryBuilder::new()),
            Gives::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Gives::Date => Self::Date(Date32Builder::new()),
            Gives::Texts => Self::Texts(ListBuilder::new(StringBuilder::new())),
        }
    }

    /// Adds a result; one of another kind than the function says is null.
    fn add(&mut self, out: Option<Out>) {
        match self {
            Self::Text(to) => {
                to.append_option(if let Some(Out::Text(text)) = out { Some(text) } else { None })
            }
            Self::Int32(to) => {
                to.append_option(if let Some(Out::Int(n)) = out { i32::try_from(n).ok() } else { None })
            }
            Self::Int64(to) => to.append_option(if let Some(Out::Int(n)) = out { Some(n) } else { None }),
            Self::Double(to) => to.append_option(if let Some(Out::Double(n)) = out { Some(n) } else { None }),
            Self::Bool(to) => to.append_option(if let Some(Out::Bool(b)) = out { Some(b) } else { None }),
            Self::Bytes(to) => to.append_option(if let Some(Out::Bytes(b)) = out { Some(b) } else { None }),
            Self::Time(to) => to.append_option(if let Some(Out::Time(t)) = out { Some(t) } else { None }),
            Self::Date(to) => to.append_option(if let Some(Out::Date(d)) = out { Some(d) } else { None }),
            Self::Texts(to) => match out {
                Some(Out::Texts(texts)) => to.append_value(texts.into_iter().map(Some)),
                _ => to.append_null(),
            },
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut to) => Arc::new(to.finish()),
            Self::Int32(mut to) => Arc::new(to.finish()),
            Self::Int64(mut to) => Arc::new(to.finish()),
            Self::Double(mut to) => Arc::new(to.finish()),
            Self::Bool(mut to) => Arc::new(to.finish()),
            Self::Bytes(mut to) => Arc::new(to.finish()),
            Self::Time(mut to) => Arc::new(to.finish()),
            Self::Date(mut to) => Arc::new(to.finish()),
            Self::Texts(mut to) => Arc::new(to.finish()),
        }
    }
}
