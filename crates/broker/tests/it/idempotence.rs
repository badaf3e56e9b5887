//! Idempotent producers: a batch sent twice is in the log once, also across a restart.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use millstream_broker::Broker;
use millstream_wire::ErrorCode;
use millstream_wire::messages::init_producer_id::InitProducerIdRequest;
use millstream_wire::records::{BatchBuilder, Codec};

use crate::client::{Client, broker, values};

/// A producer is forgotten when its last record is a day old, so the record is of now.
fn sequenced(producer_id: i64, epoch: i16, sequence: i32) -> Bytes {
    let mut batch = BatchBuilder::new(Codec::None).producer(producer_id, epoch, sequence);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    batch.append(i64::try_from(now).unwrap(), None, Some(sequence.to_string().as_bytes()), &[]).unwrap();
    batch.finish().unwrap().freeze()
}

async fn producer_id(broker: &Broker) -> i64 {
    let request = InitProducerIdRequest { transactional_id: None, ..Default::default() };
    let response = Client::connect(broker).await.call(&request, 4).await;
    assert_eq!((response.error_code, response.producer_epoch), (ErrorCode::NONE, 0));
    response.producer_id
}

#[tokio::test]
async fn duplicates_are_dropped_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let first = broker(dir.path()).await;
    let id = producer_id(&first).await;
    assert_ne!(producer_id(&first).await, id, "no id is given twice");
    let client = &mut Client::connect(&first).await;
    client.make_topic("t").await;
    for sequence in 0..7 {
        assert_eq!(client.produce("t", sequenced(id, 0, sequence), 9).await.base_offset, i64::from(sequence));
    }
    let again = client.produce("t", sequenced(id, 0, 4), 9).await;
    assert_eq!((again.error_code, again.base_offset), (ErrorCode::NONE, 4), "the offset of the first time");
    let gap = client.produce("t", sequenced(id, 0, 9), 9).await;
    assert_eq!(gap.error_code, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    first.shutdown().await;

    let second = broker(dir.path()).await;
    let client = &mut Client::connect(&second).await;
    let again = client.produce("t", sequenced(id, 0, 6), 9).await;
    assert_eq!((again.error_code, again.base_offset), (ErrorCode::NONE, 6));
    assert_eq!(client.produce("t", sequenced(id, 0, 7), 9).await.base_offset, 7);
    assert_eq!(client.produce("t", sequenced(id, 1, 0), 9).await.base_offset, 8);
    let fenced = client.produce("t", sequenced(id, 0, 8), 9).await;
    assert_eq!(fenced.error_code, ErrorCode::INVALID_PRODUCER_EPOCH);
    assert_eq!(values(&client.fetch("t", 0, 12).await).len(), 9);
    assert!(producer_id(&second).await > id);
    second.shutdown().await;
}
