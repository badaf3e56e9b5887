//! Blocks of producer ids: each id is given out once in the life of the cluster.

use millstream_wire::metadata::{MetadataRecord, ProducerIdsRecord};

use super::{ControllerError, Decision, Node, ProducerIdBlock};
use crate::Image;

/// Ids in a block, as in Kafka.
const BLOCK: i32 = 1_000;

/// The next block for this node.
pub(crate) fn allocate_producer_ids(
    image: &Image,
    node: Node,
) -> Decision<Result<ProducerIdBlock, ControllerError>> {
    let first = image.next_producer_id();
    let Some(next) = first.checked_add(i64::from(BLOCK)) else {
        let error =
            "Exhausted all producerIds as the next block's end producerId has exceeded the int64 type limit";
        return Decision {
            records: Vec::new(),
            answer: Err(ControllerError::UnknownServerError(error.to_owned())),
        };
    };
    let record = ProducerIdsRecord {
        broker_id: node.id,
        broker_epoch: image.broker(node.id).map_or(-1, |broker| broker.epoch),
        next_producer_id: next,
    };
    Decision {
        records: vec![MetadataRecord::ProducerIds(record)],
        answer: Ok(ProducerIdBlock { first, len: BLOCK }),
    }
}
