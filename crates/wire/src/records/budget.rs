//! How much a stranger's batch may cost us.

/// The limits under which records are decompressed and parsed. There is no way to do either without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Most bytes that one batch may have after decompression.
    pub decompressed_bytes: usize,
    /// Most headers that one record may have.
    pub headers: usize,
}

impl Budget {
    /// Bytes of the default budget: as much as Kafka's default largest request (`socket.request.max.bytes`).
    pub const DEFAULT_BYTES: usize = 100 * 1024 * 1024;
    /// Headers of the default budget.
    pub const DEFAULT_HEADERS: usize = 10_000;

    /// A budget of this many bytes, and the default number of headers.
    pub const fn bytes(decompressed_bytes: usize) -> Self {
        Self { decompressed_bytes, headers: Self::DEFAULT_HEADERS }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::bytes(Self::DEFAULT_BYTES)
    }
}
