//! Kafka's UUIDs: 16 bytes, printed as URL-safe base64 without padding.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

/// A topic, directory, incarnation or cluster id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// Nothing: what an unset id holds.
    pub const ZERO: Self = Self([0; 16]);
    /// The id of the metadata topic itself.
    pub const METADATA_TOPIC: Self = Self([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

    /// A random (version 4) id whose text does not start with `-`, as Kafka picks them: such a text would look
    /// like a flag on a command line. `None` when the operating system has no randomness to give.
    pub fn random() -> Option<Self> {
        loop {
            let mut bytes = [0u8; 16];
            getrandom::fill(&mut bytes).ok()?;
            let mut id = u128::from_be_bytes(bytes);
            id = (id & !(0xf << 76)) | (0x4 << 76);
            id = (id & !(0x3 << 62)) | (0x2 << 62);
            let id = Self(id.to_be_bytes());
            if !id.to_string().starts_with('-') {
                return Some(id);
            }
        }
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not 16 bytes of URL-safe base64.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is not an id: 22 characters of URL-safe base64 are expected")]
pub struct ParseUuidError(String);

impl FromStr for Uuid {
    type Err = ParseUuidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseUuidError(text.chars().take(64).collect());
        // Kafka pads in some places and not in others.
        let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| error())?;
        Ok(Self(bytes.try_into().map_err(|_| error())?))
    }
}

impl From<[u8; 16]> for Uuid {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_reads_as_kafka_does() {
        let id: Uuid = "dx8ayl2VT8mSEjE4VuPUFA".parse().unwrap();
        assert_eq!(
            id.0,
            [0x77, 0x1f, 0x1a, 0xca, 0x5d, 0x95, 0x4f, 0xc9, 0x92, 0x12, 0x31, 0x38, 0x56, 0xe3, 0xd4, 0x14]
        );
        assert_eq!(id.to_string(), "dx8ayl2VT8mSEjE4VuPUFA");
        assert_eq!(Uuid::METADATA_TOPIC.to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
        for bad in ["", "dx8a", "not base64!", "dx8ayl2VT8mSEjE4VuPUFAAA"] {
            assert!(bad.parse::<Uuid>().is_err(), "{bad}");
        }
    }

    #[test]
    fn random_ids_are_version_4() {
        let id = Uuid::random().unwrap();
        assert_eq!(id.0[6] >> 4, 4);
        assert_eq!(id.0[8] >> 6, 2);
        assert_ne!(Uuid::random().unwrap(), id);
    }
}
