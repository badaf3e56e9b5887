//! The options of the source and the sink: names as in RabbitMQ's own clients, written in Spark's way.

use std::time::Duration;

use millstream_engine::{EngineError, Options};

/// What the source and the sink both understand.
const SERVER: [&str; 7] =
    ["host", "port", "virtualHost", "user", "password", "waitSeconds", "maxMessageBytes"];
const READER: [&str; 4] = ["queue", "stream", "prefetch", "startingOffset"];
const WRITER: [&str; 4] = ["queue", "exchange", "routingKey", "mandatory"];
/// What every writer of a streaming query may be given beside.
const EVERY_WRITER: [&str; 1] = ["checkpointLocation"];

/// The longest text that AMQP takes as a name, in bytes.
const MAX_NAME: usize = 255;

/// Where the server is and who asks.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerOptions {
    /// `host`; `localhost` unless given.
    pub host: String,
    /// `port`; 5672 unless given.
    pub port: u16,
    /// `virtualHost`; `/` unless given.
    pub virtual_host: String,
    /// `user`; `guest` unless given.
    pub user: String,
    /// `password`; `guest` unless given.
    pub password: String,
    /// `waitSeconds`: how long a server that went away is waited for; 600 unless given.
    pub wait: Duration,
    /// `maxMessageBytes`: the longest message that is taken, in bytes; 16 MiB unless given.
    pub max_message_bytes: u64,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 5672,
            virtual_host: "/".to_owned(),
            user: "guest".to_owned(),
            password: "guest".to_owned(),
            wait: Duration::from_secs(600),
            max_message_bytes: 16 << 20,
        }
    }
}

/// The password is never printed.
impl std::fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ServerOptions({}@{}{})", self.user, self.address(), self.virtual_host)
    }
}

impl ServerOptions {
    /// `HOST:PORT`, for messages.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn parse(options: &Options) -> Result<Self, EngineError> {
        let default = Self::default();
        let text = |name: &str, default: String| options.get(name).map_or(default, str::to_owned);
        let port = match options.get("port") {
            None => default.port,
            Some(text) => text.trim().parse().ok().filter(|port| *port != 0).ok_or_else(|| {
                EngineError::illegal_argument(format!("option 'port' is '{text}': a port number is needed"))
            })?,
        };
        let number = |name, least| options.number(name, least).map(|found| found.map(i64::unsigned_abs));
        Ok(Self {
            host: text("host", default.host),
            port,
            virtual_host: text("virtualHost", default.virtual_host),
            user: text("user", default.user),
            password: text("password", default.password),
            wait: number("waitSeconds", 0)?.map_or(default.wait, Duration::from_secs),
            max_message_bytes: number("maxMessageBytes", 1)?.unwrap_or(default.max_message_bytes),
        })
    }
}

/// What a source reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A queue that forgets what is acknowledged (classic or quorum).
    Queue(String),
    /// A queue of type `stream`.
    Stream(String),
}

impl Origin {
    /// The queue's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Queue(name) | Self::Stream(name) => name,
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Queue(name) => write!(f, "queue '{name}'"),
            Self::Stream(name) => write!(f, "stream '{name}'"),
        }
    }
}

/// Where a new query begins in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starting {
    /// With the first message that is there.
    Earliest,
    /// Behind the last one.
    Latest,
    /// With this offset.
    At(i64),
}

/// The source's options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderOptions {
    /// The server.
    pub server: ServerOptions,
    /// What is read.
    pub origin: Origin,
    /// `prefetch`: messages that may be unacknowledged at a time; 1000 unless given.
    pub prefetch: u16,
    /// `startingOffset`, of a stream; `latest` unless given.
    pub starting: Starting,
}

impl ReaderOptions {
    /// A queue of a server, with the defaults.
    pub fn queue(server: ServerOptions, queue: &str) -> Self {
        let origin = Origin::Queue(queue.to_owned());
        Self { server, origin, prefetch: 1000, starting: Starting::Latest }
    }

