//! What can go wrong, with Apache Spark's error class, SQLSTATE and text where Spark has one.
//!
//! The variant says which exception a Spark program would see; [`EngineError::exception_class`] names it for the
//! Spark door. The text of each case is written once, in the constructors below.

use datafusion::common::utils::datafusion_strsim::levenshtein;
use datafusion::error::DataFusionError;

/// An error of the engine. Cheap to clone: a failed query keeps it and hands it to everyone who asks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The plan or the way it is started is wrong: the program must change.
    #[error("{0}")]
    Analysis(SparkText),
    /// SQL, a schema or a pattern that cannot be read: the text must change.
    #[error("{0}")]
    Parse(SparkText),
    /// An option or argument with a value that is not allowed: the value must change.
    #[error("{0}")]
    IllegalArgument(SparkText),
    /// Something that this engine does not do (yet); the text names it and, where there is one, the way round.
    #[error("{0}")]
    Unsupported(SparkText),
    /// The query was running and the data, a source or a sink made it fail.
    #[error("{0}")]
    Execution(SparkText),
    /// A Python function of the user's raised; the text is Python's traceback.
    #[error("{0}")]
    Python(SparkText),
    /// The disk refused: the text names the file. The query stops; nothing is retried.
    #[error("{0}")]
    Io(SparkText),
}

/// A message and, where Apache Spark has one, its error class and SQLSTATE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparkText {
    /// Spark's error class, such as `UNRESOLVED_COLUMN.WITH_SUGGESTION`.
    pub class: Option<&'static str>,
    /// The SQLSTATE that goes with the class.
    pub sql_state: Option<&'static str>,
    /// The message without class and state.
    pub text: String,
}

impl std::fmt::Display for SparkText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(class) = self.class {
            write!(f, "[{class}] ")?;
        }
        f.write_str(&self.text)?;
        match self.sql_state {
            Some(state) => write!(f, " SQLSTATE: {state}"),
            None => Ok(()),
        }
    }
}

fn plain(text: impl Into<String>) -> SparkText {
    SparkText { class: None, sql_state: None, text: text.into() }
}

fn classed(class: &'static str, sql_state: &'static str, text: impl Into<String>) -> SparkText {
    SparkText { class: Some(class), sql_state: Some(sql_state), text: text.into() }
}

