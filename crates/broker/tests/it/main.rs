//! The broker over real sockets: raw wire messages in, raw wire messages out.

mod client;
mod coverage;
mod groups;
mod hostile;
mod idempotence;
mod produce_fetch;
mod restart;
mod topics;
