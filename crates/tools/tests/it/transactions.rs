//! Transactions, as their producer and as an administrator sees them.

use std::time::Duration;

use bytes::Bytes;
use millstream_broker::Broker;
use millstream_client::{
    Client, Consumer, Isolation, OffsetAt, Start, TransactionFilter, TransactionProtocol, Transactional,
    UpgradeType,
};
use millstream_wire::ErrorCode;
use millstream_wire::records::{BatchBuilder, Codec};

use crate::{broker, topic};

const TIMEOUT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_transaction_is_listed_described_ended_and_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, mut client) = broker(folder.path()).await;
    topic(&mut client, "t", 2).await;
    // What its transactions have touched is told before the first batch in the first protocol only.
    let mut client = first_protocol(&broker, client).await;
    let missing = client.describe_transaction("shop").await.unwrap_err();
    assert_eq!(missing.code(), Some(ErrorCode::TRANSACTIONAL_ID_NOT_FOUND));
    let mut shop = Transactional::start(&mut client, "shop", TIMEOUT).await.unwrap();
    shop.end(&mut client, true).await.unwrap();
    assert_eq!(client.describe_transaction("shop").await.unwrap().state, "Empty");

    shop.add(&mut client, "t", 1).await.unwrap();
    let found = client.describe_transaction("shop").await.unwrap();
    assert_eq!((found.state.as_str(), found.producer_id), ("Ongoing", shop.producer().id));
    assert_eq!((found.partitions, found.timeout_ms), (vec![("t".to_owned(), 1)], 60_000));
    let none = TransactionFilter { producer_ids: vec![shop.producer().id + 1], ..Default::default() };
    assert_eq!(client.list_transactions(&none).await.unwrap(), []);
    let all = client.list_transactions(&TransactionFilter::default()).await.unwrap();
    assert_eq!(all.iter().map(|one| one.transactional_id.as_str()).collect::<Vec<_>>(), ["shop"]);
    let partitions = [("t".to_owned(), 0), ("t".to_owned(), 1)];
    assert_eq!(client.find_hanging_transactions(&partitions, None, i64::MAX).await.unwrap(), []);

    client.terminate_transaction("shop").await.unwrap();
    let fenced = shop.add(&mut client, "t", 0).await.unwrap_err().code();
    assert!(matches!(fenced, Some(ErrorCode::PRODUCER_FENCED | ErrorCode::INVALID_PRODUCER_EPOCH)));
    broker.shutdown().await;
}

/// A client from after the downgrade: what a broker offers is asked when a connection opens.
async fn first_protocol(broker: &Broker, mut client: Client) -> Client {
    let levels = [("transaction.version".to_owned(), 1)].into();
    client.update_features(&levels, UpgradeType::SafeDowngrade, false).await.unwrap();
    crate::client(broker).await
}

fn batch(shop: &Transactional, sequence: i32) -> Bytes {
    let mut batch = BatchBuilder::new(Codec::None);
    batch.append(1, None, Some(b"v"), &[]).unwrap();
    let producer = shop.producer();
    batch.producer(producer.id, producer.epoch, sequence).transactional().finish().unwrap().freeze()
}

#[tokio::test]
async fn transactions_follow_each_other_in_both_protocols() {
    for protocol in [TransactionProtocol::First, TransactionProtocol::Second] {
        let folder = tempfile::tempdir().unwrap();
        let (broker, mut client) = broker(folder.path()).await;
        topic(&mut client, "t", 2).await;
        if protocol == TransactionProtocol::First {
            client = first_protocol(&broker, client).await;
        }
        let mut shop = Transactional::start(&mut client, "shop", TIMEOUT).await.unwrap();
        assert_eq!(shop.protocol(), protocol);
        let (mut sequence, first) = (0, shop.producer());
        for committed in [true, false, true] {
            for partition in [0, 1] {
                assert!(shop.add(&mut client, "t", partition).await.unwrap());
                assert!(!shop.add(&mut client, "t", partition).await.unwrap());
                let batches = [(partition, batch(&shop, sequence))].into();
                client.produce_in(&shop, "t", batches).await.unwrap();
            }
            let found = client.describe_transaction("shop").await.unwrap();
            assert_eq!((found.state.as_str(), found.partitions.len()), ("Ongoing", 2));
            let before = shop.producer();
            shop.end(&mut client, committed).await.unwrap();
            let is_new = shop.producer() != before;
            assert_eq!(is_new, protocol == TransactionProtocol::Second);
            sequence = if is_new { 0 } else { sequence + 1 };
        }
        let raised = if protocol == TransactionProtocol::Second { 3 } else { 0 };
        assert_eq!((shop.producer().id, shop.producer().epoch), (first.id, first.epoch + raised));
        let mut reader = crate::client(&broker).await;
        reader.set_isolation(Isolation::ReadCommitted);
        let mut reader = Consumer::new(reader, OffsetAt::Earliest);
        reader.assign("t", &[0, 1], Start::Offset(0)).await.unwrap();
        let mut seen = 0;
        while seen < 4 {
            seen += reader.poll(TIMEOUT).await.unwrap().len();
        }
        assert_eq!(seen, 4);
        // An old epoch is nobody's.
        client.terminate_transaction("shop").await.unwrap();
        shop.add(&mut client, "t", 0).await.err();
        let late = [(0, batch(&shop, sequence))].into();
        assert!(client.produce_in(&shop, "t", late).await.is_err(), "{protocol:?}");
        broker.shutdown().await;
    }
}
