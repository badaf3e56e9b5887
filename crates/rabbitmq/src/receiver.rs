//! The task that owns a consumer: it takes messages in, acknowledges what is committed, and opens the channel again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::ReadyChunks;
use lapin::Consumer;
use lapin::message::Delivery;
use lapin::options::BasicAckOptions;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::timeout;

use crate::columns::{Rows, stream_offset};
use crate::connection::{Consuming, Patience};
use crate::waiting::{Acknowledgement, Chunk, Waiting};
use crate::{Origin, RabbitError, ReaderOptions};

/// Messages that are taken in at once, if so many are there.
const AT_ONCE: usize = 1024;
/// Bytes that may wait; beyond, the consumer is cancelled until a batch is committed.
const MAX_WAITING: usize = 128 << 20;
/// How long a commit waits for its acknowledgement to be on its way.
const ACKNOWLEDGE: Duration = Duration::from_secs(5);

/// What others see of a receiver.
#[derive(Debug)]
pub(crate) struct Received {
    waiting: Mutex<Waiting>,
    state: watch::Sender<State>,
    room: Notify,
}

/// How far it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// The offset of the newest message.
    pub(crate) newest: i64,
    /// Channels that were opened after the first.
    pub(crate) reopened: u64,
    /// Whether the channel is lost and not open again.
    pub(crate) is_lost: bool,
    /// Why nothing will come any more.
    pub(crate) failed: Option<RabbitError>,
}

/// Acknowledge, and say when that is on its way.
type Request = (Acknowledgement, oneshot::Sender<()>);

/// A running receiver; it ends when this is dropped, and its connection is closed.
#[derive(Debug)]
pub(crate) struct Receiver {
    received: Arc<Received>,
    requests: mpsc::Sender<Request>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// Starts to take in what an open consumer brings; `start` is where reading began.
    pub(crate) fn start(options: Arc<ReaderOptions>, consuming: Consuming, start: i64) -> Self {
        let received = Arc::new(Received {
            waiting: Mutex::new(Waiting::new(start)),
            state: watch::Sender::new(State { newest: start, ..State::default() }),
            room: Notify::new(),
        });
        let (requests, asked) = mpsc::channel(1);
        let task = Task { options, received: Arc::clone(&received), requests: asked };
        Self { received, requests, task: tokio::spawn(task.run(consuming)) }
    }

    pub(crate) fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.received.waiting()
    }

    /// How far it is, now and from now on.
    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.received.state.subscribe()
    }

    /// Acknowledges; returns when that is on its way, or when it is clear that it will not be: then the server delivers
    /// the messages again.
    pub(crate) async fn acknowledge(&self, what: Acknowledgement) {
        let (done, is_done) = oneshot::channel();
        let asking = async {
            if self.requests.send((what, done)).await.is_ok() {
                let _ = is_done.await;
            }
        };
        if timeout(ACKNOWLEDGE, asking).await.is_err() {
            tracing::warn!(
                "RabbitMQ was not told of a committed batch in time: it will deliver its messages again"
            );
        }
    }

    /// Something was committed: there may be room again.
    pub(crate) fn made_room(&self) {
        self.received.room.notify_one();
    }
}

impl Received {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Task {
    options: Arc<ReaderOptions>,
    received: Arc<Received>,
    requests: mpsc::Receiver<Request>,
}

impl Task {
    async fn run(mut self, mut consuming: Consuming) {
        loop {
            let Err(lost) = self.receive(&mut consuming).await else { return };
            match self.open_again(consuming, &lost).await {
                Ok(opened) => consuming = opened,
                Err(error) => {
                    self.received.state.send_modify(|state| state.failed = Some(error));
                    return;
                }
            }
        }
    }

    /// Opens the channel again, and the connection if that is gone too.
    async fn open_again(&self, lost: Consuming, error: &RabbitError) -> Result<Consuming, RabbitError> {
        if !error.is_retriable() {
            return Err(error.clone());
        }
        let position = self.received.waiting().lose_channel();
        self.received.state.send_modify(|state| {
            state.newest = position;
            state.reopened += 1;
            state.is_lost = true;
        });
        let mut connection = Some(lost.connection);
        let options = &self.options;
        let mut patience = Patience::new(&options.server, error);
        loop {
            match Consuming::open(options, connection.take(), position).await {
                Ok(opened) => {
                    patience.rewarded();
                    self.received.state.send_modify(|state| state.is_lost = false);
                    return Ok(opened);
                }
                Err(error) => patience.after(error).await?,
            }
        }
    }

