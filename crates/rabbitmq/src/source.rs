//! The source: a queue or a stream of RabbitMQ, batch by batch.
//!
//! A batch of a queue is what was delivered when it was planned. It cannot be read again by offset. When a query starts
//! with a batch that was planned and not committed, that batch is therefore empty, and the messages that the server
//! delivers again come in the one after it: a sink that has seen the first batch already, and skips it by its number,
//! skips no message. In a stream the same offsets give the same rows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use lapin::Connection;
use lapin::options::BasicQosOptions;
use lapin::types::AMQPValue;
use millstream_engine::EngineError;
use millstream_engine::sources::{RowStream, Source, SourceSpec};
use tokio::time::timeout;

use crate::columns::{SCHEMA, stream_offset};
use crate::connection::{Consuming, answer, connect, consume, ready_messages};
use crate::receiver::Receiver;
use crate::receiver::no_stream;
use crate::{Origin, RabbitError, ReaderOptions, Starting, position};

/// How long messages that the server has are waited for before it is assumed that somebody else got them.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long nothing has to come until a stream's last chunk is there.
const QUIET: Duration = Duration::from_millis(300);
/// Messages of the last chunk that are looked at.
const LAST_CHUNK: u16 = 10_000;
/// How long a stream may take to deliver a batch again.
const AGAIN: Duration = Duration::from_secs(60);

/// A source as its options describe it.
#[derive(Debug, Clone)]
pub(crate) struct RabbitSpec {
    options: Arc<ReaderOptions>,
}

impl RabbitSpec {
    pub(crate) fn new(options: ReaderOptions) -> Self {
        Self { options: Arc::new(options) }
    }

    /// Where a new query begins: the position before its first message.
    async fn beginning(&self, connection: &Connection) -> Result<i64, RabbitError> {
        match (&self.options.origin, self.options.starting) {
            (Origin::Queue(_), _) => Ok(0),
            (Origin::Stream(_), Starting::Earliest) => Ok(-1),
            (Origin::Stream(_), Starting::At(offset)) => Ok(offset.saturating_sub(1)),
            (Origin::Stream(_), Starting::Latest) => stream_end(&self.options, connection).await,
        }
    }
}

/// The last offset of a stream, -1 if it is empty. The server does not say it: so its last chunk is read, which comes
/// at once.
async fn stream_end(options: &ReaderOptions, connection: &Connection) -> Result<i64, RabbitError> {
    let (server, what) = (&options.server, options.origin.to_string());
    let channel = answer(server, &what, connection.create_channel()).await?;
    answer(server, &what, channel.basic_qos(LAST_CHUNK, BasicQosOptions::default())).await?;
    let mut consumer = consume(options, &channel, Some(AMQPValue::LongString("last".into()))).await?;
    let (mut end, mut patience) = (-1, PATIENCE);
    while let Ok(Some(delivery)) = timeout(patience, consumer.next()).await {
        let delivery = delivery.map_err(|error| RabbitError::ended(server, &what, &error))?;
        let offset =
            stream_offset(&delivery).ok_or_else(|| RabbitError::Unfit(no_stream(&options.origin)))?;
        (end, patience) = (offset.max(end), QUIET);
    }
    answer(server, &what, channel.close(200, "read".into())).await?;
    Ok(end)
}

#[async_trait]
impl SourceSpec for RabbitSpec {
    fn name(&self) -> &'static str {
        "rabbitmq"
    }

    fn schema(&self) -> SchemaRef {
        Arc::clone(&SCHEMA)
    }

    async fn open(&self, initial: Option<String>) -> Result<Box<dyn Source>, EngineError> {
        let (server, origin) = (&self.options.server, &self.options.origin);
        let connection = connect(server).await?;
        let channel = answer(server, &origin.to_string(), connection.create_channel()).await?;
        ready_messages(server, &channel, origin.name()).await?;
        let initial = match initial {
            Some(text) => position::read(origin, &text)?,
            None => self.beginning(&connection).await?,
        };
        Ok(Box::new(RabbitSource {
            options: Arc::clone(&self.options),
            initial,
            connection: Some(connection),
            receiver: None,
            expected: initial,
            freezing: false,
            frozen: None,
        }))
    }
}

#[derive(Debug)]
struct RabbitSource {
    options: Arc<ReaderOptions>,
    initial: i64,
    /// Open and idle, until the place is known at which reading goes on.
    connection: Option<Connection>,
    receiver: Option<Receiver>,
    /// Up to where there were messages when the server was asked.
    expected: i64,
    freezing: bool,
    frozen: Option<i64>,
}

impl RabbitSource {
    fn text(&self, position: i64) -> String {
        position::write(&self.options.origin, position)
    }

    fn read(&self, text: &str) -> Result<i64, EngineError> {
        position::read(&self.options.origin, text)
    }

    /// The receiver; it is started behind `start` if it does not run yet.
    async fn receiver(&mut self, start: i64) -> Result<&Receiver, RabbitError> {
        let receiver = match self.receiver.take() {
            Some(receiver) => receiver,
            None => self.begin(start).await?,
        };
        Ok(self.receiver.insert(receiver))
    }

