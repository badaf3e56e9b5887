//! Groups and their offsets, from outside and from inside.

use std::time::Duration;

use millstream_client::{GroupConsumer, OffsetAt};
use millstream_wire::ErrorCode;

use crate::{broker, client, fill, topic};

const WAIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_group_is_listed_described_moved_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, mut admin) = broker(folder.path()).await;
    topic(&mut admin, "t", 2).await;
    fill(&broker, "t", 2).await;
    let mut consumer = GroupConsumer::new(client(&broker).await, "g", vec!["t".into()], OffsetAt::Earliest);
    let mut count = 0;
    while count < 2 {
        count += consumer.poll(WAIT).await.unwrap().len();
    }
    consumer.commit().await.unwrap();
    let group = admin.describe_group("g").await.unwrap();
    assert_eq!((group.state.as_str(), group.assignor.as_str()), ("Stable", "range"));
    let member = group.members.first().unwrap();
    assert_eq!(member.assignment.get("t"), Some(&vec![0, 1]));
    assert_eq!(group.coordinator.id, 7);
    assert_eq!(admin.delete_group("g").await.unwrap_err().code(), Some(ErrorCode::NON_EMPTY_GROUP));

    consumer.close().await.unwrap();
    let listed = admin.list_groups().await.unwrap();
    assert_eq!(listed.iter().map(|group| group.group.as_str()).collect::<Vec<_>>(), ["g"]);
    assert_eq!(admin.describe_group("g").await.unwrap().state, "Empty");

    let partition = |index| ("t".to_owned(), index);
    admin.set_offsets("g", &[(partition(0), 0)].into_iter().collect()).await.unwrap();
    let committed = admin.committed_offsets("g").await.unwrap();
    let offsets: Vec<_> = committed.values().map(|committed| committed.offset).collect();
    assert_eq!(offsets, [0, 1]);

    let outcome = admin.delete_offsets("g", &[partition(0)]).await.unwrap();
    assert_eq!(outcome.get(&partition(0)), Some(&ErrorCode::NONE));
    assert_eq!(admin.committed_offsets("g").await.unwrap().into_keys().collect::<Vec<_>>(), [partition(1)]);

    admin.delete_group("g").await.unwrap();
    assert_eq!(admin.describe_group("g").await.unwrap_err().code(), Some(ErrorCode::GROUP_ID_NOT_FOUND));
    broker.shutdown().await;
}

#[tokio::test]
async fn a_consumer_that_only_leaves_commits_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (broker, mut admin) = broker(folder.path()).await;
    topic(&mut admin, "t", 1).await;
    fill(&broker, "t", 1).await;
    let mut consumer = GroupConsumer::new(client(&broker).await, "g", vec!["t".into()], OffsetAt::Earliest);
    assert_eq!(consumer.poll(WAIT).await.unwrap().len(), 1);
    consumer.leave().await.unwrap();
    assert!(admin.committed_offsets("g").await.unwrap().is_empty());
    broker.shutdown().await;
}
