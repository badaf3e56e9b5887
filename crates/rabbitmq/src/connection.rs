//! Connections and channels: opened, checked, opened again.

use std::time::Duration;

use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{Channel, Connection, ConnectionProperties, Consumer};
use tokio::time::{Instant, sleep, timeout};

use crate::error::LOGIN;
use crate::frame_guard::FRAME_MAX;
use crate::guarded_tcp::guarded_runtime;
use crate::headers::short;
use crate::{Origin, RabbitError, ReaderOptions, ServerOptions};

/// How long one answer of the server may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Pauses between attempts to connect double from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Waits for an answer, but not for ever.
pub(crate) async fn answer<T>(
    server: &ServerOptions,
    what: &str,
    asked: impl Future<Output = lapin::Result<T>>,
) -> Result<T, RabbitError> {
    match timeout(PATIENCE, asked).await {
        Ok(answered) => answered.map_err(|error| RabbitError::of(server, what, &error)),
        Err(_) => Err(RabbitError::Unreachable {
            server: server.address(),
            reason: format!("no answer within {} s", PATIENCE.as_secs()),
        }),
    }
}

/// Connects and logs in.
pub(crate) async fn connect(server: &ServerOptions) -> Result<Connection, RabbitError> {
    let uri = AMQPUri {
        scheme: AMQPScheme::AMQP,
        authority: AMQPAuthority {
            userinfo: AMQPUserInfo { username: server.user.clone(), password: server.password.clone() },
            host: server.host.clone(),
            port: server.port,
        },
        vhost: server.virtual_host.clone(),
        query: AMQPQueryString { frame_max: Some(FRAME_MAX), ..AMQPQueryString::default() },
    };
    let name = concat!("millstream ", env!("CARGO_PKG_VERSION"));
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    let runtime = guarded_runtime(server.max_message_bytes);
    answer(server, LOGIN, Connection::connect_uri_with_runtime(uri, properties, runtime)).await
}

/// How many messages a queue has ready; an error if it is not there.
pub(crate) async fn ready_messages(
    server: &ServerOptions,
    channel: &Channel,
    name: &str,
) -> Result<u32, RabbitError> {
    let what = format!("queue '{name}'");
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let queue = short(name, "a queue's name").map_err(RabbitError::Unfit)?;
    let found = answer(server, &what, channel.queue_declare(queue, passive, FieldTable::default())).await?;
    Ok(found.message_count())
}

/// An open consumer with its channel and connection.
#[derive(Debug)]
pub(crate) struct Consuming {
    pub(crate) connection: Connection,
    pub(crate) channel: Channel,
    pub(crate) consumer: Consumer,
}

impl Consuming {
    /// Opens a consumer behind `position` (of a stream), on the given connection if that is still good.
    pub(crate) async fn open(
        options: &ReaderOptions,
        connection: Option<Connection>,
        position: i64,
    ) -> Result<Self, RabbitError> {
        let server = &options.server;
        let connection = match connection {
            Some(connection) if connection.status().connected() => connection,
            _ => connect(server).await?,
        };
        let what = options.origin.to_string();
        let channel = answer(server, &what, connection.create_channel()).await?;
        let qos = channel.basic_qos(options.prefetch, BasicQosOptions::default());
        answer(server, &what, qos).await?;
        let from = match options.origin {
            Origin::Queue(_) => None,
            Origin::Stream(_) => Some(AMQPValue::LongLongInt(position.saturating_add(1).max(0))),
        };
        let consumer = consume(options, &channel, from).await?;
        Ok(Self { connection, channel, consumer })
    }

    /// Asks for no more; what is on its way still comes.
    pub(crate) async fn pause(&self, options: &ReaderOptions) -> Result<(), RabbitError> {
        let cancel = self.channel.basic_cancel(self.consumer.tag(), BasicCancelOptions::default());
        answer(&options.server, &options.origin.to_string(), cancel).await
    }

    /// Goes on after a pause, behind `position`.
    pub(crate) async fn resume(&mut self, options: &ReaderOptions, position: i64) -> Result<(), RabbitError> {
        let from = match options.origin {
            Origin::Queue(_) => None,
            Origin::Stream(_) => Some(AMQPValue::LongLongInt(position.saturating_add(1).max(0))),
        };
        self.consumer = consume(options, &self.channel, from).await?;
        Ok(())
    }
}

/// Starts a consumer; of a stream, at this place.
pub(crate) async fn consume(
    options: &ReaderOptions,
    channel: &Channel,
    from: Option<AMQPValue>,
) -> Result<Consumer, RabbitError> {
    let mut arguments = FieldTable::default();
    if let Some(from) = from {
        arguments.insert(crate::headers::STREAM_OFFSET.into(), from);
    }
    let queue = short(options.origin.name(), "a queue's name").map_err(RabbitError::Unfit)?;
    let consuming = channel.basic_consume(queue, "".into(), BasicConsumeOptions::default(), arguments);
    answer(&options.server, &options.origin.to_string(), consuming).await
}

/// The patience with a server that went away: pauses that grow, until a deadline.
#[derive(Debug)]
pub(crate) struct Patience {
    server: String,
    deadline: Instant,
    pause: Duration,
}

impl Patience {
    /// Says that the server is waited for.
    pub(crate) fn new(server: &ServerOptions, lost: &RabbitError) -> Self {
        tracing::warn!("{lost}; trying again for up to {} s", server.wait.as_secs());
        Self { server: server.address(), deadline: Instant::now() + server.wait, pause: FIRST_PAUSE }
    }

    /// An attempt failed: waits until the next may be made.
    ///
    /// # Errors
    /// The attempt's own, if there is no point in another or the time is up.
    pub(crate) async fn after(&mut self, error: RabbitError) -> Result<(), RabbitError> {
        if !error.is_retriable() || Instant::now() + self.pause > self.deadline {
            return Err(error);
        }
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }

    /// Says that the waiting is over.
    pub(crate) fn rewarded(self) {
        tracing::info!("RabbitMQ at {} is there again", self.server);
    }
}
