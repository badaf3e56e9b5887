//! Open: a context, as long as the answer's stream lives.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{Answers, Service};
use crate::block::Store;
use crate::compute::JobSettings;
use crate::context::{Context, Contexts};
use crate::error::{CallError, JobError};
use crate::limits;
use crate::proto::context_event::Event;
use crate::proto::{ContextEvent, OpenRequest, Opened, WorkerText};
use crate::worker::{Dialect, Launch, Pool};

/// Pieces of text between the workers and the driver.
const TEXTS: usize = 64;

impl Service {
    /// Makes the context and starts warming its workers.
    ///
    /// # Errors
    /// The request makes no sense, or there are too many contexts.
    pub(super) fn open_context(&self, request: OpenRequest) -> Result<Answers<ContextEvent>, CallError> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let wanted =
            usize::try_from(request.max_workers).map_err(|_| invalid("max_workers cannot be negative"))?;
        let workers = if wanted == 0 { cores } else { wanted.min(cores.saturating_mul(2)) };
        let launch = launch(request)?;
        let directory = launch.directory.clone();
        let (text, printed) = mpsc::channel(TEXTS);
        let pool = Pool::new(launch, workers, text);
        let store = Store::new(limits::MEMORY as u64, limits::SPILL, self.spill_directory.clone());
        let context = Context::new(directory, JobSettings::new(Arc::clone(&pool), store, workers));
        self.contexts.add(&context)?;
        let (tell, notices) = mpsc::channel(1);
        tokio::spawn(async move {
            // Two that start at once are started sooner; a pool of more fills when it is needed.
            match pool.warm(workers.min(cores)).await {
                Ok(()) | Err(JobError::Closed) => {}
                Err(error) => drop(tell.send(error.to_string()).await),
            }
        });
        let cores = i64::try_from(cores).unwrap_or(i64::MAX);
        let opened = Event::Opened(Opened { context_id: context.id.clone(), cores });
        let text = ReceiverStream::new(printed)
            .map(|printed| Event::Text(WorkerText { text: printed.text, to_stderr: printed.to_stderr }));
        let text = stream::select(text, ReceiverStream::new(notices).map(Event::Notice));
        let life = Life { contexts: Arc::clone(&self.contexts), id: context.id.clone() };
        let events =
            stream::iter([opened]).chain(text).take_until(Box::pin(context.ended())).map(move |event| {
                let _: &Life = &life;
                Ok(ContextEvent { event: Some(event) })
            });
        Ok(Box::pin(events))
    }
}

fn launch(request: OpenRequest) -> Result<Launch, CallError> {
    let (interpreter, directory) = (PathBuf::from(request.interpreter), PathBuf::from(request.directory));
    if !interpreter.is_absolute() || !directory.is_absolute() {
        return Err(invalid("interpreter and directory must be absolute paths"));
    }
    let dialect =
        Dialect::of(&request.pyspark_version).map_err(|error| CallError::NotNow(error.to_string()))?;
    if request.python_version.is_empty() {
        return Err(invalid("python_version is missing"));
    }
    if request.daemon_module.starts_with('-') || request.worker_module.starts_with('-') {
        return Err(invalid("a module's name cannot begin with -"));
    }
    Ok(Launch {
        interpreter,
        directory,
        environment: request.environment.into_iter().collect(),
        sys_path: request.sys_path,
        daemon_module: request.daemon_module,
        worker_module: request.worker_module,
        dialect,
        python_version: request.python_version.into(),
        files_directory: request.files_directory.into(),
    })
}

fn invalid(text: &str) -> CallError {
    CallError::Invalid(text.to_owned())
}

/// Ends the context when the driver's stream breaks.
struct Life {
    contexts: Arc<Contexts>,
    id: String,
}

impl Drop for Life {
    fn drop(&mut self) {
        let (contexts, id) = (Arc::clone(&self.contexts), std::mem::take(&mut self.id));
        // Without a runtime the server is gone, and its contexts with it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { contexts.end(&id).await });
        }
    }
}
