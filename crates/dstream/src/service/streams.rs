//! StartStreaming, AckBatch, StopStreaming.

use std::sync::Arc;

use futures::StreamExt;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

use super::{Answers, Service, save};
use crate::context::Context;
use crate::error::CallError;
use crate::limits;
use crate::proto::input::Kind;
use crate::proto::{
    AckBatchRequest, AckBatchResponse, Input, StartStreamingRequest, StopStreamingRequest,
    StopStreamingResponse, StreamingEvent,
};
use crate::streaming::{self, Command, InputOf, Run, Schedule, Source, now_ms};

/// spark.streaming.blockInterval.
const BLOCK_MS: i64 = 200;
/// Events that wait for the driver.
const EVENTS: usize = 16;

impl Service {
    pub(super) fn start_run(
        &self,
        request: StartStreamingRequest,
    ) -> Result<Answers<StreamingEvent>, CallError> {
        let context = self.contexts.get(&request.context_id)?;
        if request.inputs.len() > limits::INPUTS {
            return Err(CallError::TooMuch(format!("more than {} input streams", limits::INPUTS)));
        }
        let schedule = Schedule::new(request.batch_ms, request.first_batch_ms, now_ms())?;
        let inputs =
            request.inputs.into_iter().map(|input| checked(&context, input)).collect::<Result<_, _>>()?;
        let block_ms = match request.block_ms {
            0 => BLOCK_MS,
            block_ms @ 1.. => block_ms,
            block_ms => return Err(CallError::Invalid(format!("a block interval of {block_ms} ms"))),
        };
        let commands = context.streaming.begin()?;
        let (events, from) = mpsc::channel(EVENTS);
        let run = Run {
            nodes: Arc::clone(&context.nodes),
            store: Arc::clone(&context.jobs.store),
            schedule,
            batch_ms: request.batch_ms,
            block_ms,
            inputs,
            commands,
            events,
        };
        tokio::spawn(streaming::run(run, context.ended()));
        Ok(Box::pin(ReceiverStream::new(from).map(Ok)))
    }

    pub(super) async fn acknowledge(&self, request: &AckBatchRequest) -> Result<AckBatchResponse, CallError> {
        let context = self.contexts.get(&request.context_id)?;
        context.streaming.tell(Command::Acknowledge(request.time_ms)).await?;
        Ok(AckBatchResponse {})
    }

    pub(super) async fn stop_run(
        &self,
        request: &StopStreamingRequest,
    ) -> Result<StopStreamingResponse, CallError> {
        let context = self.contexts.get(&request.context_id)?;
        let (ended, end) = oneshot::channel();
        context.streaming.tell(Command::Stop { graceful: request.graceful, ended }).await?;
        // Dropped, not sent: either way it has ended.
        drop(end.await);
        Ok(StopStreamingResponse {})
    }
}

fn checked(context: &Context, input: Input) -> Result<InputOf, CallError> {
    let source = match input.kind {
        Some(Kind::SocketText(socket)) => {
            let port = u16::try_from(socket.port).ok().filter(|port| *port != 0);
            let port = port.ok_or_else(|| CallError::Invalid(format!("{} is no port", socket.port)))?;
            Source::SocketText { host: socket.host, port }
        }
        Some(Kind::Directory(directory)) => {
            let record_length = usize::try_from(directory.record_length)
                .map_err(|_| CallError::Invalid(format!("records of {} bytes", directory.record_length)))?;
            let path = context.directory.join(save::local(&directory.path)?);
            Source::Directory { path, record_length, existing_too: directory.existing_too }
        }
        None => return Err(CallError::Invalid(format!("input {} says not what it is", input.id))),
    };
    Ok(InputOf { id: input.id, source })
}
