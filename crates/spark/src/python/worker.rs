//! A worker process: started, tied to us by one connection on the loopback, asked and answered in PySpark's frames.
//!
//! Numbers are big-endian; a text is its length (int32) and its bytes. The worker proves by a secret of its
//! environment that it is the one that was started (Spark's `SocketAuthHelper`).

use std::process::ExitStatus;
use std::time::Duration;

use millstream_engine::{ConsoleOut, EngineError};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::output::{LastLines, pass_on, pass_on_errors};
use super::{Interpreter, traceback};

/// How long a worker may take to import PySpark and connect.
const START: Duration = Duration::from_secs(120);
/// Bytes of a text that a worker may answer with.
const MAX_TEXT: i32 = 16 << 20;
/// Bytes of rows that a worker may answer with.
const MAX_ROWS: i32 = 1 << 30;
/// The answer that a traceback follows (`SpecialLengths.PYTHON_EXCEPTION_THROWN`).
const EXCEPTION: i32 = -2;

/// What a worker runs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Script {
    /// One of PySpark's own workers, by its module.
    Module(&'static str),
    /// A worker of ours, as source text.
    Source(&'static str),
}

/// What a worker answered.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is done.
    Done,
    /// The user's code raised; this is the traceback.
    Raised(String),
}

/// A running worker. The process ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Worker {
    child: Child,
    connection: BufStream<TcpStream>,
    version: (u32, u32),
    errors: LastLines,
}

impl Worker {
    /// Starts a worker and waits until it has connected. `url` is where it finds this server, if it is to.
    ///
    /// # Errors
    /// It cannot be started, or ends or hangs before it connects; the text has the end of what it printed.
    pub(crate) async fn start(
        python: &Interpreter,
        script: Script,
        url: Option<&str>,
        console: ConsoleOut,
    ) -> Result<Self, EngineError> {
        let secret = Uuid::new_v4().to_string();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| lost(&error))?;
        let port = listener.local_addr().map_err(|error| lost(&error))?.port();
        let mut command = python.command();
        match script {
            Script::Module(module) => command.args(["-c", include_str!("workers/launch.py"), module]),
            Script::Source(source) => command.args(["-c", source]),
        };
        command
            .env("PYTHON_WORKER_FACTORY_PORT", port.to_string())
            .env("PYTHON_WORKER_FACTORY_SECRET", &secret)
            .env("SPARK_CONNECT_RELEASE_SESSION_ON_EXIT", "false")
            .env_remove("PYTHON_WORKER_FACTORY_SOCK_PATH");
        if let Some(url) = url {
            command.env("SPARK_CONNECT_LOCAL_URL", url);
        }
        let mut child = command
            .spawn()
            .map_err(|error| EngineError::execution(format!("{}: cannot be run: {error}", python.name())))?;
        let (said, version) = oneshot::channel();
        let errors = LastLines::default();
        if let Some(out) = child.stdout.take() {
            tokio::spawn(pass_on(out, console.clone(), said));
        }
        let complained =
            child.stderr.take().map(|out| tokio::spawn(pass_on_errors(out, console, errors.clone())));
        let connected = tokio::select! {
            connection = accept(&listener, &secret) => connection,
            status = child.wait() => {
                if let Some(complained) = complained {
                    // Its last words are still in the pipe.
                    let _ = complained.await;
                }
                return Err(ended(python, status.ok(), &errors));
            }
            () = tokio::time::sleep(START) => {
                let text = format!("{}: the Python worker did not connect within {START:?}", python.name());
                return Err(EngineError::execution(text));
            }
        };
        let connection = connected.map_err(|error| lost(&error))?;
        let version = version.await.map(|text| parse_version(&text)).unwrap_or_default();
        Ok(Self { child, connection, version, errors })
    }

    /// Major and minor version of its PySpark.
    pub(crate) fn version(&self) -> (u32, u32) {
        self.version
    }

    /// Adds a text to what is sent.
    pub(crate) async fn text(&mut self, text: &str) -> Result<(), EngineError> {
        self.bytes(text.as_bytes()).await
    }

    /// Adds bytes with their length to what is sent.
    pub(crate) async fn bytes(&mut self, bytes: &[u8]) -> Result<(), EngineError> {
        let length = i32::try_from(bytes.len()).map_err(|_| {
            EngineError::execution(format!("{} bytes are too much for one message to Python", bytes.len()))
        })?;
        self.connection.write_i32(length).await.map_err(|error| lost(&error))?;
        self.connection.write_all(bytes).await.map_err(|error| lost(&error))
    }

    /// Adds a number to what is sent.
    pub(crate) async fn long(&mut self, number: i64) -> Result<(), EngineError> {
        self.connection.write_i64(number).await.map_err(|error| lost(&error))
    }

    /// Adds a number to what is sent.
    pub(crate) async fn int(&mut self, number: i32) -> Result<(), EngineError> {
        self.connection.write_i32(number).await.map_err(|error| lost(&error))
    }

    /// Sends, and waits for the answer.
    ///
    /// # Errors
    /// The worker ended.
    pub(crate) async fn ask(&mut self) -> Result<Outcome, EngineError> {
        let answer = async {
            self.connection.flush().await?;
            self.connection.read_i32().await
        };
        match answer.await {
            Ok(0) => Ok(Outcome::Done),
            Ok(EXCEPTION) => {
                let traceback = self.read_text().await?;
                Ok(Outcome::Raised(traceback::of_user(&String::from_utf8_lossy(&traceback))))
            }
            Ok(other) => Err(EngineError::execution(format!(
                "Unexpected return value {other} from the Python worker."
            ))),
            Err(_) => Err(self.crashed().await),
        }
    }

    /// Reads a text's bytes with their length.
    async fn read_text(&mut self) -> Result<Vec<u8>, EngineError> {
        let length = self.connection.read_i32().await.map_err(|error| lost(&error))?;
        read_sized(&mut self.connection, length, MAX_TEXT).await.map_err(|error| lost(&error))
    }

    /// Reads rows, an Arrow stream with its length.
    ///
    /// # Errors
    /// There are too many, or the worker ended.
    pub(crate) async fn read_rows(&mut self) -> Result<Vec<u8>, EngineError> {
        let length = self.connection.read_i32().await.map_err(|error| lost(&error))?;
        if length > MAX_ROWS {
            return Err(EngineError::execution(format!(
                "a Python function made {length} bytes of rows, more than {MAX_ROWS} at once: let it make fewer"
            )));
        }
        read_sized(&mut self.connection, length, MAX_ROWS).await.map_err(|error| lost(&error))
    }

    async fn crashed(&mut self) -> EngineError {
        let status = tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await;
        let status =
            status.ok().and_then(Result::ok).map_or_else(String::new, |status| format!(" ({status})"));
        EngineError::execution(format!(
            "Python worker exited unexpectedly (crashed){status}\n{}",
            self.errors.text()
        ))
    }
}

