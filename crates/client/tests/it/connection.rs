//! Agreeing on versions, and brokers that misbehave.

use std::time::Duration;

use bytes::Bytes;
use expect_test::{Expect, expect};
use millstream_client::{Client, ClientError, ClientOptions};
use millstream_wire::frame::encode_response;
use millstream_wire::messages::api_versions::{ApiVersion, ApiVersionsRequest, ApiVersionsResponse};
use millstream_wire::{ApiKey, ErrorCode};

use crate::scripted_broker::{Asked, Reply, start};

fn impatient() -> ClientOptions {
    ClientOptions {
        request_timeout: Duration::from_millis(200),
        retry_for: Duration::ZERO,
        ..ClientOptions::default()
    }
}

/// Describes all topics; the error's text, with the port taken out.
async fn failure(script: impl Fn(Asked) -> Reply + Send + Sync + Clone + 'static, expected: Expect) {
    let address = start(script).await;
    let outcome = async { Client::connect_with(&address, impatient()).await?.describe_topics(None).await };
    let error = outcome.await.unwrap_err();
    let port = address.rsplit_once(':').unwrap().1;
    expected.assert_eq(&error.to_string().replace(port, "PORT"));
}

#[tokio::test]
async fn an_old_broker_is_asked_again_in_version_0() {
    let script = |asked: Asked| match (asked.api, asked.version) {
        (ApiKey::ApiVersions, 0) => Reply::Bytes(asked.versions(&[(ApiKey::Metadata, 1)])),
        (ApiKey::ApiVersions, _) => {
            let refusal = ApiVersionsResponse {
                error_code: ErrorCode::UNSUPPORTED_VERSION,
                api_keys: vec![ApiVersion { api_key: 18, min_version: 0, max_version: 0 }],
                ..Default::default()
            };
            let frame = encode_response::<ApiVersionsRequest>(&refusal, 0, asked.correlation_id).unwrap();
            Reply::Bytes(frame.into_bytes())
        }
        (ApiKey::Metadata, version) => {
            assert_eq!(version, 1);
            Reply::Bytes(asked.metadata())
        }
        _ => Reply::Close,
    };
    let address = start(script).await;
    let mut client = Client::connect(&address).await.unwrap();
    let topics = client.describe_topics(Some(&["t"])).await.unwrap();
    assert_eq!((topics[0].name.as_str(), topics[0].partitions[0].leader), ("t", Some(1)));
    assert_eq!(client.cluster().brokers[&1].address(), address);
}

#[tokio::test]
async fn what_misbehaves_is_named() {
    let only = |apis: &'static [(ApiKey, i16)]| {
        move |asked: Asked| match asked.api {
            ApiKey::ApiVersions => Reply::Bytes(asked.versions(apis)),
            _ => Reply::Close,
        }
    };
    failure(
        |_| Reply::Close,
        expect!["the connection to 127.0.0.1:PORT broke during ApiVersions: the broker hung up"],
    )
    .await;
    failure(|_| Reply::Silence, expect!["no answer to ApiVersions from 127.0.0.1:PORT within 200 ms"]).await;
    failure(|_| Reply::Bytes(Bytes::from_static(b"HTTP/1.1 400 Bad Request\r\n\r\n")), expect!["the connection to 127.0.0.1:PORT broke during ApiVersions: an answer of 1213486160 bytes is announced, which is no Kafka response"]).await;
    failure(|_| Reply::Bytes(Bytes::from_static(b"\0\0\0\x02hi")), expect!["127.0.0.1:PORT answers ApiVersions with something that is no Kafka response: 4 bytes wanted at byte 0, 2 left"]).await;
    failure(|_| Reply::Bytes(Bytes::from_static(b"\x7f\xff\xff\xff")), expect!["the connection to 127.0.0.1:PORT broke during ApiVersions: an answer of 2147483647 bytes is announced, which is no Kafka response"]).await;
    failure(
        only(&[(ApiKey::Metadata, 12)]),
        expect!["the connection to 127.0.0.1:PORT broke during Metadata: the broker hung up"],
    )
    .await;
    failure(
        only(&[(ApiKey::Metadata, 0)]),
        expect!["127.0.0.1:PORT offers Metadata in versions 0-0, this client needs one in 1-13"],
    )
    .await;
    failure(
        only(&[]),
        expect!["127.0.0.1:PORT offers Metadata in no version, this client needs one in 1-13"],
    )
    .await;
}

#[tokio::test]
async fn an_answer_to_another_request_is_refused() {
    let script = |mut asked: Asked| {
        asked.correlation_id += 1;
        Reply::Bytes(asked.versions(&[]))
    };
    failure(
        script,
        expect![
            "the connection to 127.0.0.1:PORT broke during ApiVersions: the answer is to request 1, not 0"
        ],
    )
    .await;
}

#[tokio::test]
async fn a_connection_that_was_given_up_is_opened_again() {
    let is_first = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let script = move |asked: Asked| match asked.api {
        ApiKey::ApiVersions => Reply::Bytes(asked.versions(&[(ApiKey::Metadata, 12)])),
        _ if is_first.swap(false, std::sync::atomic::Ordering::SeqCst) => Reply::Silence,
        _ => Reply::Bytes(asked.metadata()),
    };
    let address = start(script).await;
    let mut client = Client::connect_with(&address, impatient()).await.unwrap();
    let error = client.describe_topics(Some(&["t"])).await.unwrap_err();
    assert!(matches!(error, ClientError::Timeout { api: ApiKey::Metadata, .. }), "{error}");
    assert_eq!(client.describe_topics(Some(&["t"])).await.unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_listens() {
    let error = Client::connect("127.0.0.1:1").await.unwrap_err();
    assert!(error.to_string().starts_with("cannot connect to 127.0.0.1:1: "), "{error}");
}
