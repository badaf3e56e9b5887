//! The events of a job on their way to the driver. The job lives as long as its stream: a cancelled call ends it.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::Answers;
use crate::block::Block;
use crate::compute::{AbortOnDrop, Job};
use crate::context::Context;
use crate::error::JobError;
use crate::proto::job_event::Event;
use crate::proto::{AccumulatorUpdates, Done, JobEvent, PartitionData};

/// Events that wait for the driver.
const WAITING: usize = 4;
/// Bytes of accumulator updates in one event; the driver takes messages of 4 MiB.
const UPDATES: usize = 1 << 20;

/// Where a job says what it has.
#[derive(Debug, Clone)]
pub(super) struct Events {
    to: mpsc::Sender<JobEvent>,
    pub(super) job: Arc<Job>,
}

/// Runs `work` until it is done, the context ends, or the stream is dropped.
pub(super) fn run<F>(
    context: &Arc<Context>,
    job: Arc<Job>,
    work: impl FnOnce(Events) -> F,
) -> Answers<JobEvent>
where
    F: Future<Output = Result<(), JobError>> + Send + 'static,
{
    let (to, from) = mpsc::channel(WAITING);
    let events = Events { to, job };
    let (work, ended) = (work(events.clone()), context.ended());
    let task = AbortOnDrop::spawn(async move {
        let outcome = tokio::select! {
            outcome = work => outcome,
            () = ended => Err(JobError::Closed),
        };
        // Tasks that ended well count, also in a job that did not.
        let told = events.accumulators().await;
        let last = match outcome.and(told) {
            Ok(()) => Event::Done(Done {}),
            Err(error) => Event::Failed(error.to_event()),
        };
        drop(events.send(last).await);
    });
    Box::pin(ReceiverStream::new(from).map(move |event| {
        let _: &AbortOnDrop<()> = &task;
        Ok(event)
    }))
}

impl Events {
    /// All of a partition, with the accumulator updates that came before it.
    ///
    /// # Errors
    /// A spilled block cannot be read, or the driver is gone.
    pub(super) async fn partition(&self, partition: usize, block: &Arc<Block>) -> Result<(), JobError> {
        self.accumulators().await?;
        let partition = i64::try_from(partition).unwrap_or(i64::MAX);
        let mut reader = block.reader();
        let mut data = reader.next().await?.unwrap_or_default();
        loop {
            let next = reader.next().await?;
            let last = next.is_none();
            self.send(Event::Data(PartitionData { partition, data, last })).await?;
            let Some(next) = next else { return Ok(()) };
            data = next;
        }
    }

    /// The updates since the last time, if there are any.
    ///
    /// # Errors
    /// The driver is gone.
    pub(super) async fn accumulators(&self) -> Result<(), JobError> {
        let mut updates: Vec<Bytes> = Vec::new();
        let mut length = 0;
        for update in self.job.take_accumulators() {
            if length + update.len() > UPDATES && !updates.is_empty() {
                self.send(Event::Accumulators(AccumulatorUpdates { updates: std::mem::take(&mut updates) }))
                    .await?;
                length = 0;
            }
            length += update.len();
            updates.push(update);
        }
        if updates.is_empty() {
            return Ok(());
        }
        self.send(Event::Accumulators(AccumulatorUpdates { updates })).await
    }

    async fn send(&self, event: Event) -> Result<(), JobError> {
        self.to.send(JobEvent { event: Some(event) }).await.map_err(|_| JobError::Closed)
    }
}
