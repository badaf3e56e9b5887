//! Formats that the engine does not bring itself: the process that makes the engine hands them in.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use crate::sinks::Sink;
use crate::sources::SourceSpec;
use crate::{EngineError, Options};

/// A system that streams come from and go to, under one format name.
pub trait Connector: Send + Sync + std::fmt::Debug {
    /// The name in `readStream.format(...)` and `writeStream.format(...)`, in lower case.
    fn format(&self) -> &str;

    /// The source that the reader's options describe. Nothing is opened.
    ///
    /// # Errors
    /// Options that are missing, unknown or wrong.
    fn source(&self, options: &Options) -> Result<Arc<dyn SourceSpec>, EngineError>;

    /// A sink for rows of this schema. Nothing is opened before the first batch.
    ///
    /// # Errors
    /// Options or columns that are missing, unknown or wrong.
    fn sink(&self, options: &Options, schema: &SchemaRef) -> Result<Arc<dyn Sink>, EngineError>;
}

/// The connectors of an engine. The engine's own formats come first: a connector cannot take their names.
#[derive(Debug, Clone, Default)]
pub struct Connectors(Arc<[Arc<dyn Connector>]>);

impl Connectors {
    /// These connectors.
    pub fn new(connectors: Vec<Arc<dyn Connector>>) -> Self {
        Self(connectors.into())
    }

    /// The connector of a format, whose name is read without regard to case.
    ///
    /// # Errors
    /// There is none, with Spark's text.
    pub(crate) fn get(&self, format: &str) -> Result<&dyn Connector, EngineError> {
        self.0
            .iter()
            .find(|connector| connector.format().eq_ignore_ascii_case(format))
            .map(AsRef::as_ref)
            .ok_or_else(|| EngineError::data_source_not_found(format))
    }
}
