//! What one user sees: configuration, temporary views, memory tables, batch queries, own streaming queries.

mod conf;
mod context;
mod files;
mod placeholder;
mod sql;
mod sql_lateral;
mod sql_lexer;
mod sql_planner;
mod sql_repeated;
mod sql_text;
mod start;

use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::{ParamValues, TableReference};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::{displayable, execute_stream};
use datafusion::sql::parser::Statement;
use futures::TryStreamExt as _;
use uuid::Uuid;

use conf::Conf;
use sql_text::Names;

use crate::files::Format;
use crate::plan::first_stream;
use crate::show::Show;
use crate::sources::StreamTable;
use crate::{ConsoleOut, Engine, EngineError, Options, Query};

/// A session. Its methods may be called concurrently.
pub struct Session {
    id: String,
    engine: Weak<Engine>,
    context: SessionContext,
    conf: RwLock<Conf>,
    console: Mutex<ConsoleOut>,
    directory: RwLock<Option<std::path::PathBuf>>,
}

/// A table's name as it is registered: in lower case, without the database, of which there is one.
pub(crate) fn reference(name: &str) -> TableReference {
    let plain = name.replace('`', "").to_lowercase();
    TableReference::bare(plain.rsplit('.').next().unwrap_or(&plain).to_owned())
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({})", self.id)
    }
}

/// How `explain` shows a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainMode {
    /// The physical plan only.
    Simple,
    /// Parsed, analyzed, optimized and physical plan.
    Extended,
}

impl Session {
    pub(crate) fn new(engine: &Arc<Engine>, id: &str, console: ConsoleOut) -> Arc<Self> {
        let conf = Conf::default();
        Arc::new(Self {
            id: id.to_owned(),
            engine: Arc::downgrade(engine),
            context: context::new(&conf.time_zone()),
            conf: RwLock::new(conf),
            console: Mutex::new(console),
            directory: RwLock::default(),
        })
    }

    /// The session's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The engine it belongs to.
    ///
    /// # Errors
    /// The engine has gone.
    pub fn engine(&self) -> Result<Arc<Engine>, EngineError> {
        self.engine.upgrade().ok_or_else(|| EngineError::execution("the engine has been shut down"))
    }

    /// `DataFusion`'s context: functions and tables of the session.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Replaces the receiver of console text, for queries started from now on.
    pub fn set_console(&self, console: ConsoleOut) {
        *self.console.lock().unwrap_or_else(PoisonError::into_inner) = console;
    }

    /// A configuration value: as set, else Spark's default for the settings known here.
    pub fn conf(&self, key: &str) -> Option<String> {
        self.conf.read().unwrap_or_else(PoisonError::into_inner).get(key)
    }

    /// Sets a configuration value (`spark.sql.session.timeZone` among them).
    ///
    /// # Errors
    /// A value that the setting does not allow.
    pub fn set_conf(&self, key: &str, value: &str) -> Result<(), EngineError> {
        let mut conf = self.conf.write().unwrap_or_else(PoisonError::into_inner);
        conf.set(key, value)?;
        context::set_time_zone(&self.context, &conf.time_zone());
        Ok(())
    }

    /// Removes a configuration value.
    pub fn unset_conf(&self, key: &str) {
        let mut conf = self.conf.write().unwrap_or_else(PoisonError::into_inner);
        conf.unset(key);
        context::set_time_zone(&self.context, &conf.time_zone());
    }

    /// All values that were set, by key.
    pub fn all_conf(&self) -> Vec<(String, String)> {
        self.conf.read().unwrap_or_else(PoisonError::into_inner).all()
    }

    /// The session's time zone: `spark.sql.session.timeZone`, else the machine's.
    pub fn time_zone(&self) -> String {
        self.conf.read().unwrap_or_else(PoisonError::into_inner).time_zone()
    }

    /// The plan of a streaming source: a leaf for more plan (see [`crate::plan`]). `schema` is what the program gave.
    ///
    /// # Errors
    /// Unknown format, missing or wrong options, with Spark's texts.
    pub fn read_stream(
        &self,
        format: &str,
        options: &Options,
        schema: Option<SchemaRef>,
    ) -> Result<LogicalPlan, EngineError> {
        let engine = self.engine()?;
        if Format::is_known(format) {
            return self.read_file_stream(format, options, schema);
        }
        let spec = crate::sources::describe(
            format,
            options,
            schema,
            &engine.config().topics,
            &engine.config().connectors,
        )?;
        let table = Arc::new(StreamTable::new(spec));
        let name = TableReference::bare(format.to_ascii_lowercase());
        Ok(LogicalPlanBuilder::scan(name, provider_as_source(table), None)?.build()?)
    }

