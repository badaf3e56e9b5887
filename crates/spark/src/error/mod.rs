//! An error as Spark tells it: exception class, error condition, SQLSTATE and text.
//!
//! PySpark chooses the Python exception by the Java class names that come with an error, and user programs match
//! on the condition and the text. So an error carries all four from where it is found to the wire.

mod conditions;
mod foreign;
mod status;
mod store;

use std::collections::BTreeMap;

pub use conditions::*;
pub(crate) use store::ErrorStore;

/// Which exception the program sees, and by that what it can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The plan does not make sense: a column, table or output mode is wrong. `AnalysisException`.
    Analysis,
    /// The text is no SQL. `ParseException`.
    Parse,
    /// A value is not allowed. `IllegalArgumentException`.
    IllegalArgument,
    /// A running query ended with an error. `StreamingQueryException`.
    StreamingQuery,
    /// Not done here, and the text says what. `UnsupportedOperationException`.
    Unsupported,
    /// A config or element that is not there. `SparkNoSuchElementException`.
    NoSuchElement,
    /// A value of the data cannot be worked on. `SparkRuntimeException`.
    Runtime,
    /// A number is out of range or divided by zero. `ArithmeticException`.
    Arithmetic,
    /// Text that should be a number is none. `NumberFormatException`.
    NumberFormat,
    /// Text that should be a date is none. `DateTimeException`.
    DateTime,
    /// A Python function of the user's raised. `PythonException`.
    Python,
    /// The client's message is malformed. `InvalidPlanInput`.
    InvalidPlan,
    /// Anything else of the server's. `SparkException`.
    Spark,
}

/// The machine-readable part: Spark's error condition with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Such as `UNRESOLVED_COLUMN.WITH_SUGGESTION`.
    pub name: String,
    /// Five characters; may be empty.
    pub sql_state: &'static str,
    /// What the text's gaps were filled with.
    pub parameters: BTreeMap<String, String>,
}

/// An error on its way to a Spark client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SparkError {
    /// Which exception it becomes.
    pub kind: Kind,
    /// Absent for the old messages of Spark that have no condition.
    pub condition: Option<Box<Condition>>,
    /// The whole text, condition and SQLSTATE included.
    pub message: String,
}

/// What most of this crate returns.
pub type Result<T, E = SparkError> = std::result::Result<T, E>;

impl SparkError {
    /// An error with text alone, as Spark's oldest ones are.
    pub fn plain(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, condition: None, message: message.into() }
    }

    /// An error of a named condition: `[NAME] text SQLSTATE: state`.
    pub fn new(kind: Kind, name: &str, sql_state: &'static str, text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        let message = match sql_state {
            "" => format!("[{name}] {text}"),
            _ => format!("[{name}] {text} SQLSTATE: {sql_state}"),
        };
        let condition = Condition { name: name.to_owned(), sql_state, parameters: BTreeMap::new() };
        Self { kind, condition: Some(Box::new(condition)), message }
    }

    /// Notes what a gap of the text was filled with.
    #[must_use]
    pub fn with(mut self, parameter: &str, value: impl Into<String>) -> Self {
        if let Some(condition) = &mut self.condition {
            condition.parameters.insert(parameter.to_owned(), value.into());
        }
        self
    }

    /// The condition's name, if it has one.
    pub fn condition_name(&self) -> Option<&str> {
        self.condition.as_deref().map(|c| c.name.as_str())
    }
}

impl Kind {
    /// The Java classes from the exception's own to its ancestors, which is how PySpark finds its Python class.
    pub(crate) fn classes(self) -> &'static [&'static str] {
        match self {
            Kind::Analysis => &["org.apache.spark.sql.AnalysisException"],
            Kind::Parse => &[
                "org.apache.spark.sql.catalyst.parser.ParseException",
                "org.apache.spark.sql.AnalysisException",
            ],
            Kind::IllegalArgument => {
                &["org.apache.spark.SparkIllegalArgumentException", "java.lang.IllegalArgumentException"]
            }
            Kind::StreamingQuery => &["org.apache.spark.sql.streaming.StreamingQueryException"],
            Kind::Unsupported => &[
                "org.apache.spark.SparkUnsupportedOperationException",
                "java.lang.UnsupportedOperationException",
            ],
            Kind::NoSuchElement => &["org.apache.spark.SparkNoSuchElementException"],
            Kind::Runtime => &["org.apache.spark.SparkRuntimeException"],
            Kind::Arithmetic => {
                &["org.apache.spark.SparkArithmeticException", "java.lang.ArithmeticException"]
            }
            Kind::NumberFormat => {
                &["org.apache.spark.SparkNumberFormatException", "java.lang.NumberFormatException"]
            }
            Kind::DateTime => &["org.apache.spark.SparkDateTimeException", "java.time.DateTimeException"],
            Kind::Python => &["org.apache.spark.api.python.PythonException"],
            Kind::InvalidPlan => &["org.apache.spark.sql.connect.common.InvalidPlanInput"],
            Kind::Spark => &["org.apache.spark.SparkException"],
        }
    }
}
