//! What a command says when it cannot do its work: one sentence, and the way out when there is one.

use std::process::ExitCode;

use millstream_tools::without_error_numbers;

/// Why a command ended badly. The first line names the thing and the value; `way_out` says what to try.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The command line or an option's value is wrong: exit code 2.
    #[error("{message}")]
    Usage {
        /// The flag, the value, and what would be right.
        message: String,
    },
    /// The work itself failed: exit code 1.
    #[error("{message}")]
    Failed {
        /// What failed, on what, and why.
        message: String,
        /// What the user can do about it.
        way_out: Option<String>,
    },
}

impl CommandError {
    /// A wrong option value.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into() }
    }

    /// Work that failed with no better advice than its own message.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), way_out: None }
    }

    /// Work that failed, and what to try.
    pub fn with_way_out(message: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), way_out: Some(way_out.into()) }
    }

    /// Prints the error to stderr and gives the exit code that belongs to it.
    pub fn report(&self) -> ExitCode {
        eprintln!("error: {}", without_error_numbers(&self.to_string()));
        match self {
            Self::Usage { .. } => ExitCode::from(2),
            Self::Failed { way_out, .. } => {
                if let Some(way_out) = way_out {
                    eprintln!("       {way_out}");
                }
                ExitCode::FAILURE
            }
        }
    }
}
