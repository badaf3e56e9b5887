//! How the worker protocol changed between PySpark's versions.
//!
//! Facts from `pyspark/worker.py` of 3.5, 4.0.1, 4.1.1, 4.2.0 and 4.3.0.

use std::fmt;

/// The first words to a worker, and the last ones from it, differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// 3.5 and 4.0: a port and a secret always follow the barrier flag.
    PortAlways,
    /// 4.1: they follow only when the flag is set.
    PortOfBarrier,
    /// 4.2: the task context is JSON, configurations follow the evaluation type, the times are four.
    Json,
    /// 4.3: as 4.2, in one message with its length.
    Message,
}

/// A version whose protocol is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownVersion(String);

impl fmt::Display for UnknownVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RDDs and DStreams need PySpark 3.5 to 4.3; this Python has {:?}", self.0)
    }
}

impl Dialect {
    /// Of `pyspark.__version__`.
    ///
    /// # Errors
    /// The version is older or newer than those known.
    pub(crate) fn of(version: &str) -> Result<Self, UnknownVersion> {
        let mut numbers = version.split('.');
        match (numbers.next(), numbers.next()) {
            (Some("3"), Some("5")) | (Some("4"), Some("0")) => Ok(Self::PortAlways),
            (Some("4"), Some("1")) => Ok(Self::PortOfBarrier),
            (Some("4"), Some("2")) => Ok(Self::Json),
            (Some("4"), Some("3")) => Ok(Self::Message),
            _ => Err(UnknownVersion(version.to_owned())),
        }
    }

    /// How many int64 follow the mark of the times.
    pub(crate) fn times(self) -> usize {
        match self {
            Self::PortAlways | Self::PortOfBarrier => 3,
            Self::Json | Self::Message => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_dialects() {
        let table = [
            ("3.5.7", Some(Dialect::PortAlways)),
            ("4.0.1", Some(Dialect::PortAlways)),
            ("4.1.0.dev0", Some(Dialect::PortOfBarrier)),
            ("4.2.0", Some(Dialect::Json)),
            ("4.3.0", Some(Dialect::Message)),
            ("3.4.1", None),
            ("4.4.0", None),
            ("4", None),
            ("", None),
        ];
        for (version, dialect) in table {
            assert_eq!(Dialect::of(version).ok(), dialect, "{version}");
        }
    }
}
