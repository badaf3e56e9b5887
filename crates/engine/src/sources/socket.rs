//! The socket source: lines of text from a TCP server, for trying things out (Structured Streaming guide, "Input
//! Sources"). It connects once, when the first batch runs, and cannot read anything again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{RowStream, Source, SourceSpec};
use crate::{EngineError, Options};

/// The longest line that is taken; a longer one ends the stream.
const MAX_LINE: u64 = 16 << 20;
/// Bytes that may wait to be processed; beyond, the server has to wait.
const MAX_WAITING: usize = 256 << 20;

/// Options `host`, `port` and `includeTimestamp`.
#[derive(Debug, Clone)]
pub(super) struct SocketSpec {
    host: String,
    port: u16,
    timestamps: bool,
}

impl SocketSpec {
    pub(super) fn new(options: &Options) -> Result<Self, EngineError> {
        let host = options
            .get("host")
            .ok_or_else(|| EngineError::analysis("Set a host to read from with option(\"host\", ...)."))?;
        let port = options
            .get("port")
            .ok_or_else(|| EngineError::analysis("Set a port to read from with option(\"port\", ...)."))?;
        let port = port.trim().parse().map_err(|_| {
            EngineError::illegal_argument(format!("option 'port' is '{port}': a port number is needed"))
        })?;
        let timestamps = options.flag("includeTimestamp").map_err(|_| {
            EngineError::analysis("includeTimestamp must be set to either \"true\" or \"false\"")
        })?;
        Ok(Self { host: host.to_owned(), port, timestamps: timestamps.unwrap_or(false) })
    }
}

#[async_trait]
impl SourceSpec for SocketSpec {
    fn name(&self) -> &'static str {
        "socket"
    }

    fn schema(&self) -> SchemaRef {
        let mut fields = vec![Field::new("value", DataType::Utf8, true)];
        if self.timestamps {
            let kind = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
            fields.push(Field::new("timestamp", kind, true));
        }
        Arc::new(Schema::new(fields))
    }

    async fn open(&self, _initial: Option<String>) -> Result<Box<dyn Source>, EngineError> {
        Ok(Box::new(SocketSource {
            spec: self.clone(),
            shared: Arc::new(Shared::default()),
            reader: None,
            frozen: None,
        }))
    }
}

/// Lines that have come and are not committed; the first has offset `base`.
#[derive(Debug, Default)]
struct Waiting {
    base: i64,
    bytes: usize,
    lines: VecDeque<(String, i64)>,
}

#[derive(Debug)]
struct Shared {
    waiting: Mutex<Waiting>,
    newest: watch::Sender<i64>,
    room: tokio::sync::Notify,
}

impl Default for Shared {
    fn default() -> Self {
        Self { waiting: Mutex::default(), newest: watch::Sender::new(-1), room: tokio::sync::Notify::new() }
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a line in; waits while too much is waiting already.
    async fn push(&self, line: String) {
        loop {
            let room = self.room.notified();
            if self.waiting().bytes < MAX_WAITING {
                break;
            }
            room.await;
        }
        let newest = {
            let mut waiting = self.waiting();
            waiting.bytes += line.len();
            waiting.lines.push_back((line, chrono::Utc::now().timestamp_millis().saturating_mul(1000)));
            waiting.base + i64::try_from(waiting.lines.len()).unwrap_or(i64::MAX) - 1
        };
        self.newest.send_replace(newest);
    }
}

#[derive(Debug)]
struct SocketSource {
    spec: SocketSpec,
    shared: Arc<Shared>,
    reader: Option<JoinHandle<()>>,
    frozen: Option<i64>,
}

impl Drop for SocketSource {
    fn drop(&mut self) {
        if let Some(reader) = &self.reader {
            reader.abort();
        }
    }
}

fn parse(offset: &str) -> Result<i64, EngineError> {
    offset.parse().map_err(|_| {
        EngineError::execution(format!("'{offset}' in the checkpoint is no offset of a socket source"))
    })
}

async fn read_lines(stream: TcpStream, shared: Arc<Shared>, name: String) {
    let mut input = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut input).take(MAX_LINE).read_until(b'\n', &mut line).await {
            Ok(0) => {
                tracing::warn!("Stream closed by {name}");
                return;
            }
            Ok(_) if !line.ends_with(b"\n") && u64::try_from(line.len()).is_ok_and(|n| n >= MAX_LINE) => {
                tracing::warn!("{name} sent a line of more than {MAX_LINE} bytes: the stream ends here");
                return;
            }
            Ok(_) => {
                let end = line.strip_suffix(b"\n").unwrap_or(&line);
                let end = end.strip_suffix(b"\r").unwrap_or(end);
                shared.push(String::from_utf8_lossy(end).into_owned()).await;
            }
            Err(error) => {
                tracing::warn!("Stream closed by {name}: {error}");
                return;
            }
        }
    }
}

