//! WriteTxnMarkers: 0-2.
//!
//! Behaviour: what a coordinator sends to other brokers, and `kafka-transactions abort` to end a transaction whose
//! coordinator has forgotten it. Each partition has its own result, when the marker is on disk.
//!
//! Version notes: 1: flexible. 2: the transaction's version: from 2 on the marker's epoch must be above its records'.

use futures::future::join_all;
use millstream_coordinator::transaction::Producer;
use millstream_wire::messages::write_txn_markers::{
    WritableTxnMarker, WritableTxnMarkerPartitionResult, WritableTxnMarkerResult,
    WritableTxnMarkerTopicResult, WriteTxnMarkersRequest, WriteTxnMarkersResponse,
};
use millstream_wire::records::EndMarker;
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::transactions::{Marker, MarkerFailure};

pub(crate) struct WriteTxnMarkers;

impl Api for WriteTxnMarkers {
    type Request = WriteTxnMarkersRequest;
    const VERSIONS: Versions = Versions::new(0, 2);

    async fn handle(
        call: Call,
        request: WriteTxnMarkersRequest,
    ) -> Result<Reply<WriteTxnMarkersResponse>, Refusal> {
        let mut markers = Vec::with_capacity(request.markers.len());
        for marker in request.markers {
            markers.push(write(&call, marker).await);
        }
        Ok(WriteTxnMarkersResponse { markers }.into())
    }
}

async fn write(call: &Call, request: WritableTxnMarker) -> WritableTxnMarkerResult {
    let (producer_id, epoch) = (request.producer_id, request.producer_epoch);
    let marker = Marker {
        producer: Producer { id: producer_id, epoch },
        end: EndMarker {
            committed: request.transaction_result,
            coordinator_epoch: request.coordinator_epoch,
        },
        version: request.transaction_version.into(),
    };
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let write = |index: &i32| call.shared.transactions.write_marker(&topic.name, *index, marker);
        let written = join_all(topic.partition_indexes.iter().map(write)).await;
        let row = |(index, written): (&i32, Result<(), MarkerFailure>)| WritableTxnMarkerPartitionResult {
            partition_index: *index,
            error_code: written.map_or_else(|failure| failure.code(), |()| ErrorCode::NONE),
        };
        let partitions = topic.partition_indexes.iter().zip(written).map(row).collect();
        topics.push(WritableTxnMarkerTopicResult { name: topic.name, partitions });
    }
    WritableTxnMarkerResult { producer_id, topics }
}
