//! The Kafka door: listeners, sessions, admission, long poll, one file per API.
