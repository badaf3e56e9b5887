//! Decisions: (image, request, fresh ids) to records or an error. Pure; [`Metadata`](crate::Metadata) drives them.

mod error;
mod request;

pub use error::ControllerError;
pub use request::{
    AlterConfig, AlterConfigOp, CreatedTopic, NewTopic, ProducerIdBlock, ResourceAlteration, TopicDefaults,
    TopicRef,
};