/// The connection that knows the secret. Others are turned away.
async fn accept(listener: &TcpListener, secret: &str) -> std::io::Result<BufStream<TcpStream>> {
    loop {
        let (socket, _) = listener.accept().await?;
        // Questions and answers are small: none must wait for the next.
        socket.set_nodelay(true)?;
        let mut connection = BufStream::new(socket);
        let limit = i32::try_from(secret.len()).unwrap_or(i32::MAX);
        let Ok(length) = connection.read_i32().await else { continue };
        match read_sized(&mut connection, length, limit).await {
            Ok(told) if told == secret.as_bytes() => {}
            _ => continue,
        }
        connection.write_i32(2).await?;
        connection.write_all(b"ok").await?;
        connection.flush().await?;
        // Its process id, which we know.
        connection.read_i32().await?;
        return Ok(connection);
    }
}

async fn read_sized(from: &mut BufStream<TcpStream>, length: i32, limit: i32) -> std::io::Result<Vec<u8>> {
    let length = usize::try_from(length.clamp(0, limit)).unwrap_or(0);
    let mut bytes = Vec::new();
    tokio::io::AsyncReadExt::take(from, length as u64).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

fn parse_version(text: &str) -> (u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

fn lost(error: &std::io::Error) -> EngineError {
    EngineError::execution(format!("the connection to the Python worker broke: {error}"))
}

fn ended(python: &Interpreter, status: Option<ExitStatus>, errors: &LastLines) -> EngineError {
    let status = status.map_or_else(String::new, |status| format!(" ({status})"));
    EngineError::execution(format!(
        "Python worker failed to connect back: {} ended{status}:\n{}",
        python.name(),
        errors.text()
    ))
}
