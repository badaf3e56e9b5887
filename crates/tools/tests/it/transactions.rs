//! Transactions, as their producer and as an administrator sees them.

use std::time::Duration;

use millstream_client::{TransactionFilter, Transactional};
use millstream_wire::ErrorCode;

use crate::{broker, topic};

const TIMEOUT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_transaction_is_listed_described_ended_and_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, mut client) = broker(folder.path()).await;
    topic(&mut client, "t", 2).await;
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