    /// Makes functions known to SQL, before others are registered in [`Session::context`].
    ///
    /// # Errors
    /// A function cannot be registered.
    pub fn prepare_sql(&self) -> Result<(), EngineError> {
        context::register_functions(&self.context)
    }

    /// Parses and analyzes SQL over the session's tables and views. Views over streams give streaming plans.
    ///
    /// # Errors
    /// Spark's parse and analysis errors.
    pub async fn sql(&self, text: &str) -> Result<LogicalPlan, EngineError> {
        self.sql_with(text, None).await
    }

    /// As [`Session::sql`], with values for the text's parameters (`:name` or `?`).
    ///
    /// # Errors
    /// As [`Session::sql`]; a parameter without a value.
    pub async fn sql_with(
        &self,
        text: &str,
        parameters: Option<ParamValues>,
    ) -> Result<LogicalPlan, EngineError> {
        context::register_functions(&self.context)?;
        let state = self.context.state();
        let failed = |error| context::sql_error(error, text);
        let dialect = &state.config_options().sql_parser.dialect;
        let read = sql_lexer::for_parser(text);
        let mut statement = state.sql_to_statement(&read, dialect).map_err(failed)?;
        if let Statement::Statement(inner) = &mut statement {
            let parse = |text: &str| state.sql_to_statement(text, dialect).map_err(failed);
            sql_lateral::lay_out(inner, &parse)?;
            sql_repeated::mark(inner);
            sql_text::lower_tables(inner);
        }
        let mut names = Names::default();
        for table in state.resolve_table_references(&statement).map_err(failed)? {
            if let Ok(provider) = self.context.table_provider(table.clone()).await {
                names.add_table(table.table(), provider.schema().fields());
            }
        }
        if let Statement::Statement(inner) = &mut statement {
            names.correct_statement(inner);
        }
        let plan = state.statement_to_plan(statement).await.map_err(failed)?;
        let plan = match parameters {
            Some(values) => plan.with_param_values(values).map_err(failed)?,
            None => plan,
        };
        Ok(sql::spark_plan(plan)?)
    }

    /// Reads an expression of SQL (`expr`, `selectExpr`) over the columns of `input`.
    ///
    /// # Errors
    /// As [`Session::sql`].
    pub fn parse_expr(&self, text: &str, input: &LogicalPlan) -> Result<Expr, EngineError> {
        context::register_functions(&self.context)?;
        let state = self.context.state();
        let failed = |error| context::sql_error(error, text);
        let dialect = &state.config_options().sql_parser.dialect;
        let read = sql_lexer::for_parser(text);
        let mut expr = state.sql_to_expr_with_alias(&read, dialect).map_err(failed)?;
        let mut names = Names::default();
        input.schema().fields().iter().for_each(|field| names.add(field));
        names.correct_expr(&mut expr.expr);
        let parsed = state.create_logical_expr_from_sql_expr(expr, input.schema()).map_err(failed)?;
        let name = crate::functions::name_of(&parsed);
        let made = crate::functions::lambdas::resolved(sql::spark_expr(parsed)?, input.schema())?;
        // A column keeps its own name and table; everything else goes by Spark's name for what is written.
        Ok(match made {
            Expr::Column(_) | Expr::Alias(_) => made,
            other => other.alias(name),
        })
    }

    /// The plan of a table or view, whatever the case of its name.
    ///
    /// # Errors
    /// There is none with this name.
    pub async fn table(&self, name: &str) -> Result<LogicalPlan, EngineError> {
        let reference = reference(name);
        match self.context.table_provider(reference.clone()).await {
            Ok(table) => match table.get_logical_plan() {
                Some(plan) => Ok(LogicalPlanBuilder::from(plan.into_owned()).alias(reference)?.build()?),
                None => Ok(LogicalPlanBuilder::scan(reference, provider_as_source(table), None)?.build()?),
            },
            Err(_) => Err(EngineError::table_not_found(name)),
        }
    }