    async fn begin(&mut self, start: i64) -> Result<Receiver, RabbitError> {
        let (server, origin) = (&self.options.server, &self.options.origin);
        let connection = match self.connection.take() {
            Some(connection) if connection.status().connected() => connection,
            _ => connect(server).await?,
        };
        self.expected = match origin {
            Origin::Stream(_) if self.freezing => stream_end(&self.options, &connection).await?,
            // It may have something: the first batch waits a moment for it.
            Origin::Stream(_) => start.saturating_add(1),
            Origin::Queue(name) => {
                let channel = answer(server, &origin.to_string(), connection.create_channel()).await?;
                start + i64::from(ready_messages(server, &channel, name).await?)
            }
        };
        if self.freezing {
            self.frozen = Some(self.expected);
        }
        let consuming = Consuming::open(&self.options, Some(connection), start).await?;
        Ok(Receiver::start(Arc::clone(&self.options), consuming, start))
    }

    /// Waits until a stream has delivered everything up to `end` once more. What goes beyond the prefetch is
    /// acknowledged on the way: to a stream that is only a word for "send more".
    async fn delivered_again(&self, receiver: &Receiver, end: i64) -> Result<(), RabbitError> {
        let mut state = receiver.state();
        receiver.waiting().plan(end);
        loop {
            let now = state.borrow_and_update().clone();
            if let Some(error) = now.failed {
                return Err(error);
            }
            if now.newest >= end {
                return Ok(());
            }
            let credit = receiver.waiting().acknowledgement(now.newest);
            if let Some(credit) = credit {
                receiver.acknowledge(credit).await;
            }
            if timeout(AGAIN, state.changed()).await.is_err() && !now.is_lost {
                return Err(RabbitError::Unfit(format!(
                    "{} ends before offset {end}, which a batch of this query has read: it was deleted and made \
                     anew, or cut. Start the query with a new checkpointLocation.",
                    self.options.origin
                )));
            }
        }
    }
}

#[async_trait]
impl Source for RabbitSource {
    fn description(&self) -> String {
        format!("RabbitMQ[{} at {}]", self.options.origin, self.options.server.address())
    }

    fn initial_offset(&self) -> String {
        self.text(self.initial)
    }

    async fn latest_offset(&mut self, start: &str) -> Result<String, EngineError> {
        let start = self.read(start)?;
        let mut state = self.receiver(start).await?.state();
        loop {
            let now = state.borrow_and_update().clone();
            if let Some(error) = now.failed {
                return Err(error.into());
            }
            let frozen = self.frozen;
            let end = {
                let mut waiting = self.receiver(start).await?.waiting();
                let newest = waiting.newest();
                let end = frozen.map_or(newest, |frozen| newest.min(frozen)).max(start);
                waiting.plan(end);
                end
            };
            if end > start || start >= self.expected {
                return Ok(self.text(end));
            }
            if timeout(PATIENCE, state.changed()).await.is_err() && !now.is_lost {
                self.expected = start;
            }
        }
    }

    fn newest(&self) -> Option<String> {
        self.receiver.as_ref().map(|receiver| self.text(receiver.waiting().newest()))
    }

    async fn batch(&mut self, start: &str, end: &str) -> Result<RowStream, EngineError> {
        let (start, end) = (self.read(start)?, self.read(end)?);
        let is_stream = matches!(self.options.origin, Origin::Stream(_));
        let from = if is_stream { start } else { end };
        self.receiver(from).await?;
        let Some(receiver) = &self.receiver else { return Ok(stream::empty().boxed()) };
        if is_stream {
            self.delivered_again(receiver, end).await?;
        }
        let rows = receiver.waiting().batch(start, end);
        Ok(stream::iter(rows.into_iter().map(Ok)).boxed())
    }

    async fn commit(&mut self, end: &str) {
        let (Ok(end), Some(receiver)) = (self.read(end), &self.receiver) else { return };
        let done = receiver.waiting().commit(end);
        receiver.made_room();
        if let Some(done) = done {
            receiver.acknowledge(done).await;
        }
    }

    async fn changed(&self, position: &str) {
        let (Ok(position), Some(receiver)) = (self.read(position), &self.receiver) else { return };
        let mut state = receiver.state();
        // The receiver going away ends the query's wait as well.
        let _ = state.wait_for(|state| state.newest > position || state.failed.is_some()).await;
    }

    async fn freeze(&mut self, _start: &str) -> Result<(), EngineError> {
        // The end is known when reading begins, which is not before it is known where.
        self.freezing = true;
        self.frozen = self.receiver.as_ref().map(|receiver| receiver.waiting().newest());
        Ok(())
    }

    fn metrics(&self, _end: &str) -> BTreeMap<String, String> {
        let Some(receiver) = &self.receiver else { return BTreeMap::new() };
        let reopened = receiver.state().borrow().reopened;
        let waiting = receiver.waiting();
        BTreeMap::from([
            ("unacknowledged".to_owned(), waiting.len().to_string()),
            ("waitingBytes".to_owned(), waiting.bytes().to_string()),
            ("reopenedChannels".to_owned(), reopened.to_string()),
        ])
    }
}
