//! The two small enumerations that attributes carry in every record format.

use std::fmt;

use super::RecordsError;

/// How the records of a batch are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Codec {
    /// Not at all.
    #[default]
    None,
    /// gzip.
    Gzip,
    /// snappy, framed as the Java library `xerial` does.
    Snappy,
    /// lz4 in its frame format.
    Lz4,
    /// zstd; magic 2 only.
    Zstd,
}

impl Codec {
    /// Every codec, by id.
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// The id in the lowest three bits of attributes.
    pub const fn id(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Gzip => 1,
            Self::Snappy => 2,
            Self::Lz4 => 3,
            Self::Zstd => 4,
        }
    }

    /// The codec with this id.
    ///
    /// # Errors
    /// [`RecordsError::UnknownCodec`] for 5 and more.
    pub fn from_id(id: u8) -> Result<Self, RecordsError> {
        Self::ALL.get(usize::from(id)).copied().ok_or(RecordsError::UnknownCodec(id))
    }

    /// The name that `compression.type` uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }

    /// The codec of this name, as `compression.type` of a producer has it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.name() == name)
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who set the timestamps (KIP-32).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TimestampType {
    /// The producer.
    #[default]
    CreateTime,
    /// The broker, when it appended: one for the whole batch.
    LogAppendTime,
}
