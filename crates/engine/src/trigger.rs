//! When the next epoch starts: policies over the one loop in `epoch.rs`.

use std::time::Duration;

use crate::EngineError;

/// Spark's triggers (Structured Streaming guide, "Triggers").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trigger {
    /// An epoch as soon as there is data and the one before is done.
    #[default]
    Default,
    /// An epoch at every multiple of the interval since 1970, if there is something to do.
    ProcessingTime(Duration),
    /// One epoch with everything that is there, then stop.
    Once,
    /// Epochs (within the sources' limits) until everything that was there at the start is done, then stop.
    AvailableNow,
}

impl Trigger {
    /// Reads an interval such as `5 seconds`; `0 seconds` is [`Trigger::Default`].
    ///
    /// # Errors
    /// Text that is no interval.
    pub fn processing_time(interval: &str) -> Result<Self, EngineError> {
        let length = crate::functions::interval::parse(interval)?;
        Ok(if length.is_zero() { Self::Default } else { Self::ProcessingTime(length) })
    }
}
