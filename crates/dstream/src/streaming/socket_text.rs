//! Lines of text from a TCP server: connects, reads, and connects again, as Spark's socket receiver does.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::input::Report;
use super::now_ms;
use super::received::Received;
use crate::block::frame_length;
use crate::error::JobError;
use crate::limits;
use crate::text::{Line, LineCutter, utf8};

/// Bytes of one line.
const LINE: usize = 16 << 20;
/// Bytes that are read at once.
const READ: usize = 64 << 10;
/// A server that is still not there is told again after so many attempts.
const TELL_EVERY: u32 = 10;

/// A socket input.
#[derive(Debug)]
pub(super) struct SocketText {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) received: Arc<Received>,
    pub(super) reports: mpsc::Sender<Report>,
}

impl SocketText {
    /// Receives until it is dropped, or something cannot be kept.
    pub(super) async fn receive(self) {
        let mut attempts = 0_u32;
        loop {
            match TcpStream::connect((self.host.as_str(), self.port)).await {
                Ok(socket) => {
                    attempts = 0;
                    if let Err(error) = self.lines(socket).await {
                        drop(self.reports.send(Report::Failed(error.to_string())).await);
                        return;
                    }
                    self.notice(format!(
                        "{}:{} closed the connection; connecting again",
                        self.host, self.port
                    ))
                    .await;
                }
                Err(error) => {
                    if attempts.is_multiple_of(TELL_EVERY) {
                        self.notice(self.nobody(&error)).await;
                    }
                    attempts = attempts.wrapping_add(1);
                }
            }
            sleep(limits::RECONNECT).await;
        }
    }

    /// Reads lines until the connection ends.
    async fn lines(&self, mut socket: TcpStream) -> Result<(), JobError> {
        let mut cutter = LineCutter::new(LINE, 0);
        let mut buffer = vec![0; READ];
        while let Ok(length @ 1..) = socket.read(&mut buffer).await {
            let Some(read) = buffer.get(..length) else { break };
            let mut frames = Frames::default();
            let flow = cutter.cut(read, |line: Line<'_>| match frames.push(line.bytes) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => ControlFlow::Break(error),
            });
            match flow {
                Ok(ControlFlow::Continue(())) => self.keep(frames).await?,
                Ok(ControlFlow::Break(error)) => return Err(error),
                Err(_) => {
                    let text =
                        format!("{}:{} sent a line of more than {} MiB", self.host, self.port, LINE >> 20);
                    return Err(JobError::Limit(text));
                }
            }
        }
        let mut frames = Frames::default();
        if let Some((line, _)) = cutter.rest() {
            frames.push(&line)?;
        }
        self.keep(frames).await
    }

    async fn keep(&self, frames: Frames) -> Result<(), JobError> {
        if frames.count == 0 {
            return Ok(());
        }
        self.received.push(now_ms(), frames.bytes.freeze(), frames.count).await
    }

    fn nobody(&self, error: &io::Error) -> String {
        let (host, port) = (&self.host, self.port);
        if error.kind() != io::ErrorKind::ConnectionRefused {
            return format!("{host}:{port} cannot be reached: {error}; trying again every 2 s");
        }
        match host.as_str() {
            "localhost" | "127.0.0.1" | "::1" => {
                format!("nothing listens on {host}:{port}; start `nc -lk {port}` in another terminal")
            }
            _ => format!("nothing listens on {host}:{port}; trying again every 2 s"),
        }
    }

    async fn notice(&self, text: String) {
        drop(self.reports.send(Report::Notice(text)).await);
    }
}

#[derive(Default)]
struct Frames {
    bytes: BytesMut,
    count: i64,
}

impl Frames {
    fn push(&mut self, line: &[u8]) -> Result<(), JobError> {
        let line = utf8(line);
        self.bytes.put_i32(frame_length(line.len())?);
        self.bytes.put_slice(&line);
        self.count += 1;
        Ok(())
    }
}
