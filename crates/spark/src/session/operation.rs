//! One `ExecutePlan`: a task that makes responses, and the buffer from which clients take them.
//!
//! A reattachable operation outlives the call that started it: responses stay until the client releases them, and
//! `ReattachExecute` goes on after the last one that the client saw. Invariants: at most one reader is attached, the
//! newest; unread responses are bounded, the maker waits for the reader; read but unreleased responses are bounded,
//! the oldest go first and can then not be had again.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::Stream;
use prost::Message;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tonic::Status;
use uuid::Uuid;

use crate::error::{Result, SparkError, invalid_cursor, operation_canceled};
use crate::proto::connect::ExecutePlanResponse;
use crate::proto::connect::execute_plan_response::ResponseType;

/// Bytes of unread responses at which the maker waits.
const MAX_UNREAD: usize = 16 << 20;
/// Bytes of read responses that are kept for a client that reattaches.
const MAX_RETAINED: usize = 10 << 20;
/// A reattachable stream ends after this and the client attaches anew, so that a dead client is noticed.
const STREAM_DURATION: Duration = Duration::from_secs(120);
/// How long a complete stream stays open for the client to say that it has all of it. PySpark's last call before its
/// interpreter ends is never released: the end of a stream that comes while Python shuts down can hang it in gRPC.
const LINGER: Duration = Duration::from_secs(10);

/// The responses of a call, as tonic wants them.
pub(crate) type ResponseStream = Pin<Box<dyn Stream<Item = Result<ExecutePlanResponse, Status>> + Send>>;

/// An operation of a session.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The client's id for it.
    pub(crate) id: String,
    /// The client's labels, by which it can interrupt.
    pub(crate) tags: Vec<String>,
    /// Whether it outlives its call.
    pub(crate) reattachable: bool,
    session_id: String,
    server_side_session_id: String,
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    /// Responses from number `first` on.
    responses: VecDeque<Buffered>,
    first: usize,
    /// Number of the next response that no reader has taken.
    unread: usize,
    unread_bytes: usize,
    retained_bytes: usize,
    end: Option<End>,
    /// The client has said that it wants no more.
    released: bool,
    /// Which reader is the newest.
    reader: u64,
    detached_at: Option<Instant>,
    task: Option<AbortHandle>,
}

#[derive(Debug)]
struct Buffered {
    response: ExecutePlanResponse,
    bytes: usize,
}

#[derive(Debug, Clone)]
enum End {
    Complete,
    Failed(Status),
}

/// What a reader finds when it looks.
enum Next {
    Response(Box<ExecutePlanResponse>),
    End(Option<Status>),
    Wait,
}

