//! The other end of [`crate::submit`]: the terminal of `millstream submit`, as a client of the server.

use std::collections::HashMap;
use std::error::Error as _;
use std::path::PathBuf;
use std::time::Duration;

use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Streaming};

use crate::proto::submit::submit_client::SubmitClient;
use crate::proto::submit::{AttachRequest, ConsoleText, DetachRequest};

/// How long a server may take to answer.
const CONNECT: Duration = Duration::from_secs(5);

/// The program that a terminal is about to run.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// Whose session it is.
    pub user: String,
    /// The Python that runs it; the server's Python workers are to run with the same.
    pub interpreter: PathBuf,
    /// Where it runs: the program's relative paths mean this directory.
    pub directory: PathBuf,
    /// Its environment.
    pub environment: HashMap<String, String>,
    /// Configs that its session starts with.
    pub conf: HashMap<String, String>,
}

/// Why a terminal could not be attached.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// Nothing answers there: start a server, or correct the address.
    #[error("no server answers at {address}: {}", root(.source))]
    Unreachable {
        /// `HOST:PORT`.
        address: String,
        /// What the network said.
        source: tonic::transport::Error,
    },
    /// What listens there is no Spark Connect server: correct the address.
    #[error("{address} is no Spark Connect server: something else listens there")]
    NotSpark {
        /// `HOST:PORT`.
        address: String,
    },
    /// It is a Spark Connect server, but not Millstream's: the program can run, its console text stays there.
    #[error("the server at {address} is not Millstream's")]
    Foreign {
        /// `HOST:PORT`.
        address: String,
    },
    /// Millstream said no; the text says why.
    #[error("{0}")]
    Refused(String),
}

/// A terminal that is attached to the session of a program.
#[derive(Debug)]
pub struct Terminal {
    client: SubmitClient<Channel>,
    text: Streaming<ConsoleText>,
    session_id: String,
    user_id: String,
}

impl Terminal {
    /// Attaches to the server at `address` (`HOST:PORT`), before the program starts.
    ///
    /// # Errors
    /// Nobody answers, or not Millstream, or it refuses.
    pub async fn attach(address: &str, session_id: &str, program: Program) -> Result<Self, AttachError> {
        let unreachable = |source| AttachError::Unreachable { address: address.to_owned(), source };
        let endpoint = Endpoint::from_shared(format!("http://{address}")).map_err(unreachable)?;
        let channel = endpoint.connect_timeout(CONNECT).connect().await.map_err(unreachable)?;
        let mut client = SubmitClient::new(channel);
        let user_id = program.user.clone();
        let request = AttachRequest {
            session_id: session_id.to_owned(),
            user_id: program.user,
            interpreter: program.interpreter.to_string_lossy().into_owned(),
            directory: program.directory.to_string_lossy().into_owned(),
            environment: program.environment,
            conf: program.conf,
        };
        let text = client.attach(request).await.map_err(|status| match status.code() {
            // No answer of gRPC, but what its transport makes of something else.
            _ if status.source().is_some() || status.message().starts_with("grpc-status header missing") => {
                AttachError::NotSpark { address: address.to_owned() }
            }
            Code::Unimplemented => AttachError::Foreign { address: address.to_owned() },
            _ => AttachError::Refused(status.message().to_owned()),
        })?;
        // A web server answers a stream with a page, and no status.
        let kind = text.metadata().get("content-type").and_then(|kind| kind.to_str().ok());
        if kind.is_some_and(|kind| !kind.starts_with("application/grpc")) {
            return Err(AttachError::NotSpark { address: address.to_owned() });
        }
        Ok(Self { client, text: text.into_inner(), session_id: session_id.to_owned(), user_id })
    }

    /// The next piece of console text; `None` when there will be no more.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        // A broken connection ends the text as well as the server's end does.
        self.text.message().await.ok().flatten().map(|text| text.text)
    }

    /// Says that the program has ended. Text that is still on its way can be read until [`Terminal::next`] ends.
    pub async fn detach(&mut self) {
        let request = DetachRequest { session_id: self.session_id.clone(), user_id: self.user_id.clone() };
        // If it cannot be said, the end of the connection says it.
        drop(self.client.detach(request).await);
    }
}

/// What lies at the bottom of an error: the system's own word, such as "Connection refused".
pub(crate) fn root(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(below) = error.source() {
        error = below;
    }
    error.to_string()
}
