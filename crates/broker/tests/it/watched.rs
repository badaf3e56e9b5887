//! What the page asks for: groups, connections, settings and files of a running broker.

use millstream_broker::ConfigOwner;
use millstream_wire::messages::api_versions::ApiVersionsRequest;
use millstream_wire::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use millstream_wire::{ApiKey, ErrorCode};

use crate::client::{Client, batch, broker, text};
use crate::restart::commit;

const TOPIC: i8 = 2;

#[tokio::test]
async fn a_connection_says_who_it_is_and_what_it_did() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    let who =
        ApiVersionsRequest { client_software_name: "cat".into(), client_software_version: "1.7".into() };
    client.call(&who, 3).await;
    let [seen] = broker.activity().connections().try_into().unwrap();
    assert_eq!((seen.software_name.as_str(), seen.software_version.as_str()), ("cat", "1.7"));
    assert_eq!((seen.api, seen.requests), (Some((ApiKey::ApiVersions, 3)), 1));
    assert!(seen.bytes_in > 0 && seen.bytes_out > seen.bytes_in && seen.last >= seen.since, "{seen:?}");
    assert_eq!(broker.activity().connections_opened(), 1);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_group_says_how_far_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    client.produce("t", batch(&["a", "b", "c"]), 9).await;
    commit(client, 1).await;
    let activity = broker.activity();
    let [listed] = activity.groups().try_into().unwrap();
    assert_eq!((listed.group.as_str(), listed.state.as_str(), listed.protocol), ("g", "Empty", "classic"));
    let group = activity.group("g").unwrap();
    let offset = &group.view.offsets[0];
    assert_eq!((offset.committed, offset.high_watermark, offset.lag), (1, 3, 2));
    assert!(offset.committed_ms > 0 && group.members.is_empty(), "{group:?}");
    assert!(activity.group("h").is_none());
    assert!(activity.flushes().count > 0 && !activity.flushes().quantiles.is_empty());
    broker.shutdown().await;
}

#[tokio::test]
async fn settings_say_where_they_come_from_and_files_where_they_lie() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    client.produce("t", batch(&["a"]), 9).await;
    let config = AlterableConfig { name: "retention.ms".into(), value: text("60000"), ..Default::default() };
    let resource =
        AlterConfigsResource { resource_type: TOPIC, resource_name: "t".into(), configs: vec![config] };
    let alter = IncrementalAlterConfigsRequest { resources: vec![resource], ..Default::default() };
    assert_eq!(client.call(&alter, 1).await.responses[0].error_code, ErrorCode::NONE);
    let activity = broker.activity();
    let configs = activity.configs(ConfigOwner::Topic("t")).unwrap();
    let named = |name: &str| configs.iter().find(|config| config.name == name).unwrap();
    let retention = named("retention.ms");
    assert_eq!((retention.value.as_deref(), retention.source), (Some("60000"), "DYNAMIC_TOPIC_CONFIG"));
    assert!(retention.has_effect);
    assert!(named("min.cleanable.dirty.ratio").has_effect && !named("min.insync.replicas").has_effect);
    assert!(activity.configs(ConfigOwner::Topic("u")).is_none());
    assert!(activity.configs(ConfigOwner::Broker).unwrap().len() > 50);

    let (path, listing) = activity.files("t", 0, 10).unwrap().unwrap();
    assert!(path.ends_with("t-0"), "{path}");
    let names: Vec<&str> = listing.segments[0].files.iter().map(|file| file.name.as_str()).collect();
    assert!(names.contains(&"00000000000000000000.log"), "{names:?}");
    assert!(listing.others.iter().any(|file| file.name == "partition.metadata"), "{listing:?}");
    assert!(activity.files("t", 1, 10).is_none() && activity.files("u", 0, 10).is_none());
    broker.shutdown().await;
}