impl EngineError {
    /// The JVM class of the exception that Apache Spark throws in this case.
    pub fn exception_class(&self) -> &'static str {
        match self {
            Self::Analysis(_) => "org.apache.spark.sql.AnalysisException",
            Self::Parse(_) => "org.apache.spark.sql.catalyst.parser.ParseException",
            Self::IllegalArgument(_) => "java.lang.IllegalArgumentException",
            Self::Unsupported(_) => "java.lang.UnsupportedOperationException",
            Self::Python(_) => "org.apache.spark.api.python.PythonException",
            Self::Execution(_) | Self::Io(_) => "org.apache.spark.SparkException",
        }
    }

    /// The message with its class and SQLSTATE.
    pub fn text(&self) -> &SparkText {
        match self {
            Self::Analysis(t)
            | Self::Parse(t)
            | Self::IllegalArgument(t)
            | Self::Unsupported(t)
            | Self::Execution(t)
            | Self::Python(t)
            | Self::Io(t) => t,
        }
    }

    /// A plan that is wrong in a way Spark has no error class for.
    pub fn analysis(text: impl Into<String>) -> Self {
        Self::Analysis(plain(text))
    }

    /// An option or argument with a value that is not allowed.
    pub fn illegal_argument(text: impl Into<String>) -> Self {
        Self::IllegalArgument(plain(text))
    }

    /// Something that this engine does not do.
    pub fn unsupported(text: impl Into<String>) -> Self {
        Self::Unsupported(plain(text))
    }

    /// A failure while running.
    pub fn execution(text: impl Into<String>) -> Self {
        Self::Execution(plain(text))
    }

    /// A failed file operation.
    pub fn io(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Io(plain(format!("{}: {error}", path.display())))
    }

    /// An output mode that the plan does not allow; `why` as in Spark ("streaming aggregations without watermark").
    pub fn output_mode(mode: crate::OutputMode, why: &str) -> Self {
        Self::Analysis(classed(
            "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION",
            "42KDE",
            format!(
                "Invalid streaming output mode: {mode}. This output mode is not supported for {why} on streaming DataFrames/DataSets."
            ),
        ))
    }

    /// A streaming plan was asked for its rows directly; `source` is the name of its first source.
    pub fn streaming_needs_start(source: &str) -> Self {
        Self::analysis(format!(
            "Queries with streaming sources must be executed with writeStream.start(), or from a streaming table or \
             flow definition within a Spark Declarative Pipeline.;\n{source}"
        ))
    }

    /// A column that is not there.
    pub fn unresolved_column(name: &str, columns: &[String]) -> Self {
        if columns.is_empty() {
            let text =
                format!("A column, variable, or function parameter with name `{name}` cannot be resolved.");
            return Self::Analysis(classed("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "42703", text));
        }
        // The likest five, as Spark orders them.
        let mut likest: Vec<_> = columns.iter().map(|column| (levenshtein(column, name), column)).collect();
        likest.sort_by_key(|(distance, _)| *distance);
        let list =
            likest.iter().take(5).map(|(_, column)| format!("`{column}`")).collect::<Vec<_>>().join(", ");
        Self::Analysis(classed(
            "UNRESOLVED_COLUMN.WITH_SUGGESTION",
            "42703",
            format!(
                "A column, variable, or function parameter with name `{name}` cannot be resolved. \
                 Did you mean one of the following? [{list}]."
            ),
        ))
    }

    /// A name that several columns have; `candidates` as Spark writes them, in backquotes.
    pub fn ambiguous_reference(name: &str, candidates: &[String]) -> Self {
        Self::Analysis(classed(
            "AMBIGUOUS_REFERENCE",
            "42704",
            format!("Reference `{name}` is ambiguous, could be: [{}].", candidates.join(", ")),
        ))
    }

    /// A table or view that is not there.
    pub fn table_not_found(name: &str) -> Self {
        Self::Analysis(classed(
            "TABLE_OR_VIEW_NOT_FOUND",
            "42P01",
            format!(
                "The table or view `{name}` cannot be found. Verify the spelling and correctness of the schema and \
                 catalog.\nIf you did not qualify the name with a schema, verify the current_schema() output, or \
                 qualify the name with the correct schema and catalog.\nTo tolerate the error on drop use DROP VIEW \
                 IF EXISTS or DROP TABLE IF EXISTS."
            ),
        ))
    }

    /// A temporary view that is already there.
    pub fn view_exists(name: &str) -> Self {
        Self::Analysis(classed(
            "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS",
            "42P07",
            format!(
                "Cannot create the temporary view `{name}` because it already exists.\nChoose a different name, drop \
                 or replace the existing view,  or add the IF NOT EXISTS clause to tolerate pre-existing views."
            ),
        ))
    }

    /// A function that is not there.
    pub fn unresolved_routine(name: &str) -> Self {
        Self::Analysis(classed(
            "UNRESOLVED_ROUTINE",
            "42883",
            format!(
                "Cannot resolve routine `{name}` on search path [`system`.`builtin`, `system`.`session`, \
                 `spark_catalog`.`default`]."
            ),
        ))
    }

    /// A source or sink format that is not there.
    pub fn data_source_not_found(format: &str) -> Self {
        Self::Analysis(classed(
            "DATA_SOURCE_NOT_FOUND",
            "42K02",
            format!(
                "Failed to find the data source: {format}. Make sure the provider name is correct and the package is \
                 properly registered and compatible with your Spark version."
            ),
        ))
    }

    /// SQL that cannot be parsed; `near` is what stands at the fault.
    pub fn parse_syntax(near: &str, sql: &str) -> Self {
        Self::Parse(SparkText {
            class: Some("PARSE_SYNTAX_ERROR"),
            sql_state: None,
            text: format!("Syntax error at or near {near}. SQLSTATE: 42601\n\n== SQL ==\n{sql}\n"),
        })
    }

    /// SQL that cannot be parsed at a line and column, both from 1.
    pub(crate) fn parse_syntax_at(near: &str, sql: &str, place: Option<(usize, usize)>) -> Self {
        let Some((line, column)) = place else { return Self::parse_syntax(near, sql) };
        let before = sql.lines().take(line).collect::<Vec<_>>().join("\n");
        let after = sql.lines().skip(line).map(|line| format!("\n{line}")).collect::<String>();
        let pos = column.saturating_sub(1);
        let marker = format!("{}^^^", "-".repeat(pos.min(10_000)));
        Self::Parse(plain(format!(
            "\n[PARSE_SYNTAX_ERROR] Syntax error at or near {near}. SQLSTATE: 42601 (line {line}, pos {pos})\n\n\
             == SQL ==\n{before}\n{marker}{after}\n"
        )))
    }

    /// The user's function of `foreachBatch` raised; `traceback` is Python's.
    pub fn foreach_batch(traceback: &str) -> Self {
        Self::Execution(classed(
            "FOREACH_BATCH_USER_FUNCTION_ERROR",
            "39000",
            format!(
                "An error occurred in the user provided function in foreach batch sink. Reason: {traceback}"
            ),
        ))
    }

    /// The user's code of `foreach` raised; `traceback` is Python's.
    pub fn foreach_row(traceback: &str) -> Self {
        Self::Execution(classed(
            "FOREACH_USER_FUNCTION_ERROR",
            "39000",
            format!("An error occurred in the user provided function in foreach sink. Reason: {traceback}"),
        ))
    }

    /// A Python function of the user's raised; `traceback` is Python's.
    pub fn python_exception(traceback: &str) -> Self {
        Self::Python(plain(traceback))
    }

    /// A Python function gave columns of other types than it had declared.
    pub fn arrow_types(operation: &str, expected: &str, actual: &str) -> Self {
        Self::Execution(classed(
            "ARROW_TYPE_MISMATCH",
            "42K0G",
            format!("Invalid schema from {operation}: expected {expected}, got {actual}."),
        ))
    }

    /// A Python worker could not take the user's function; `traceback` is Python's.
    pub fn python_start(traceback: &str) -> Self {
        Self::Execution(classed(
            "STREAMING_PYTHON_RUNNER_INITIALIZATION_FAILURE",
            "XXKST",
            format!("Streaming Runner initialization failed, returned -2. Cause: {traceback}"),
        ))
    }

    /// A path that is not there, as Spark writes it (`file:/tmp/x`).
    pub fn path_not_found(path: &str) -> Self {
        Self::Analysis(classed("PATH_NOT_FOUND", "42K03", format!("Path does not exist: {path}.")))
    }

    /// A place that is taken when the save mode is to refuse that.
    pub fn path_exists(path: &str) -> Self {
        Self::Analysis(classed(
            "PATH_ALREADY_EXISTS",
            "42K04",
            format!("Path {path} already exists. Set mode as \"overwrite\" to overwrite the existing path."),
        ))
    }

    /// A writer without a place.
    pub fn no_path() -> Self {
        Self::illegal_argument("'path' is not specified.")
    }

    /// A sink that cannot be exact without a checkpoint.
    pub fn no_checkpoint() -> Self {
        Self::analysis(
            "checkpointLocation must be specified either through option(\"checkpointLocation\", ...) or \
             SparkSession.conf.set(\"spark.sql.streaming.checkpointLocation\", ...).",
        )
    }

    /// A sink that takes rows that are final only.
    pub fn sink_output_mode(sink: &str, mode: crate::OutputMode) -> Self {
        Self::Analysis(classed(
            "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE",
            "42KDE",
            format!(
                "Invalid streaming output mode: {mode}. This output mode is not supported in Data Source {}.",
                sink.to_ascii_lowercase()
            ),
        ))
    }

    /// Files that show no columns.
    pub fn cannot_infer(format: &str) -> Self {
        Self::Analysis(classed(
            "UNABLE_TO_INFER_SCHEMA",
            "42KD9",
            format!("Unable to infer schema for {format}. It must be specified manually."),
        ))
    }

    /// Two columns of one name where each needs its own.
    pub fn column_exists(name: &str) -> Self {
        Self::Analysis(classed(
            "COLUMN_ALREADY_EXISTS",
            "42711",
            format!("The column `{name}` already exists. Choose another name or rename the existing column."),
        ))
    }

    /// A column of a type that a file format does not hold.
    pub fn unsupported_column(format: &str, field: &arrow::datatypes::Field) -> Self {
        Self::Analysis(classed(
            "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
            "0A000",
            format!(
                "The {format} datasource doesn't support the column `{}` of the type \"{}\".",
                field.name(),
                crate::files::type_name(field.data_type())
            ),
        ))
    }

    /// A partition column that the rows do not have.
    pub fn partition_column_not_found(name: &str, schema: &arrow::datatypes::Schema) -> Self {
        let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        Self::analysis(format!(
            "Partition column {name} not found in existing columns ({}).",
            names.join(", ")
        ))
    }

    /// A record that cannot be read, in mode FAILFAST.
    pub fn malformed_record(file: &std::path::Path, record: &str) -> Self {
        let shown: String = record.chars().take(200).collect();
        Self::Execution(classed(
            "FAILED_READ_FILE.NO_HINT",
            "KD001",
            format!(
                "Encountered error while reading file {}. [MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] Malformed \
                 records are detected in record parsing: {shown}. Parse Mode: FAILFAST. To process malformed records \
                 as null result, try setting the option 'mode' as 'PERMISSIVE'.",
                file.display()
            ),
        ))
    }

    /// A value that cannot be read, in mode FAILFAST.
    pub fn malformed_value() -> Self {
        Self::Execution(classed(
            "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
            "22023",
            "Malformed records are detected in record parsing: [null].\nParse Mode: FAILFAST. To process malformed \
             records as null result, try setting the option 'mode' as 'PERMISSIVE'.",
        ))
    }

    /// A checkpoint with the state of other operators than the query has.
    pub fn other_operators(in_checkpoint: &str, in_query: &str) -> Self {
        Self::Execution(classed(
            "STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA",
            "42K03",
            format!(
                "Streaming stateful operator name does not match with the operator in state metadata. This likely to \
                 happen when user adds/removes/changes stateful operator of existing streaming query.\nStateful \
                 operators in the metadata: {in_checkpoint}; Stateful operators in current batch: {in_query}. Use \
                 another checkpointLocation for a changed query."
            ),
        ))
    }

    /// A checkpoint whose offsets are those of another source than the query reads; `found` is the offset.
    pub fn other_source(source: &str, found: &str) -> Self {
        let shown: String = found.chars().take(200).collect();
        Self::execution(format!(
            "The checkpoint is that of another query: '{shown}' is no offset of a {source} source. Use another \
             checkpointLocation for this query, or start the query that the checkpoint belongs to."
        ))
    }

    /// State whose rows have another shape than the query's.
    pub fn other_state(what: &'static str, existing: &str, new: &str) -> Self {
        let (class, name) = match what {
            "key" => ("STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE", "key_schema"),
            _ => ("STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE", "value_schema"),
        };
        Self::Execution(classed(
            class,
            "XXKST",
            format!(
                "Provided {what} schema does not match existing state {what} schema.\nPlease check number and type of \
                 fields.\nExisting {name}={existing} and new {name}={new}.\nThe query has changed since this \
                 checkpoint was written: use another checkpointLocation for it."
            ),
        ))
    }

    /// A second run of one checkpoint, when the first may not be stopped for it.
    pub fn already_active(id: uuid::Uuid) -> Self {
        Self::execution(format!(
            "Cannot start query with id {id} as another query with same id is already active. Perhaps you are \
             attempting to restart a query from checkpoint that is already active. You may stop the old query by \
             setting the SQL configuration: spark.conf.set(\"spark.sql.streaming.stopActiveRunOnRestart\", true) and \
             retry."
        ))
    }

    /// A second query with the name of a running one.
    pub fn query_name_taken(name: &str) -> Self {
        Self::illegal_argument(format!(
            "Cannot start query with name {name} as a query with that name is already active in this SparkSession"
        ))
    }
}

impl From<DataFusionError> for EngineError {
    fn from(error: DataFusionError) -> Self {
        match error {
            DataFusionError::External(inner) => match inner.downcast::<EngineError>() {
                Ok(ours) => *ours,
                Err(other) => Self::execution(other.to_string()),
            },
            DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => Self::from(*inner),
            DataFusionError::Shared(inner) => Self::from_shared(&inner),
            DataFusionError::SchemaError(inner, _) => Self::from_schema(&inner),
            DataFusionError::SQL(inner, _) => Self::Parse(SparkText {
                class: Some("PARSE_SYNTAX_ERROR"),
                sql_state: Some("42601"),
                text: inner.to_string(),
            }),
            DataFusionError::Plan(text) => Self::analysis(text),
            DataFusionError::NotImplemented(text) => Self::unsupported(text),
            other => Self::execution(other.strip_backtrace()),
        }
    }
}

impl EngineError {
    fn from_shared(error: &DataFusionError) -> Self {
        if let DataFusionError::External(inner) = error
            && let Some(ours) = inner.downcast_ref::<EngineError>()
        {
            return ours.clone();
        }
        Self::execution(error.strip_backtrace())
    }

    fn from_schema(error: &datafusion::common::SchemaError) -> Self {
        match error {
            datafusion::common::SchemaError::FieldNotFound { field, valid_fields } => {
                Self::unresolved_column(
                    field.name(),
                    &valid_fields.iter().map(|c| c.name().to_owned()).collect::<Vec<_>>(),
                )
            }
            other => Self::analysis(other.to_string()),
        }
    }
}

impl From<EngineError> for DataFusionError {
    fn from(error: EngineError) -> Self {
        Self::External(Box::new(error))
    }
}

impl From<arrow::error::ArrowError> for EngineError {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::from(DataFusionError::from(error))
    }
}