impl SocketSource {
    async fn connect(&mut self) -> Result<(), EngineError> {
        if self.reader.is_some() {
            return Ok(());
        }
        let name = format!("{}:{}", self.spec.host, self.spec.port);
        let stream =
            TcpStream::connect((self.spec.host.as_str(), self.spec.port)).await.map_err(|error| {
                let what = match error.kind() {
                    std::io::ErrorKind::ConnectionRefused => "Connection refused".to_owned(),
                    _ => error.to_string(),
                };
                EngineError::execution(format!(
                    "{what} (no server at {name}; start one first, for instance with: nc -lk {})",
                    self.spec.port
                ))
            })?;
        self.reader = Some(tokio::spawn(read_lines(stream, Arc::clone(&self.shared), name)));
        Ok(())
    }
}

#[async_trait]
impl Source for SocketSource {
    fn description(&self) -> String {
        format!("TextSocketV2[host: {}, port: {}]", self.spec.host, self.spec.port)
    }

    fn initial_offset(&self) -> String {
        "-1".to_owned()
    }

    async fn latest_offset(&mut self, _start: &str) -> Result<String, EngineError> {
        let newest = *self.shared.newest.borrow();
        Ok(self.frozen.map_or(newest, |frozen| newest.min(frozen)).to_string())
    }

    fn newest(&self) -> Option<String> {
        Some(self.shared.newest.borrow().to_string())
    }

    async fn batch(&mut self, start: &str, end: &str) -> Result<RowStream, EngineError> {
        self.connect().await?;
        let (start, end) = (parse(start)?, parse(end)?);
        let lines: Vec<(String, i64)> = {
            let waiting = self.shared.waiting();
            let skip = usize::try_from(start + 1 - waiting.base).unwrap_or(0);
            let take = usize::try_from(end - start).unwrap_or(0);
            waiting.lines.iter().skip(skip).take(take).cloned().collect()
        };
        let schema = self.spec.schema();
        let batches: Vec<_> = lines
            .chunks(8192)
            .map(|chunk| {
                let mut columns: Vec<ArrayRef> =
                    vec![Arc::new(chunk.iter().map(|(line, _)| Some(line)).collect::<StringArray>())];
                if schema.fields().len() > 1 {
                    let times = TimestampMicrosecondArray::from_iter_values(chunk.iter().map(|(_, at)| *at));
                    columns.push(Arc::new(times.with_timezone("UTC")));
                }
                Ok(RecordBatch::try_new(Arc::clone(&schema), columns)?)
            })
            .collect();
        Ok(stream::iter(batches).boxed())
    }

    async fn commit(&mut self, end: &str) {
        let Ok(end) = parse(end) else { return };
        let mut waiting = self.shared.waiting();
        while waiting.base <= end {
            let Some((line, _)) = waiting.lines.pop_front() else { break };
            waiting.bytes = waiting.bytes.saturating_sub(line.len());
            waiting.base += 1;
        }
        drop(waiting);
        self.shared.room.notify_waiters();
    }

    async fn changed(&self, position: &str) {
        let position = parse(position).unwrap_or(-1);
        let mut newest = self.shared.newest.subscribe();
        if newest.wait_for(|newest| *newest > position).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    async fn freeze(&mut self, _start: &str) -> Result<(), EngineError> {
        self.frozen = Some(*self.shared.newest.borrow());
        Ok(())
    }
}