    /// Takes messages in until the channel ends.
    async fn receive(&mut self, consuming: &mut Consuming) -> Result<(), RabbitError> {
        let received = Arc::clone(&self.received);
        let mut rows = Rows::new();
        let mut deliveries = consuming.consumer.clone().ready_chunks(AT_ONCE);
        let mut paused = false;
        loop {
            tokio::select! {
                request = self.requests.recv() => {
                    let Some((what, done)) = request else { return Ok(()) };
                    self.acknowledge(consuming, what).await?;
                    let _ = done.send(());
                }
                more = deliveries.next(), if !paused => {
                    self.take_in(more, &mut rows)?;
                    if received.waiting().is_full(MAX_WAITING) {
                        consuming.pause(&self.options).await?;
                        self.drain(&mut deliveries, &mut rows).await?;
                        paused = true;
                    }
                }
                () = received.room.notified(), if paused => {
                    let (bytes, newest) = {
                        let waiting = received.waiting();
                        (waiting.bytes(), waiting.newest())
                    };
                    if bytes <= MAX_WAITING / 2 {
                        consuming.resume(&self.options, newest).await?;
                        deliveries = consuming.consumer.clone().ready_chunks(AT_ONCE);
                        paused = false;
                    }
                }
            }
        }
    }

    /// Takes in what was on its way when the consumer was cancelled.
    async fn drain(
        &self,
        deliveries: &mut ReadyChunks<Consumer>,
        rows: &mut Rows,
    ) -> Result<(), RabbitError> {
        while let Some(more) = deliveries.next().await {
            self.take_in(Some(more), rows)?;
        }
        Ok(())
    }

    async fn acknowledge(&self, consuming: &Consuming, what: Acknowledgement) -> Result<(), RabbitError> {
        // An older channel's tags mean something else on this one; its messages come again.
        if what.channel != self.received.waiting().channel() {
            return Ok(());
        }
        let acknowledged = consuming.channel.basic_ack(what.tag, BasicAckOptions { multiple: true }).await;
        acknowledged.map_err(|error| self.ended(&error))
    }

    fn ended(&self, error: &lapin::Error) -> RabbitError {
        RabbitError::ended(&self.options.server, &self.options.origin.to_string(), error)
    }

    /// Makes rows of deliveries and numbers them.
    fn take_in(
        &self,
        deliveries: Option<Vec<lapin::Result<Delivery>>>,
        rows: &mut Rows,
    ) -> Result<(), RabbitError> {
        let Some(deliveries) = deliveries else {
            return Err(RabbitError::Closed {
                server: self.options.server.address(),
                reason: format!("it cancelled the consumer of {}", self.options.origin),
            });
        };
        let mut newest = self.received.waiting().newest();
        let mut places = Vec::with_capacity(deliveries.len());
        let mut ended = None;
        for delivery in deliveries {
            let delivery = match delivery {
                Ok(delivery) => delivery,
                Err(error) => {
                    ended = Some(self.ended(&error));
                    break;
                }
            };
            let offset = self.offset(&delivery, newest)?;
            // A stream may begin a little before the place that was asked for.
            if offset > newest {
                rows.push(&delivery).map_err(|error| RabbitError::Unfit(error.to_string()))?;
                places.push((offset, delivery.delivery_tag));
                newest = offset;
            }
        }
        if !rows.is_empty() {
            self.keep(rows, places)?;
        }
        ended.map_or(Ok(()), Err)
    }

    fn keep(&self, rows: &mut Rows, places: Vec<(i64, u64)>) -> Result<(), RabbitError> {
        let rows = rows.finish().map_err(|error| RabbitError::Unfit(error.to_string()))?;
        let bytes = rows.get_array_memory_size();
        let newest = {
            let mut waiting = self.received.waiting();
            waiting.push(Chunk { rows, places, bytes });
            waiting.newest()
        };
        self.received.state.send_modify(|state| state.newest = newest);
        Ok(())
    }

    /// A message's offset: the stream's own, or the next number.
    fn offset(&self, delivery: &Delivery, newest: i64) -> Result<i64, RabbitError> {
        let name = self.options.origin.name();
        match (&self.options.origin, stream_offset(delivery)) {
            (Origin::Stream(_), Some(offset)) => Ok(offset),
            (Origin::Queue(_), None) => Ok(newest + 1),
            (Origin::Stream(_), None) => Err(RabbitError::Unfit(no_stream(&self.options.origin))),
            (Origin::Queue(_), Some(_)) => Err(RabbitError::Unfit(format!(
                "'{name}' is a stream: read it with option(\"stream\", \"{name}\")"
            ))),
        }
    }
}

/// What is said of a stream that is none.
pub(crate) fn no_stream(origin: &Origin) -> String {
    let name = origin.name();
    format!("'{name}' is a queue, not a stream: read it with option(\"queue\", \"{name}\")")
}
