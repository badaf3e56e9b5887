//! Which rows of the result go to the sink after each batch.

use crate::EngineError;

/// Spark's output modes (Structured Streaming guide, "Output Modes").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum OutputMode {
    /// Rows that will never change again.
    #[default]
    Append,
    /// Rows that changed in this batch.
    Update,
    /// The whole result.
    Complete,
}

impl OutputMode {
    /// Reads a mode as a Spark program writes it, in any case. Empty means append.
    ///
    /// # Errors
    /// A name that is no mode.
    pub fn parse(name: &str) -> Result<Self, EngineError> {
        match name.to_ascii_lowercase().as_str() {
            "" | "append" => Ok(Self::Append),
            "update" => Ok(Self::Update),
            "complete" => Ok(Self::Complete),
            _ => Err(EngineError::illegal_argument(format!(
                "Unknown output mode {name}. Accepted output modes are 'append', 'complete', 'update'"
            ))),
        }
    }
}

impl std::fmt::Display for OutputMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Append => "append",
            Self::Update => "update",
            Self::Complete => "complete",
        })
    }
}
