//! How a batch query writes: `df.write.format(...).mode(...).partitionBy(...).save(path)`.

use crate::{EngineError, Options};

/// What to do when there is something at the place already (SQL guide, "Save Modes").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SaveMode {
    /// Refuse.
    #[default]
    ErrorIfExists,
    /// Add to it.
    Append,
    /// Replace it.
    Overwrite,
    /// Leave it and write nothing.
    Ignore,
}

impl SaveMode {
    /// Reads a mode as a Spark program writes it, in any case.
    ///
    /// # Errors
    /// A name that is no mode.
    pub fn parse(name: &str) -> Result<Self, EngineError> {
        match name.to_ascii_lowercase().as_str() {
            "overwrite" => Ok(Self::Overwrite),
            "append" => Ok(Self::Append),
            "ignore" => Ok(Self::Ignore),
            "" | "error" | "errorifexists" | "default" => Ok(Self::ErrorIfExists),
            _ => Err(EngineError::illegal_argument(format!(
                "[INVALID_SAVE_MODE] The specified save mode \"{name}\" is invalid. Valid save modes include \
                 \"append\", \"overwrite\", \"ignore\", \"error\", \"errorifexists\", and \"default\". SQLSTATE: 42000"
            ))),
        }
    }
}

/// What to write where; see [`crate::Session::write`].
#[derive(Debug, Clone, Default)]
pub struct WriteSpec {
    /// `text`, `csv`, `json` or `parquet`.
    pub format: String,
    /// The directory.
    pub path: String,
    /// What to do with what is there.
    pub mode: SaveMode,
    /// Columns that become directories (`a=1/`), outermost first.
    pub partition_by: Vec<String>,
    /// The writer's options.
    pub options: Options,
}
