//! A Kafka request's life: a frame comes in, an API answers, the answer goes out. One task a connection.
//!
//! Invariants:
//! - Answers leave in the order of their requests.
//! - A request is begun only after the one before it is done, with one exception: a Produce has appended its batches
//!   before it waits for the disk, so the next request may begin meanwhile. That lets the pipelined requests of one
//!   producer share one flush.
//! - At most [`PIPELINED`] answers wait; after that nothing more is read, and TCP slows the client down.
//! - A client that does not send a begun frame, or does not take its answer, in time is cut off. One that goes while
//!   its request waits takes the request with it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{FuturesOrdered, StreamExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use crate::admission::Share;
use crate::answer::Unwritten;
use crate::api::{self, Pending, Prepared, Refusal};
use crate::connections::ConnectionState;
use crate::frame::{FrameError, FrameReader};
use crate::limits::Limit;
use crate::shared::Shared;

/// Answers of one connection that may wait for the disk at a time.
const PIPELINED: usize = 32;

/// Why a connection is over.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("{0}")]
    Frame(#[from] FrameError),
    #[error("{0}")]
    Request(#[from] Refusal),
    #[error("{0}")]
    Answer(#[from] Unwritten),
    #[error("nothing came for {0:?} (connections.max.idle.ms)")]
    Idle(Duration),
}

impl Ended {
    /// The limit that the client has hit, if it has.
    fn limit(&self) -> Option<Limit> {
        match self {
            Self::Frame(FrameError::Length { .. }) => Some(Limit::FrameSize),
            Self::Frame(FrameError::Slow { .. }) => Some(Limit::HalfSent),
            Self::Answer(Unwritten::NotTaken(_)) => Some(Limit::Unread),
            Self::Idle(_) => Some(Limit::Idle),
            _ => None,
        }
    }
}

/// Serves a client until it goes, is cut off, or the broker shuts down.
pub(crate) async fn serve(stream: TcpStream, shared: Arc<Shared>, state: Arc<ConnectionState>) {
    let peer = state.peer;
    let hits = Arc::clone(&shared.limit_hits);
    let ended = run(stream, shared, &state).await;
    if let Some(limit) = ended.as_ref().err().and_then(Ended::limit) {
        hits.count(limit);
    }
    match ended {
        Ok(()) => tracing::debug!(%peer, "connection closed by the client"),
        Err(reason @ Ended::Idle(_)) => {
            tracing::info!(%peer, client = %state.client_id(), "idle connection closed: {reason}");
        }
        Err(Ended::Frame(FrameError::Io(error)) | Ended::Answer(Unwritten::Io(error))) => {
            tracing::debug!(%peer, %error, "connection lost");
        }
        Err(reason) => {
            tracing::warn!(%peer, client = %state.client_id(), "connection closed: {reason}");
        }
    }
}

async fn run(stream: TcpStream, shared: Arc<Shared>, state: &Arc<ConnectionState>) -> Result<(), Ended> {
    let config = &shared.config;
    let limit = usize::try_from(config.socket_request_max_bytes).unwrap_or(0);
    let (read, write) = stream.into_split();
    let mut frames = FrameReader::new(read, limit, config.socket_stall_timeout, shared.request_pool.clone());
    let mut closing = shared.closing.clone();
    let mut line = Line::default();
    let mut reading = true;
    let mut last = Instant::now();
    let mut idle = pin!(sleep_until(last + config.connections_max_idle));
    while reading || !line.is_empty() {
        let has_room = line.has_room();
        tokio::select! {
            biased;
            Some(answer) = line.waiting.next(), if !line.is_empty() => {
                line.answered()?;
                if let Some(answer) = answer? {
                    state.count_answer(answer.len());
                    answer.write(write.as_ref(), config.socket_stall_timeout).await?;
                }
                last = Instant::now();
            }
            // Before the frames: a client that never pauses would be read for ever.
            () = closing.said(), if reading => reading = false,
            frame = frames.next_or_gone(has_room), if reading && (has_room || line.alone) => match frame? {
                Some(frame) => {
                    last = Instant::now();
                    state.count_request(frame.bytes.len());
                    line.enter(api::prepare(&shared, state, frame.bytes)?, frame.share)?;
                }
                None if has_room => reading = false,
                // Nobody is there any more for whom a long poll or a rebalance would have to go on.
                None => return Ok(()),
            },
            () = idle.as_mut(), if reading => {
                if line.is_empty() && last.elapsed() >= config.connections_max_idle {
                    return Err(Ended::Idle(config.connections_max_idle));
                }
                idle.as_mut().reset(last.max(Instant::now()) + config.connections_max_idle);
            }
        }
    }
    Ok(())
}

/// The requests of one connection that are not answered yet.
#[derive(Default)]
struct Line {
    waiting: FuturesOrdered<Pending>,
    /// The one that waits is of a kind that nothing may overtake.
    alone: bool,
    /// A request of that kind that has to wait for those before it.
    held: Option<(Prepared, Option<Share>)>,
}

impl Line {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether another request may be read.
    fn has_room(&self) -> bool {
        !self.alone && self.held.is_none() && self.waiting.len() < PIPELINED
    }

    /// Begins a request, or holds it until it may begin.
    fn enter(&mut self, request: Prepared, share: Option<Share>) -> Result<(), Refusal> {
        if !request.pipelined && !self.is_empty() {
            self.held = Some((request, share));
            return Ok(());
        }
        self.alone = !request.pipelined;
        let answer = request.begin()?;
        self.waiting.push_back(match share {
            None => answer,
            Some(share) => Box::pin(async move {
                let answer = answer.await;
                drop(share);
                answer
            }),
        });
        Ok(())
    }

    /// The first one is answered.
    fn answered(&mut self) -> Result<(), Refusal> {
        if self.is_empty() {
            self.alone = false;
            if let Some((request, share)) = self.held.take() {
                self.enter(request, share)?;
            }
        }
        Ok(())
    }
}