    /// Gives a plan, streaming or not, a name.
    ///
    /// # Errors
    /// The name is taken and `replace` is false.
    pub fn create_temp_view(&self, name: &str, plan: LogicalPlan, replace: bool) -> Result<(), EngineError> {
        let reference = reference(name);
        if self.context.table_exist(reference.clone())? {
            if !replace {
                return Err(EngineError::view_exists(name));
            }
            self.context.deregister_table(reference.clone())?;
        }
        self.context.register_table(reference, Arc::new(ViewTable::new(plan, None)))?;
        Ok(())
    }

    /// Removes a view; false if there was none.
    pub fn drop_temp_view(&self, name: &str) -> bool {
        self.context.deregister_table(reference(name)).is_ok_and(|gone| gone.is_some())
    }

    /// Whether there is a table or view of this name.
    pub fn has_table(&self, name: &str) -> bool {
        self.context.table_exist(reference(name)).unwrap_or(false)
    }

    /// The names of all tables and views, sorted.
    pub fn tables(&self) -> Vec<String> {
        let state = self.context.state();
        let options = &state.config_options().catalog;
        let catalog = self.context.catalog(&options.default_catalog);
        let schema = catalog.and_then(|catalog| catalog.schema(&options.default_schema));
        let mut names = schema.map(|schema| schema.table_names()).unwrap_or_default();
        names.sort();
        names
    }

    /// The schema of a plan after analysis (types coerced).
    ///
    /// # Errors
    /// The plan is wrong.
    pub fn schema(&self, plan: &LogicalPlan) -> Result<SchemaRef, EngineError> {
        let state = self.context.state();
        let analyzed = state.analyzer().execute_and_check(plan.clone(), state.config_options(), |_, _| {})?;
        Ok(Arc::clone(analyzed.schema().inner()))
    }

    /// Runs a batch plan.
    ///
    /// # Errors
    /// The plan is wrong, or reads a stream (Spark's text for that), or fails.
    pub async fn execute(&self, plan: LogicalPlan) -> Result<SendableRecordBatchStream, EngineError> {
        if let Some(source) = first_stream(&plan) {
            return Err(EngineError::streaming_needs_start(&source));
        }
        let state = self.context.state();
        let physical = state.create_physical_plan(&plan).await?;
        Ok(execute_stream(physical, state.task_ctx())?)
    }

    /// Runs a batch plan and collects its rows.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub async fn collect(&self, plan: LogicalPlan) -> Result<(SchemaRef, Vec<RecordBatch>), EngineError> {
        let rows = self.execute(plan).await?;
        let schema = rows.schema();
        Ok((schema, rows.try_collect().await?))
    }

    /// `df.show(rows, truncate)`: the table as text. `truncate` 0 shows cells whole.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub async fn show(
        &self,
        plan: LogicalPlan,
        rows: usize,
        truncate: usize,
        vertical: bool,
    ) -> Result<String, EngineError> {
        if let Some(source) = first_stream(&plan) {
            return Err(EngineError::streaming_needs_start(&source));
        }
        let limited = LogicalPlanBuilder::from(plan).limit(0, Some(rows.saturating_add(1)))?.build()?;
        let (schema, batches) = self.collect(limited).await?;
        let how = Show { rows, truncate, vertical, time_zone: self.time_zone() };
        Ok(crate::show::show(&schema, &batches, false, &how))
    }

    /// `df.explain()`.
    ///
    /// # Errors
    /// The plan is wrong.
    pub async fn explain(&self, plan: &LogicalPlan, mode: ExplainMode) -> Result<String, EngineError> {
        let state = self.context.state();
        let optimized = state.optimize(plan)?;
        let physical = state.query_planner().create_physical_plan(&optimized, &state).await?;
        let physical = displayable(physical.as_ref()).indent(false);
        Ok(match mode {
            ExplainMode::Simple => format!("== Physical Plan ==\n{physical}\n"),
            ExplainMode::Extended => format!(
                "== Parsed Logical Plan ==\n{0}\n\n== Analyzed Logical Plan ==\n{0}\n\n== Optimized Logical Plan ==\n{1}\n\n== Physical Plan ==\n{physical}\n",
                plan.display_indent(),
                optimized.display_indent(),
            ),
        })
    }

    /// The session's queries that run.
    pub fn active(&self) -> Vec<Arc<Query>> {
        let all = self.engine().map(|engine| engine.queries()).unwrap_or_default();
        all.into_iter().filter(|query| query.session_id() == self.id && query.is_active()).collect()
    }

    /// A running query of this session, by id.
    pub fn query(&self, id: Uuid) -> Option<Arc<Query>> {
        self.active().into_iter().find(|query| query.id() == id)
    }
}
