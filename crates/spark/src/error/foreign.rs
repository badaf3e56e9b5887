//! Errors of the engine, of DataFusion and of Arrow in Spark's terms.

use datafusion::error::DataFusionError;
use millstream_engine::EngineError;
use std::sync::Arc;

use super::{Condition, Kind, SparkError};

impl From<EngineError> for SparkError {
    fn from(error: EngineError) -> Self {
        Self::from(&error)
    }
}

impl From<&EngineError> for SparkError {
    fn from(error: &EngineError) -> Self {
        let kind = match error {
            EngineError::Analysis(_) => Kind::Analysis,
            EngineError::Parse(_) => Kind::Parse,
            EngineError::IllegalArgument(_) => Kind::IllegalArgument,
            EngineError::Unsupported(_) => Kind::Unsupported,
            EngineError::Python(_) => Kind::Python,
            EngineError::Execution(_) | EngineError::Io(_) => Kind::Spark,
        };
        let text = error.text();
        let condition = text.class.map(|name| {
            Box::new(Condition {
                name: name.to_owned(),
                sql_state: text.sql_state.unwrap_or_default(),
                parameters: Default::default(),
            })
        });
        Self { kind, condition, message: error.to_string() }
    }
}

impl From<Arc<EngineError>> for SparkError {
    fn from(error: Arc<EngineError>) -> Self {
        Self::from(error.as_ref())
    }
}

impl From<DataFusionError> for SparkError {
    fn from(error: DataFusionError) -> Self {
        Self::from(EngineError::from(error))
    }
}

impl From<arrow::error::ArrowError> for SparkError {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::from(EngineError::from(error))
    }
}
