//! UnregisterBroker: a broker that will not come back leaves the metadata.

use millstream_wire::metadata::{MetadataRecord, UnregisterBrokerRecord};

use super::{ControllerError, Decision, Node};
use crate::Image;

/// Another broker can be left over in a directory that comes from a larger cluster. This one is in service: Kafka
/// would take its partitions' leaders away, after which nothing works until a restart.
pub(crate) fn unregister_broker(image: &Image, node: Node, id: i32) -> Decision<Result<(), ControllerError>> {
    let refuse = |error| Decision { records: Vec::new(), answer: Err(error) };
    let Some(broker) = image.broker(id) else { return refuse(ControllerError::BrokerNotRegistered(id)) };
    if id == node.id {
        let error = format!("Broker {id} is running, and is the only one: stop it instead.");
        return refuse(ControllerError::InvalidRequest(error));
    }
    let record = UnregisterBrokerRecord { broker_id: id, broker_epoch: broker.epoch };
    Decision { records: vec![MetadataRecord::UnregisterBroker(record)], answer: Ok(()) }
}

#[cfg(test)]
mod tests {
    use millstream_wire::metadata::RegisterBrokerRecord;

    use super::*;

    #[test]
    fn others_go_and_this_one_stays() {
        let mut image = Image::default();
        for broker_id in [1, 2] {
            let record = RegisterBrokerRecord { broker_id, broker_epoch: 7, ..Default::default() };
            image.apply(&MetadataRecord::RegisterBroker(record)).unwrap();
        }
        let node = Node::new(1, millstream_wire::Uuid::ZERO);
        for (id, records, code) in [(1, 0, 42), (2, 1, 0), (3, 0, 102), (-1, 0, 102)] {
            let decision = unregister_broker(&image, node, id);
            let said = decision.answer.err().map_or(0, |error| error.code());
            assert_eq!((decision.records.len(), said), (records, code), "broker {id}");
        }
    }
}
