//! Why a command ended before its work was done, and how it says so.

use std::io::{self, Write};
use std::process::ExitCode;

use millstream_client::ClientError;

use crate::config_names::meant_config;
use crate::plain_words::without_error_numbers;

/// Why it ended.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something failed.
    Failed {
        /// The first line: what failed, on what, and why.
        message: String,
        /// What the user can do about it.
        way_out: Option<String>,
    },
    /// Everything has been said already.
    Said,
    /// Help or version was asked for and given.
    Helped,
    /// Whoever read the output went away, as `head` does: nothing is wrong, and nobody is left to tell.
    ReaderGone,
}

impl Failure {
    /// A failure with no better advice than its own message.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), way_out: None }
    }

    /// A failure, and what to try.
    pub(crate) fn with_way_out(message: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), way_out: Some(way_out.into()) }
    }

    /// The same with `prefix` before the message, as Kafka's own command puts it.
    pub(crate) fn after(self, prefix: &str) -> Self {
        match self {
            Self::Failed { message, way_out } => {
                Self::Failed { message: format!("{prefix}{message}"), way_out }
            }
            other => other,
        }
    }

    /// What failed, in a line; nothing where all was said.
    pub(crate) fn message(&self) -> &str {
        if let Self::Failed { message, .. } = self { message } else { "" }
    }

    /// Says the message on stdout, where some of Kafka's commands say it, and the way out on stderr.
    pub(crate) fn on_stdout(self) -> Self {
        let Self::Failed { message, way_out } = self else { return self };
        // A reader that is gone hears nothing, and the exit code still tells.
        let _ = writeln!(io::stdout(), "{}", without_error_numbers(&message));
        if let Some(way_out) = way_out {
            let _ = writeln!(io::stderr(), "{way_out}");
        }
        Self::Said
    }

    /// Says it on stderr and gives the exit code that belongs to it.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Failed { message, way_out } => {
                let _ = writeln!(io::stderr(), "{}", without_error_numbers(&message));
                if let Some(way_out) = way_out {
                    let _ = writeln!(io::stderr(), "{way_out}");
                }
                ExitCode::FAILURE
            }
            Self::Said => ExitCode::FAILURE,
            Self::Helped | Self::ReaderGone => ExitCode::SUCCESS,
        }
    }
}

impl From<io::Error> for Failure {
    /// A failure of standard output.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::new(format!("standard output: {error}")),
        }
    }
}

impl From<ClientError> for Failure {
    /// What the broker says, in its own words where it has some.
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused { message: Some(message), .. } => {
                Self::Failed { way_out: meant_config(&message), message }
            }
            other => Self::new(other.to_string()),
        }
    }
}
