//! What a client can run into, counted: frame size, connections, silence, half-sent requests, unread answers, memory.
//!
//! Each limit has a setting, and says so in a line of the process's log when it is hit; here is how often that was.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::partition::now_ms;

/// A limit on what comes from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// A frame longer than `socket.request.max.bytes`: its connection is closed.
    FrameSize,
    /// `max.connections`: the new connection is closed.
    Connections,
    /// `max.connections.per.ip`: the new connection is closed.
    ConnectionsPerAddress,
    /// `connections.max.idle.ms`: the connection is closed.
    Idle,
    /// A frame that was begun and did not arrive within `socket.stall.timeout.ms`: its connection is closed.
    HalfSent,
    /// An answer of which nothing was taken for `socket.stall.timeout.ms`: its connection is closed.
    Unread,
    /// `queued.max.request.bytes`: a request waits until others have been answered.
    Memory,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Self; 7] = [
        Self::FrameSize,
        Self::Connections,
        Self::ConnectionsPerAddress,
        Self::Idle,
        Self::HalfSent,
        Self::Unread,
        Self::Memory,
    ];

    /// A name for metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::FrameSize => "frame_size",
            Self::Connections => "connections",
            Self::ConnectionsPerAddress => "connections_per_ip",
            Self::Idle => "idle",
            Self::HalfSent => "half_sent",
            Self::Unread => "unread",
            Self::Memory => "memory",
        }
    }

    /// The setting that says where the limit is.
    pub fn setting(self) -> &'static str {
        match self {
            Self::FrameSize => "socket.request.max.bytes",
            Self::Connections => "max.connections",
            Self::ConnectionsPerAddress => "max.connections.per.ip",
            Self::Idle => "connections.max.idle.ms",
            Self::HalfSent | Self::Unread => "socket.stall.timeout.ms",
            Self::Memory => "queued.max.request.bytes",
        }
    }
}

/// How often each limit was hit since the start.
#[derive(Debug, Default)]
pub(crate) struct LimitHits {
    counts: [AtomicU64; Limit::ALL.len()],
    /// When the log was last told of memory: requests that wait come in crowds.
    memory_told_ms: AtomicI64,
}

/// How often the log is told that requests wait for memory.
const MEMORY_TOLD_EVERY_MS: i64 = 10_000;

impl LimitHits {
    pub(crate) fn count(&self, limit: Limit) {
        let at = Limit::ALL.iter().position(|known| *known == limit);
        if let Some(count) = at.and_then(|at| self.counts.get(at)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A request has to wait for `bytes` of memory.
    pub(crate) fn waits_for_memory(&self, bytes: usize) {
        self.count(Limit::Memory);
        let (now, told) = (now_ms(), self.memory_told_ms.load(Ordering::Relaxed));
        if now.saturating_sub(told) >= MEMORY_TOLD_EVERY_MS {
            self.memory_told_ms.store(now, Ordering::Relaxed);
            tracing::warn!(bytes, "requests wait for memory: queued.max.request.bytes is in use");
        }
    }

    /// Every limit with its count.
    pub(crate) fn all(&self) -> Vec<(Limit, u64)> {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        Limit::ALL.into_iter().zip(counts).collect()
    }
}