impl Operation {
    /// An operation without a task yet.
    pub(crate) fn new(id: String, tags: Vec<String>, reattachable: bool, session: &super::Session) -> Self {
        Self {
            id,
            tags,
            reattachable,
            session_id: session.id.clone(),
            server_side_session_id: session.server_side_id.clone(),
            state: Mutex::new(State { detached_at: Some(Instant::now()), ..State::default() }),
            changed: watch::Sender::new(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the operation which task makes its responses, so that it can be stopped.
    pub(crate) fn runs_as(&self, task: AbortHandle) {
        let mut state = self.lock();
        match state.end {
            // Interrupted before it could be told.
            Some(_) => task.abort(),
            None => state.task = Some(task),
        }
    }

    /// Appends a response; waits while the reader is far behind.
    pub(crate) async fn send(&self, response_type: ResponseType) {
        self.send_response(ExecutePlanResponse { response_type: Some(response_type), ..Default::default() })
            .await;
    }

    /// Appends a response with more than its type, such as a schema.
    pub(crate) async fn send_response(&self, response: ExecutePlanResponse) {
        let mut changed = self.changed.subscribe();
        while self.lock().unread_bytes > MAX_UNREAD {
            if changed.changed().await.is_err() {
                return;
            }
        }
        self.push(response);
    }

    fn push(&self, mut response: ExecutePlanResponse) {
        response.session_id.clone_from(&self.session_id);
        response.server_side_session_id.clone_from(&self.server_side_session_id);
        response.operation_id.clone_from(&self.id);
        response.response_id = Uuid::new_v4().to_string();
        let bytes = response.encoded_len();
        let mut state = self.lock();
        if state.end.is_some() {
            return;
        }
        if matches!(response.response_type, Some(ResponseType::ResultComplete(_))) {
            state.end = Some(End::Complete);
        }
        state.unread_bytes += bytes;
        state.responses.push_back(Buffered { response, bytes });
        drop(state);
        self.changed.send_replace(());
    }

    /// The end, well or ill. What is sent after it is dropped.
    pub(crate) fn finish(&self, outcome: Result<(), Status>) {
        match outcome {
            Ok(()) => self.push(ExecutePlanResponse {
                response_type: Some(ResponseType::ResultComplete(Default::default())),
                ..Default::default()
            }),
            Err(status) => {
                self.lock().end.get_or_insert(End::Failed(status));
                self.changed.send_replace(());
            }
        }
    }

    /// Stops the task. False if it had ended before.
    pub(crate) fn cancel(&self) -> bool {
        let mut state = self.lock();
        if let Some(task) = state.task.take() {
            task.abort();
        }
        if state.end.is_some() {
            return false;
        }
        state.end = Some(End::Failed(operation_canceled().to_status()));
        drop(state);
        self.changed.send_replace(());
        true
    }

    /// The client wants no more of it: stops the task if it still runs, and ends the stream.
    pub(crate) fn release(&self) {
        self.cancel();
        self.lock().released = true;
        self.changed.send_replace(());
    }

    /// Returns when the client has said that it wants no more of it.
    pub(crate) async fn released(&self) {
        let mut changed = self.changed.subscribe();
        while !self.lock().released {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// How long nobody has listened; `None` while somebody does.
    pub(crate) fn detached_for(&self) -> Option<Duration> {
        self.lock().detached_at.map(|since| since.elapsed())
    }

    /// Lets go of the responses up to and including this one.
    pub(crate) fn release_until(&self, response_id: &str) {
        let mut state = self.lock();
        if let Some(at) = state.responses.iter().position(|b| b.response.response_id == response_id) {
            for _ in 0..=at {
                state.drop_first();
            }
        }
    }

    /// A reader's stream, from the start or after the response that the client saw last.
    pub(crate) fn attach(self: &Arc<Self>, after: Option<&str>) -> Result<ResponseStream, SparkError> {
        let mut state = self.lock();
        let position = match after {
            None => state.first,
            Some(id) => state.position_after(id)?,
        };
        state.reader += 1;
        state.detached_at = None;
        let reader = Reader { operation: Arc::clone(self), number: state.reader, position };
        drop(state);
        self.changed.send_replace(());
        let deadline = self.reattachable.then(|| tokio::time::Instant::now() + STREAM_DURATION);
        Ok(Box::pin(futures::stream::unfold(Some(reader), move |reader| async move {
            let mut reader = reader?;
            let item = reader.next(deadline).await?;
            let more = item.is_ok().then_some(reader);
            Some((item, more))
        })))
    }
}

impl State {
    fn drop_first(&mut self) {
        let Some(gone) = self.responses.pop_front() else { return };
        if self.first < self.unread {
            self.retained_bytes -= gone.bytes;
        } else {
            self.unread_bytes -= gone.bytes;
            self.unread = self.first + 1;
        }
        self.first += 1;
    }

    fn position_after(&self, id: &str) -> Result<usize> {
        let at = self.responses.iter().position(|b| b.response.response_id == id);
        at.map(|at| self.first + at + 1).ok_or_else(|| {
            let id: String = id.chars().take(64).collect();
            let why = format!("The cursor position id {id} is not found.");
            invalid_cursor("POSITION_NOT_FOUND", &why).with("responseId", id)
        })
    }

    fn take(&mut self, position: usize, keep: bool) -> Next {
        let Some(buffered) = position.checked_sub(self.first).and_then(|at| self.responses.get(at)) else {
            return match &self.end {
                Some(End::Complete) => Next::End(None),
                Some(End::Failed(status)) => Next::End(Some(status.clone())),
                None => Next::Wait,
            };
        };
        let (response, bytes) = (buffered.response.clone(), buffered.bytes);
        if position >= self.unread {
            self.unread = position + 1;
            self.unread_bytes -= bytes;
            self.retained_bytes += bytes;
        }
        let limit = if keep { MAX_RETAINED } else { 0 };
        while self.retained_bytes > limit && self.first < self.unread {
            self.drop_first();
        }
        Next::Response(Box::new(response))
    }
}

/// One attached client. Dropped when its call ends, however it ends.
struct Reader {
    operation: Arc<Operation>,
    number: u64,
    position: usize,
}

impl Reader {
    async fn next(
        &mut self,
        deadline: Option<tokio::time::Instant>,
    ) -> Option<Result<ExecutePlanResponse, Status>> {
        let mut changed = self.operation.changed.subscribe();
        let mut deadline = deadline;
        loop {
            match self.look() {
                Err(status) | Ok(Next::End(Some(status))) => return Some(Err(status)),
                Ok(Next::End(None)) if !self.lingers() => return None,
                Ok(Next::End(None)) => {
                    let latest = tokio::time::Instant::now() + LINGER;
                    deadline = Some(deadline.map_or(latest, |deadline| deadline.min(latest)));
                }
                Ok(Next::Response(response)) => {
                    self.position += 1;
                    self.operation.changed.send_replace(());
                    return Some(Ok(*response));
                }
                Ok(Next::Wait) => {}
            }
            let wait = changed.changed();
            match deadline {
                Some(deadline) => tokio::time::timeout_at(deadline, wait).await.ok()?.ok()?,
                None => wait.await.ok()?,
            }
        }
    }

    fn lingers(&self) -> bool {
        self.operation.reattachable && !self.operation.lock().released
    }

    fn look(&self) -> Result<Next, Status> {
        let mut state = self.operation.lock();
        if state.reader != self.number {
            let why = "The cursor has been disconnected by the server.";
            return Err(invalid_cursor("DISCONNECTED", why).to_status());
        }
        Ok(state.take(self.position, self.operation.reattachable))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.operation.lock();
        if state.reader != self.number {
            return;
        }
        state.detached_at = Some(Instant::now());
        let orphan = !self.operation.reattachable && state.end.is_none();
        drop(state);
        if orphan {
            self.operation.cancel();
        }
    }
}