    pub(crate) fn parse(options: &Options) -> Result<Self, EngineError> {
        check_known(options, &[&SERVER, &READER])?;
        let origin = match (options.get("queue"), options.get("stream")) {
            (Some(queue), None) => Origin::Queue(name("queue", queue)?),
            (None, Some(stream)) => Origin::Stream(name("stream", stream)?),
            _ => {
                return Err(EngineError::illegal_argument(
                    "Set what to read: option(\"queue\", NAME), or option(\"stream\", NAME) for a queue of type \
                     stream; one of the two.",
                ));
            }
        };
        let prefetch = match options.number("prefetch", 1)? {
            None => 1000,
            Some(count) => u16::try_from(count).map_err(|_| {
                EngineError::illegal_argument(format!(
                    "option 'prefetch' is '{count}': AMQP knows numbers from 1 to 65535"
                ))
            })?,
        };
        Ok(Self {
            server: ServerOptions::parse(options)?,
            starting: starting(options, &origin)?,
            origin,
            prefetch,
        })
    }
}

fn starting(options: &Options, origin: &Origin) -> Result<Starting, EngineError> {
    let Some(text) = options.get("startingOffset") else { return Ok(Starting::Latest) };
    if let Origin::Queue(_) = origin {
        return Err(EngineError::illegal_argument(
            "option 'startingOffset' is for streams: a queue has no offsets, reading begins with what is in it",
        ));
    }
    match (text.trim().to_ascii_lowercase().as_str(), text.trim().parse::<i64>()) {
        ("earliest", _) => Ok(Starting::Earliest),
        ("latest", _) => Ok(Starting::Latest),
        (_, Ok(offset)) if offset >= 0 => Ok(Starting::At(offset)),
        _ => Err(EngineError::illegal_argument(format!(
            "option 'startingOffset' is '{text}': earliest, latest or an offset is needed"
        ))),
    }
}

/// The sink's options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterOptions {
    /// The server.
    pub server: ServerOptions,
    /// `exchange`; the default exchange (which routes to the queue of the routing key's name) unless given.
    pub exchange: String,
    /// `routingKey`, or `queue`, for rows without one of their own.
    pub routing_key: Option<String>,
    /// `queue`: must be there when the first batch is written.
    pub queue: Option<String>,
    /// `mandatory`: whether a message that no queue takes is an error; true unless given.
    pub mandatory: bool,
}

impl WriterOptions {
    /// A queue of a server, with the defaults.
    pub fn queue(server: ServerOptions, queue: &str) -> Self {
        let queue = queue.to_owned();
        Self {
            server,
            exchange: String::new(),
            routing_key: Some(queue.clone()),
            queue: Some(queue),
            mandatory: true,
        }
    }

    pub(crate) fn parse(options: &Options) -> Result<Self, EngineError> {
        check_known(options, &[&SERVER, &WRITER, &EVERY_WRITER])?;
        let server = ServerOptions::parse(options)?;
        let given = |option| options.get(option).map(|text| checked(option, text)).transpose();
        let (queue, exchange, routing_key) = (given("queue")?, given("exchange")?, given("routingKey")?);
        if queue.is_some() && (exchange.is_some() || routing_key.is_some()) {
            return Err(EngineError::illegal_argument(
                "option 'queue' means the default exchange and the queue's name as routing key: give either it, or \
                 'exchange' and 'routingKey'",
            ));
        }
        Ok(Self {
            server,
            exchange: exchange.unwrap_or_default(),
            routing_key: queue.clone().or(routing_key),
            queue,
            mandatory: options.flag("mandatory")?.unwrap_or(true),
        })
    }
}

/// A name that is there and fits.
fn name(option: &str, text: &str) -> Result<String, EngineError> {
    if text.is_empty() {
        return Err(EngineError::illegal_argument(format!("option '{option}' is empty: a name is needed")));
    }
    checked(option, text)
}

