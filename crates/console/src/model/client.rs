//! A Kafka client's connection in full.

use serde::Serialize;

/// An open connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ClientConnection {
    /// A number of its own.
    pub id: u64,
    /// `client.id`, as the last request said it; may be empty.
    pub client_id: String,
    /// The client library's name, if it told (KIP-511).
    pub software: String,
    /// The client library's version, if it told.
    pub software_version: String,
    /// The client's address.
    pub peer: String,
    /// The address that it has dialled.
    pub local: String,
    /// The group that it has joined last, if any.
    pub group: Option<String>,
    /// Kafka's name of the API that it used last; `None` before its first request.
    pub api: Option<String>,
    /// The version of that API.
    pub api_version: i16,
    /// Requests so far.
    pub requests: u64,
    /// Bytes of requests so far.
    pub bytes_in: u64,
    /// Bytes of answers so far.
    pub bytes_out: u64,
    /// When it connected, in milliseconds since 1970 UTC.
    pub since_ms: i64,
    /// When its last request came, in milliseconds since 1970 UTC; `since_ms` before the first.
    pub last_ms: i64,
}
