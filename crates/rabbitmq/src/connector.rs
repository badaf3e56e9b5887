//! What the engine is handed: format `rabbitmq`.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use millstream_engine::sinks::Sink;
use millstream_engine::sources::SourceSpec;
use millstream_engine::{Connector, EngineError, Options};

use crate::sink::RabbitSink;
use crate::source::RabbitSpec;
use crate::{ReaderOptions, WriterOptions};

/// RabbitMQ as a source and a sink.
#[derive(Debug, Clone, Copy, Default)]
pub struct RabbitMq;

impl Connector for RabbitMq {
    fn format(&self) -> &'static str {
        "rabbitmq"
    }

    fn source(&self, options: &Options) -> Result<Arc<dyn SourceSpec>, EngineError> {
        Ok(Arc::new(RabbitSpec::new(ReaderOptions::parse(options)?)))
    }

    fn sink(&self, options: &Options, schema: &SchemaRef) -> Result<Arc<dyn Sink>, EngineError> {
        Ok(Arc::new(RabbitSink::new(WriterOptions::parse(options)?, schema)?))
    }
}
