//! How a command that speaks to a broker ends before its work is done.

use std::io;

use millstream_client::ClientError;
use millstream_tools::meant_config;
use millstream_wire::ErrorCode;

use crate::error::CommandError;

/// Why it ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Something failed.
    Failed(CommandError),
    /// Whoever read the output went away, as `head` does: nothing is wrong, and nobody is left to tell.
    ReaderGone,
}

impl Ended {
    /// A failure of standard input or output.
    pub(crate) fn io(what: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::Failed(CommandError::failed(format!("{what}: {error}"))),
        }
    }

    /// What the command's caller should hear of it.
    pub(crate) fn settle(outcome: Result<(), Self>) -> Result<(), CommandError> {
        match outcome {
            Ok(()) | Err(Self::ReaderGone) => Ok(()),
            Err(Self::Failed(error)) => Err(error),
        }
    }
}

impl From<io::Error> for Ended {
    /// A failure of standard output.
    fn from(error: io::Error) -> Self {
        Self::io("standard output", &error)
    }
}

impl From<CommandError> for Ended {
    fn from(error: CommandError) -> Self {
        Self::Failed(error)
    }
}

impl From<ClientError> for Ended {
    fn from(error: ClientError) -> Self {
        let message = error.to_string();
        Self::Failed(match error {
            ClientError::Address { .. } => CommandError::usage(format!("--bootstrap-server: {message}")),
            ClientError::Connect { .. } => CommandError::with_way_out(
                message,
                "Is a broker running there? `millstream start` starts one; -b HOST:PORT names another.",
            ),
            ClientError::Refused { code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, what, .. } => {
                CommandError::with_way_out(
                    format!("{what} does not exist"),
                    "`millstream topic list` shows what there is, `millstream topic create NAME` makes a topic.",
                )
            }
            ClientError::Refused { code: ErrorCode::TOPIC_ALREADY_EXISTS, .. } => {
                CommandError::with_way_out(message, "With --if-not-exists that is no error.")
            }
            _ => match meant_config(&message) {
                Some(meant) => CommandError::with_way_out(message, meant),
                None => CommandError::failed(message),
            },
        })
    }
}
