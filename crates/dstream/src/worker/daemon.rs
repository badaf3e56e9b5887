//! The daemon process: started once, asked for workers by connecting to its port, told which workers to kill.

use std::process::ExitStatus;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use std::sync::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin};
use tokio::sync::mpsc;
use tokio::time::timeout;
use uuid::Uuid;

use super::{Launch, Printed};
use crate::error::JobError;
use crate::limits;

/// Bytes of stderr that an error shows.
const LAST_WORDS: usize = 4 << 10;
/// Bytes that are passed on at once.
const PIECE: usize = 8 << 10;

/// A running daemon. Dropping it closes its stdin, which ends it and its workers.
#[derive(Debug)]
pub(super) struct Daemon {
    port: u16,
    secret: String,
    /// Pids of workers to kill.
    kill: mpsc::UnboundedSender<i32>,
}

impl Daemon {
    /// Starts the interpreter and waits for the daemon's port.
    pub(super) async fn start(launch: &Launch, printed: &mpsc::Sender<Printed>) -> Result<Self, JobError> {
        let secret = Uuid::new_v4().simple().to_string();
        let mut child = launch.command(&secret).spawn().map_err(|error| {
            let (interpreter, directory) = (launch.interpreter.display(), launch.directory.display());
            JobError::Start(format!("{interpreter} could not be started in {directory}: {error}"))
        })?;
        let last_words = Arc::new(Mutex::new(BytesMut::new()));
        let stderr = child.stderr.take();
        let pumped = stderr
            .map(|stderr| tokio::spawn(pump(stderr, printed.clone(), true, Some(Arc::clone(&last_words)))));
        let (Some(mut stdout), Some(stdin)) = (child.stdout.take(), child.stdin.take()) else {
            return Err(JobError::Start("the interpreter has no stdin and stdout".to_owned()));
        };
        let port = match timeout(limits::DAEMON_START, stdout.read_i32()).await {
            Ok(Ok(port)) => u16::try_from(port).ok().filter(|port| *port != 0),
            Ok(Err(_)) => {
                let status = timeout(limits::WORKER_START, child.wait()).await.ok().and_then(Result::ok);
                // The pump ends when everything that was said is read.
                if let Some(pumped) = pumped {
                    drop(timeout(limits::WORKER_START, pumped).await);
                }
                return Err(ended(launch, status, &last_words));
            }
            Err(_) => {
                let text = format!("{} did not start in {:?}", launch.daemon(), limits::DAEMON_START);
                return Err(JobError::Start(text));
            }
        };
        let Some(port) = port else {
            let text = "something prints to stdout when this Python starts (a sitecustomize or .pth file?): \
                        workers cannot be reached through it";
            return Err(JobError::Start(text.to_owned()));
        };
        tokio::spawn(pump(stdout, printed.clone(), false, None));
        let (kill, pids) = mpsc::unbounded_channel();
        tokio::spawn(keep(child, stdin, pids));
        Ok(Self { port, secret, kill })
    }

    /// A new worker: connects, waits for the fork, authenticates. Gives its socket and pid.
    pub(super) async fn worker(&self) -> Result<(TcpStream, i32), JobError> {
        match timeout(limits::WORKER_START, self.connect()).await {
            Ok(Ok(worker)) => Ok(worker),
            Ok(Err(error)) => Err(JobError::Start(format!("a Python worker could not be started: {error}"))),
            Err(_) => {
                Err(JobError::Start(format!("a Python worker did not start in {:?}", limits::WORKER_START)))
            }
        }
    }

    async fn connect(&self) -> std::io::Result<(TcpStream, i32)> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).await?;
        socket.set_nodelay(true)?;
        let pid = socket.read_i32().await?;
        if pid <= 1 {
            return Err(std::io::Error::other(format!("fork failed (error {pid})")));
        }
        let length = i32::try_from(self.secret.len()).map_err(std::io::Error::other)?;
        socket.write_i32(length).await?;
        socket.write_all(self.secret.as_bytes()).await?;
        let mut answer = [0; 6];
        socket.read_exact(&mut answer).await?;
        if answer != *b"\0\0\0\x02ok" {
            return Err(std::io::Error::other("the daemon did not accept the secret"));
        }
        Ok((socket, pid))
    }

    /// The daemon may already be gone, and the worker with it.
    pub(super) fn kill(&self, pid: i32) {
        let _ = self.kill.send(pid);
    }

    /// Whether the process still runs.
    pub(super) fn is_alive(&self) -> bool {
        !self.kill.is_closed()
    }
}

/// Owns the process: passes on pids to kill, and reaps it when it ends, or when nobody holds the daemon any more.
async fn keep(mut child: Child, mut stdin: ChildStdin, mut pids: mpsc::UnboundedReceiver<i32>) {
    let exited = loop {
        tokio::select! {
            status = child.wait() => break Some(status),
            pid = pids.recv() => match pid {
                Some(pid) if stdin.write_i32(pid).await.is_ok() && stdin.flush().await.is_ok() => {}
                _ => break None,
            },
        }
    };
    drop(stdin);
    if exited.is_none() {
        // Its stdin is closed: it tells its workers and exits. One that hangs is killed when `child` is dropped.
        drop(timeout(limits::WORKER_START, child.wait()).await);
    }
}

fn ended(launch: &Launch, status: Option<ExitStatus>, last_words: &Mutex<BytesMut>) -> JobError {
    let said =
        last_words.lock().map(|said| String::from_utf8_lossy(&said).trim().to_owned()).unwrap_or_default();
    let status = status.map_or_else(|| "did not end".to_owned(), |status| status.to_string());
    let command = format!("{} -m {}", launch.interpreter.display(), launch.daemon());
    JobError::Start(format!("{command} ended at its start ({status}): {said}"))
}

/// Passes on what the processes print. A driver that does not read holds up those who print, as a terminal would.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    to: mpsc::Sender<Printed>,
    to_stderr: bool,
    last_words: Option<Arc<Mutex<BytesMut>>>,
) {
    let mut buffer = vec![0; PIECE];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let Some(read) = buffer.get(..length) else { return };
        if let Some(Ok(mut last)) = last_words.as_ref().map(|last| last.lock()) {
            last.extend_from_slice(read);
            let too_many = last.len().saturating_sub(LAST_WORDS);
            drop(last.split_to(too_many));
        }
        if to.send(Printed { text: Bytes::copy_from_slice(read), to_stderr }).await.is_err() {
            return;
        }
    }
}
