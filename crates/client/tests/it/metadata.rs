//! Topics that are made by asking for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use millstream_client::{Client, ClientOptions};
use millstream_wire::messages::metadata::{MetadataRequest, MetadataResponse, MetadataResponseTopic};
use millstream_wire::{ApiKey, ErrorCode};

use crate::scripted_broker::{Asked, Reply, start};

/// A broker that says so often that a topic is not there; and how often it was allowed to make one.
async fn broker(absent: usize, code: ErrorCode) -> (String, Arc<AtomicUsize>) {
    let allowed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&allowed);
    let script = move |asked: Asked| match asked.api {
        ApiKey::ApiVersions => Reply::Bytes(asked.versions(&[(ApiKey::Metadata, 12)])),
        ApiKey::Metadata => {
            let request: MetadataRequest = asked.request();
            let is_asked = request.topics.as_ref().is_some_and(|topics| !topics.is_empty());
            let is_allowed = is_asked && request.allow_auto_topic_creation;
            if !is_allowed || count.fetch_add(1, Ordering::Relaxed) >= absent {
                return Reply::Bytes(asked.metadata());
            }
            let row = |name| MetadataResponseTopic { name, error_code: code, ..Default::default() };
            let topics = request.topics.unwrap().into_iter().map(|topic| row(topic.name)).collect();
            let response = MetadataResponse { controller_id: 1, topics, ..Default::default() };
            Reply::Bytes(asked.answer::<MetadataRequest>(&response))
        }
        _ => Reply::Close,
    };
    (start(script).await, allowed)
}

#[tokio::test]
async fn a_topic_is_asked_for_until_it_is_made() {
    for code in [ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, ErrorCode::LEADER_NOT_AVAILABLE] {
        let (address, allowed) = broker(2, code).await;
        let mut client = Client::connect(&address).await.unwrap();
        assert_eq!(client.topic_or_made("t").await.unwrap().partitions.len(), 1, "{code}");
        assert_eq!(allowed.load(Ordering::Relaxed), 3, "{code}");
    }
}

#[tokio::test]
async fn a_broker_that_makes_none_is_believed() {
    let (address, allowed) = broker(usize::MAX, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION).await;
    let options = ClientOptions { retry_for: Duration::from_millis(50), ..ClientOptions::default() };
    let mut client = Client::connect_with(&address, options).await.unwrap();
    let error = client.topic_or_made("t").await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    assert_eq!(allowed.load(Ordering::Relaxed), 2);
}
