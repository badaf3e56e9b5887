//! Millstream's own service beside Spark Connect, for `millstream submit`.

use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use tracing::debug;
use uuid::Uuid;

use crate::console::{Consoles, Program};
use crate::proto::submit::submit_server::Submit;
use crate::proto::submit::{AttachRequest, ConsoleText};

/// The service.
#[derive(Debug)]
pub(crate) struct SubmitService {
    pub(crate) consoles: Arc<Consoles>,
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
            interpreter: request.interpreter.into(),
            directory: request.directory.into(),
            environment: request.environment,
            conf: request.conf,
        };
        let text = self.consoles.attach(&request.session_id, program).map_err(|error| error.to_status())?;
        let text = ReceiverStream::new(text).map(|text| Ok(ConsoleText { text: text.into_bytes() }));
        Ok(Response::new(Box::pin(text)))
    }
}
