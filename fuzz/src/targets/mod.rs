//! The targets, one a file.

pub mod batches;
pub mod checksums;
mod codecs;
mod consumer_protocol;
mod directory;
mod groups;
pub mod message_sets;
pub mod messages;
mod metadata;
mod partition;
mod records;
mod requests;
mod responses;
mod text;

use crate::target::Target;

/// All of them.
pub static ALL: [Target; 11] = [
    requests::TARGET,
    responses::TARGET,
    batches::TARGET,
    message_sets::TARGET,
    codecs::TARGET,
    partition::TARGET,
    metadata::TARGET,
    records::TARGET,
    groups::TARGET,
    consumer_protocol::TARGET,
    text::TARGET,
];
