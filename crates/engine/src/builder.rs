//! Streaming queries from Rust: `session.stream("kafka").option(..).load()?.with_watermark(..)?.group_by(..)`.
//!
//! A thin layer over [`crate::plan`]; each step returns the frame with more plan.

use std::sync::Arc;

use datafusion::logical_expr::{Expr, LogicalPlan};

use crate::{EngineError, Options, OutputMode, Query, QuerySpec, Session, SinkSpec, Trigger};

/// A source about to be read.
#[derive(Debug)]
pub struct Reader {
    session: Arc<Session>,
    format: String,
    options: Options,
}

impl Reader {
    /// Starts describing a streaming source.
    pub fn new(session: &Arc<Session>, format: &str) -> Self {
        Self { session: Arc::clone(session), format: format.to_owned(), options: Options::new() }
    }

    /// Sets an option of the source.
    #[must_use]
    pub fn option(mut self, name: &str, value: impl Into<String>) -> Self {
        self.options.set(name, value);
        self
    }

    /// The source as a frame.
    ///
    /// # Errors
    /// As [`Session::read_stream`].
    pub fn load(self) -> Result<Frame, EngineError> {
        let plan = self.session.read_stream(&self.format, &self.options, None)?;
        Ok(Frame { session: self.session, plan })
    }
}

/// A plan with the session that it belongs to. Errors of the steps are those of [`crate::plan`].
#[derive(Debug, Clone)]
pub struct Frame {
    session: Arc<Session>,
    plan: LogicalPlan,
}

/// A frame with groups, waiting for its aggregates.
#[derive(Debug)]
pub struct Grouped {
    frame: Frame,
    groups: Vec<Expr>,
}

#[expect(clippy::missing_errors_doc, reason = "said once, at the type")]
impl Frame {
    /// The frame of a plan.
    pub fn new(session: &Arc<Session>, plan: LogicalPlan) -> Self {
        Self { session: Arc::clone(session), plan }
    }

    /// The plan so far.
    pub fn plan(&self) -> &LogicalPlan {
        &self.plan
    }

    /// See [`crate::plan::select`].
    pub fn select(self, exprs: Vec<Expr>) -> Result<Self, EngineError> {
        Ok(Self { plan: crate::plan::select(self.plan, exprs)?, ..self })
    }

    /// See [`crate::plan::with_columns`].
    pub fn with_column(self, name: &str, expr: Expr) -> Result<Self, EngineError> {
        Ok(Self { plan: crate::plan::with_columns(self.plan, vec![(name.to_owned(), expr)])?, ..self })
    }

    /// See [`crate::plan::filter`].
    pub fn filter(self, predicate: Expr) -> Result<Self, EngineError> {
        Ok(Self { plan: crate::plan::filter(self.plan, predicate)?, ..self })
    }

    /// See [`crate::plan::with_watermark`].
    pub fn with_watermark(self, column: &str, delay: &str) -> Result<Self, EngineError> {
        Ok(Self { plan: crate::plan::with_watermark(self.plan, column, delay)?, ..self })
    }

    /// See [`crate::plan::drop_duplicates`].
    pub fn drop_duplicates(self, columns: &[&str]) -> Result<Self, EngineError> {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        Ok(Self { plan: crate::plan::drop_duplicates(self.plan, &columns)?, ..self })
    }

    /// Starts an aggregation.
    pub fn group_by(self, groups: Vec<Expr>) -> Grouped {
        Grouped { frame: self, groups }
    }

    /// Starts describing where the rows go.
    pub fn write_stream(self, format: &str) -> Writer {
        let spec = QuerySpec {
            plan: self.plan,
            name: None,
            sink: SinkSpec::Format(format.to_owned()),
            output_mode: OutputMode::Append,
            trigger: Trigger::Default,
            partition_by: Vec::new(),
            options: Options::new(),
        };
        Writer { session: self.session, spec }
    }
}

impl Grouped {
    /// The aggregation.
    ///
    /// # Errors
    /// As [`crate::plan::aggregate`].
    pub fn agg(self, aggregates: Vec<Expr>) -> Result<Frame, EngineError> {
        let plan = crate::plan::aggregate(self.frame.plan, self.groups, aggregates)?;
        Ok(Frame { plan, ..self.frame })
    }
}

/// A query about to be started.
#[derive(Debug)]
pub struct Writer {
    session: Arc<Session>,
    spec: QuerySpec,
}

impl Writer {
    /// Sets an option of the sink.
    #[must_use]
    pub fn option(mut self, name: &str, value: impl Into<String>) -> Self {
        self.spec.options.set(name, value);
        self
    }

    /// Names the query.
    #[must_use]
    pub fn query_name(mut self, name: &str) -> Self {
        self.spec.name = Some(name.to_owned());
        self
    }

    /// Which rows go to the sink.
    #[must_use]
    pub fn output_mode(mut self, mode: OutputMode) -> Self {
        self.spec.output_mode = mode;
        self
    }

    /// When batches run.
    #[must_use]
    pub fn trigger(mut self, trigger: Trigger) -> Self {
        self.spec.trigger = trigger;
        self
    }

    /// Starts the query.
    ///
    /// # Errors
    /// As [`Session::start`].
    pub async fn start(self) -> Result<Arc<Query>, EngineError> {
        self.session.start(self.spec).await
    }
}
