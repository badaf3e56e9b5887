//! Settings, partitions, the quorum.

use millstream_client::{ConfigResource, ConfigSource};
use millstream_wire::ErrorCode;

use crate::{broker, topic};

#[tokio::test]
async fn settings_are_set_shown_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, mut client) = broker(folder.path()).await;
    topic(&mut client, "t", 1).await;
    let resource = ConfigResource::Topic("t".into());
    let set = [("retention.ms".to_owned(), "1000".to_owned())];
    client.alter_configs(&resource, &set, &[]).await.unwrap();
    let found = client.describe_configs(&resource, Some(&["retention.ms"])).await.unwrap();
    let entry = found.first().unwrap();
    assert_eq!((entry.value.as_deref(), entry.source), (Some("1000"), ConfigSource::DynamicTopic));
    assert_eq!(entry.synonyms.first().unwrap().source, ConfigSource::DynamicTopic);

    client.alter_configs(&resource, &[], &["retention.ms".to_owned()]).await.unwrap();
    let found = client.describe_configs(&resource, Some(&["retention.ms"])).await.unwrap();
    assert_ne!(found.first().unwrap().value.as_deref(), Some("1000"));

    let unknown = [("no.such".to_owned(), "1".to_owned())];
    let refused = client.alter_configs(&resource, &unknown, &[]).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::INVALID_CONFIG));
    broker.shutdown().await;
}

#[tokio::test]
async fn a_topic_gets_more_partitions_and_never_fewer() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, mut client) = broker(folder.path()).await;
    topic(&mut client, "t", 1).await;
    client.create_partitions("t", 3, None).await.unwrap();
    assert_eq!(client.topic("t").await.unwrap().partitions.len(), 3);
    let refused = client.create_partitions("t", 2, None).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::INVALID_PARTITIONS));
    broker.shutdown().await;
}

#[tokio::test]
async fn the_node_id_is_the_same_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, mut client) = broker(folder.path()).await;
    topic(&mut client, "t", 1).await;
    let quorum = client.describe_quorum().await.unwrap();
    assert_eq!((quorum.leader, quorum.voters.first().unwrap().id), (7, 7));
    assert_eq!(client.cluster().brokers.keys().copied().collect::<Vec<_>>(), [7]);
    assert_eq!(client.topic("t").await.unwrap().partitions.first().unwrap().leader, Some(7));
    assert_eq!(client.describe_group("none").await.unwrap_err().code(), Some(ErrorCode::GROUP_ID_NOT_FOUND));
    let leaders = client.eligible_leaders(&["t"]).await.unwrap();
    assert_eq!(leaders.get(&("t".to_owned(), 0)).unwrap().eligible, Some(vec![]));
    broker.shutdown().await;
}

#[tokio::test]
async fn a_topic_is_made_by_the_broker_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, mut client) = broker(folder.path()).await;
    assert!(client.topic("new").await.is_err());
    assert_eq!(client.topic_or_made("new").await.unwrap().partitions.len(), 1);
    assert!(client.topic("new").await.is_ok());
    broker.shutdown().await;
}

#[tokio::test]
async fn throttles_are_set_before_partitions_move_and_taken_back_after() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, mut client) = broker(folder.path()).await;
    let name = "leader.replication.throttled.rate".to_owned();
    for resource in [ConfigResource::Broker(Some(7)), ConfigResource::Broker(None)] {
        client.alter_configs(&resource, &[(name.clone(), "1000".into())], &[]).await.unwrap();
        client.alter_configs(&resource, &[], std::slice::from_ref(&name)).await.unwrap();
    }
    broker.shutdown().await;
}