fn checked(option: &str, text: &str) -> Result<String, EngineError> {
    if text.len() > MAX_NAME {
        return Err(EngineError::illegal_argument(format!(
            "option '{option}' has {} bytes: AMQP's names have at most {MAX_NAME}",
            text.len()
        )));
    }
    Ok(text.to_owned())
}

fn check_known(options: &Options, known: &[&[&str]]) -> Result<(), EngineError> {
    let known = || known.iter().copied().flatten().copied();
    match options.iter().find(|(name, _)| !known().any(|known| known.eq_ignore_ascii_case(name))) {
        None => Ok(()),
        Some((name, _)) => Err(EngineError::illegal_argument(format!(
            "option '{name}' is unknown to format rabbitmq; it knows {}",
            known().collect::<Vec<_>>().join(", ")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn reader(pairs: &[(&str, &str)]) -> Result<ReaderOptions, EngineError> {
        ReaderOptions::parse(&pairs.iter().copied().collect())
    }

    #[test]
    fn defaults_are_those_of_a_fresh_server() {
        let parsed = reader(&[("queue", "jobs")]).unwrap();
        assert_eq!(parsed, ReaderOptions::queue(ServerOptions::default(), "jobs"));
        let parsed = reader(&[("STREAM", "log"), ("startingoffset", "7"), ("Prefetch", "10")]).unwrap();
        assert_eq!((parsed.starting, parsed.prefetch), (Starting::At(7), 10));
    }

    #[test]
    fn the_password_is_not_printed() {
        let server = ServerOptions { password: "secret".to_owned(), ..ServerOptions::default() };
        assert!(!format!("{server:?}").contains("secret"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases: [(&[(&str, &str)], Expect); 7] = [
            (
                &[("quue", "jobs")],
                expect![
                    "option 'quue' is unknown to format rabbitmq; it knows host, port, virtualHost, user, password, waitSeconds, maxMessageBytes, queue, stream, prefetch, startingOffset"
                ],
            ),
            (
                &[],
                expect![[
                    r#"Set what to read: option("queue", NAME), or option("stream", NAME) for a queue of type stream; one of the two."#
                ]],
            ),
            (&[("queue", "a"), ("port", "0")], expect!["option 'port' is '0': a port number is needed"]),
            (
                &[("queue", "a"), ("prefetch", "70000")],
                expect!["option 'prefetch' is '70000': AMQP knows numbers from 1 to 65535"],
            ),
            (
                &[("queue", "a"), ("prefetch", "0")],
                expect!["Invalid value '0' for option 'prefetch': a whole number not below 1 is needed"],
            ),
            (
                &[("queue", "a"), ("startingOffset", "1")],
                expect![
                    "option 'startingOffset' is for streams: a queue has no offsets, reading begins with what is in it"
                ],
            ),
            (
                &[("stream", "a"), ("startingOffset", "soon")],
                expect!["option 'startingOffset' is 'soon': earliest, latest or an offset is needed"],
            ),
        ];
        for (pairs, expected) in cases {
            expected.assert_eq(&reader(pairs).unwrap_err().to_string());
        }
    }

    #[test]
    fn a_sink_goes_to_a_queue_or_through_an_exchange() {
        let parse = |pairs: &[(&str, &str)]| WriterOptions::parse(&pairs.iter().copied().collect());
        let to = parse(&[("queue", "jobs"), ("checkpointLocation", "c")]).unwrap();
        assert_eq!(to, WriterOptions::queue(ServerOptions::default(), "jobs"));
        let through = parse(&[("exchange", "logs"), ("routingKey", "info")]).unwrap();
        assert_eq!((through.exchange.as_str(), through.routing_key.as_deref()), ("logs", Some("info")));
        assert!(parse(&[("queue", "jobs"), ("exchange", "logs")]).is_err());
        assert!(parse(&[("queue", "jobs"), ("prefetch", "1")]).is_err());
    }
}
