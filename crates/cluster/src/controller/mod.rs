//! Decisions: (image, request, fresh ids) to records or an error. Pure; [`Metadata`](crate::Metadata) drives them.

mod alter_configs;
mod config_check;
mod cordoned;
mod create_partitions;
mod create_topics;
mod delete_topics;
mod elr;
mod error;
mod placement;
mod producer_ids;
mod reassign;
mod register_broker;
mod request;
mod unregister_broker;
mod update_features;

use millstream_wire::Uuid;
use millstream_wire::metadata::MetadataRecord;

pub(crate) use alter_configs::alter_configs;
pub(crate) use create_partitions::create_partitions;
pub(crate) use create_topics::create_topics;
pub(crate) use delete_topics::delete_topics;
pub(crate) use elr::cluster_min_isr;
pub use error::ControllerError;
pub(crate) use producer_ids::allocate_producer_ids;
pub use reassign::check_reassignment;
pub(crate) use register_broker::{Registration, register_broker};
pub use request::{
    AlterConfig, AlterConfigOp, CreatedTopic, FeatureUpdate, MorePartitions, NewTopic, ProducerIdBlock,
    ResourceAlteration, TopicDefaults, TopicRef, UpgradeType,
};
pub(crate) use unregister_broker::unregister_broker;
pub(crate) use update_features::update_features;

/// The node that all partitions live on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    pub(crate) id: i32,
    pub(crate) directory_id: Uuid,
    /// `cordoned.log.dirs` as the broker was started: it gets no new partitions.
    pub(crate) cordoned_at_start: bool,
}

impl Node {
    pub(crate) fn new(id: i32, directory_id: Uuid) -> Self {
        Self { id, directory_id, cordoned_at_start: false }
    }
}

/// What was decided: the records that make it so, and the answer to give once they are durable.
#[derive(Debug)]
pub(crate) struct Decision<T> {
    pub(crate) records: Vec<MetadataRecord>,
    pub(crate) answer: T,
}
