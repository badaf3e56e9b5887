//! Millstream's own service beside Spark Connect, for `millstream submit`: a terminal and its session.
//!
//! The session lives as long as the terminal: when the program ends, or its terminal is closed, queries stop. In
//! between, the program may stop its SparkSession and make another: both write to the same terminal.

use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use tracing::debug;
use uuid::Uuid;

use crate::Program;
use crate::console::Consoles;
use crate::proto::submit::submit_server::Submit;
use crate::proto::submit::{AttachRequest, ConsoleText, DetachRequest, DetachResponse};
use crate::session::Sessions;

/// The service.
#[derive(Debug)]
pub(crate) struct SubmitService {
    pub(crate) consoles: Arc<Consoles>,
    pub(crate) sessions: Arc<Sessions>,
}

#[tonic::async_trait]
impl Submit for SubmitService {
    type AttachStream = Pin<Box<dyn Stream<Item = Result<ConsoleText, Status>> + Send>>;

    async fn attach(&self, request: Request<AttachRequest>) -> Result<Response<Self::AttachStream>, Status> {
        let request = request.into_inner();
        if Uuid::try_parse(&request.session_id).is_err() {
            return Err(Status::invalid_argument("session_id must be a UUID"));
        }
        debug!(session = request.session_id, interpreter = request.interpreter, "a terminal attached");
        let program = Program {
            user: request.user_id.clone(),
            interpreter: request.interpreter.into(),
            directory: request.directory.into(),
            environment: request.environment,
            conf: request.conf,
        };
        let text = self.consoles.attach(&request.session_id, program).map_err(|error| error.to_status())?;
        let gone = Gone {
            service: Self { consoles: Arc::clone(&self.consoles), sessions: Arc::clone(&self.sessions) },
            user: request.user_id,
            session: request.session_id,
        };
        let text = ReceiverStream::new(text).map(move |text| {
            let _: &Gone = &gone;
            Ok(ConsoleText { text: text.into_bytes() })
        });
        Ok(Response::new(Box::pin(text)))
    }

    async fn detach(&self, request: Request<DetachRequest>) -> Result<Response<DetachResponse>, Status> {
        let request = request.into_inner();
        self.end(&request.user_id, &request.session_id).await;
        Ok(Response::new(DetachResponse {}))
    }
}

impl SubmitService {
    /// The session first, so that its last text is still delivered.
    async fn end(&self, user: &str, session: &str) {
        if let Some(session) = self.sessions.remove(user, session, false) {
            self.sessions.close(&session).await;
        }
        self.consoles.detach(session);
    }
}

/// Ends the session when the call that carries its text ends, for whatever reason.
struct Gone {
    service: SubmitService,
    user: String,
    session: String,
}

impl Drop for Gone {
    fn drop(&mut self) {
        let service = SubmitService {
            consoles: Arc::clone(&self.service.consoles),
            sessions: Arc::clone(&self.service.sessions),
        };
        let (user, session) = (std::mem::take(&mut self.user), std::mem::take(&mut self.session));
        // Without a runtime the server is gone, and its sessions with it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { service.end(&user, &session).await });
        }
    }
}
