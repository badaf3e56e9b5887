//! AlterConfigs and IncrementalAlterConfigs: Kafka's error codes, and changes that hold at once.

use expect_test::{Expect, expect};
use millstream_wire::ErrorCode;
use millstream_wire::messages::alter_configs::{self, AlterConfigsRequest};
use millstream_wire::messages::describe_configs::{DescribeConfigsRequest, DescribeConfigsResource};
use millstream_wire::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterConfigsResourceResponse, AlterableConfig, IncrementalAlterConfigsRequest,
};

use crate::client::{Client, batch, broker, text};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;

fn change(resource_type: i8, name: &str, changes: &[(&str, i8, Option<&str>)]) -> AlterConfigsResource {
    let config = |(name, operation, value): &(&str, i8, Option<&str>)| AlterableConfig {
        name: (*name).into(),
        config_operation: *operation,
        value: value.map(Into::into),
    };
    AlterConfigsResource {
        resource_type,
        resource_name: name.into(),
        configs: changes.iter().map(config).collect(),
    }
}

async fn alter(
    client: &mut Client,
    resources: Vec<AlterConfigsResource>,
    validate_only: bool,
) -> Vec<AlterConfigsResourceResponse> {
    client.call(&IncrementalAlterConfigsRequest { resources, validate_only }, 1).await.responses
}

/// Value and source of one config.
async fn config(client: &mut Client, resource_type: i8, name: &str, key: &str) -> String {
    let resource = DescribeConfigsResource {
        resource_type,
        resource_name: name.into(),
        configuration_keys: Some(vec![key.into()]),
    };
    let request = DescribeConfigsRequest {
        resources: vec![resource],
        include_documentation: true,
        ..Default::default()
    };
    let response = client.call(&request, 4).await;
    let config = &response.results[0].configs[0];
    assert!(config.documentation.is_some(), "{key}");
    format!("{} from {}", config.value.as_deref().unwrap_or("null"), config.config_source)
}

fn check(responses: &[AlterConfigsResourceResponse], expected: &Expect) {
    let row = |row: &AlterConfigsResourceResponse| {
        format!("{}: {}\n", row.error_code.name(), row.error_message.as_deref().unwrap_or("-"))
    };
    expected.assert_eq(&responses.iter().map(row).collect::<String>());
}

#[tokio::test]
async fn refusals_are_kafkas() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    let set = |value| [("retention.ms", 0, Some(value))];
    let resources = vec![
        change(TOPIC, "t", &set("soon")),
        change(TOPIC, "none", &set("5")),
        change(TOPIC, "", &set("5")),
        change(BROKER, "1", &[("log.retention.ms", 0, Some("soon"))]),
        change(BROKER, "2", &[("log.retention.ms", 0, Some("5"))]),
        change(BROKER, "one", &[("log.retention.ms", 0, Some("5"))]),
        change(BROKER, "", &[("log.retention.check.interval.ms", 0, Some("5"))]),
        change(32, "g", &[("consumer.session.timeout.ms", 0, Some("5"))]),
        change(16, "c", &[("interval.ms", 0, Some("5"))]),
    ];
    let expected = expect![[r#"
        INVALID_CONFIG: Invalid value soon for configuration retention.ms: Not a number of type LONG
        UNKNOWN_TOPIC_OR_PARTITION: The topic 'none' does not exist.
        INVALID_REQUEST: Default topic resources are not allowed.
        INVALID_REQUEST: Invalid value soon for configuration log.retention.ms: Not a number of type LONG
        INVALID_REQUEST: Unexpected broker id, expected 1, but received 2
        INVALID_REQUEST: Node id must be an integer, but it is: one
        INVALID_REQUEST: Cannot update these configs dynamically: [log.retention.check.interval.ms]
        INVALID_CONFIG: consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms
        INVALID_REQUEST: Invalid value 5 for interval.ms, interval must be between 100 and 3600000 (1 hour)
    "#]];
    check(&alter(client, resources, false).await, &expected);
    for (changes, expected) in [
        (vec![("retention.ms", 0, None)], "Null value not supported for : retention.ms"),
        (vec![("retention.ms", 9, Some("5"))], "Unknown operations type 9"),
        (vec![("a", 0, Some("5")), ("a", 1, None)], "Error due to duplicate config keys"),
    ] {
        let rows = alter(client, vec![change(TOPIC, "t", &changes)], false).await;
        assert_eq!(rows[0].error_code, ErrorCode::INVALID_REQUEST);
        assert_eq!(rows[0].error_message.as_deref(), Some(expected));
    }
    for (changes, expected) in [
        (
            ("num.io.threads", 0, Some("1000")),
            "Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation \
             failed for num.io.threads=1000, value should not be greater than double the current value 8 for \
             configuration Invalid dynamic configuration",
        ),
        (
            ("num.io.threads", 0, Some("3")),
            "Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation \
             failed for num.io.threads=3, value should be at least half the current value 8 for configuration \
             Invalid dynamic configuration",
        ),
        (
            ("max.connections", 0, Some("-1")),
            "Invalid value -1 for configuration max.connections: Value must be at least 0",
        ),
    ] {
        let rows = alter(client, vec![change(BROKER, "1", &[changes])], false).await;
        assert_eq!(rows[0].error_code, ErrorCode::INVALID_REQUEST);
        assert_eq!(rows[0].error_message.as_deref(), Some(expected));
    }
    let twice = vec![change(TOPIC, "t", &set("5")), change(TOPIC, "t", &set("6"))];
    let rows = alter(client, twice, false).await;
    assert!(rows.iter().all(|row| row.error_code == ErrorCode::INVALID_REQUEST), "{rows:?}");
    assert_eq!(config(client, TOPIC, "t", "retention.ms").await, "604800000 from 5");
    broker.shutdown().await;
}

#[tokio::test]
async fn changes_hold_at_once_and_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let first = broker(dir.path()).await;
    let client = &mut Client::connect(&first).await;
    client.make_topic("t").await;
    let small = || vec![change(TOPIC, "t", &[("max.message.bytes", 0, Some("100"))])];
    assert!(alter(client, small(), true).await[0].error_code.is_none());
    assert!(client.produce("t", batch(&["x".repeat(200).as_str()]), 9).await.error_code.is_none());
    assert!(alter(client, small(), false).await[0].error_code.is_none());
    let refused = client.produce("t", batch(&["x".repeat(200).as_str()]), 9).await.error_code;
    assert_eq!(refused, ErrorCode::MESSAGE_TOO_LARGE);

    let defaults = vec![
        change(BROKER, "", &[("message.max.bytes", 0, Some("5000")), ("log.retention.ms", 0, Some("7"))]),
        change(BROKER, "1", &[("log.retention.ms", 0, Some("8"))]),
        change(TOPIC, "t", &[("max.message.bytes", 1, None), ("cleanup.policy", 2, Some("compact"))]),
    ];
    assert!(alter(client, defaults, false).await.iter().all(|row| row.error_code.is_none()));
    for _ in 0..2 {
        for (resource, name, key, expected) in [
            (TOPIC, "t", "max.message.bytes", "5000 from 3"),
            (TOPIC, "t", "retention.ms", "8 from 2"),
            (TOPIC, "t", "cleanup.policy", "delete,compact from 1"),
            (BROKER, "1", "log.retention.ms", "8 from 2"),
            (BROKER, "", "log.retention.ms", "7 from 3"),
            (BROKER, "1", "node.id", "1 from 4"),
        ] {
            assert_eq!(config(client, resource, name, key).await, expected, "{key}");
        }
    }
    let replaced = alter_configs::AlterConfigsResource {
        resource_type: TOPIC,
        resource_name: "t".into(),
        configs: vec![alter_configs::AlterableConfig { name: "segment.ms".into(), value: text("60000") }],
    };
    let request = AlterConfigsRequest { resources: vec![replaced], validate_only: false };
    assert!(client.call(&request, 2).await.responses[0].error_code.is_none());
    first.shutdown().await;
    let second = broker(dir.path()).await;
    let client = &mut Client::connect(&second).await;
    assert_eq!(config(client, TOPIC, "t", "cleanup.policy").await, "delete from 5");
    assert_eq!(config(client, TOPIC, "t", "segment.ms").await, "60000 from 1");
    second.shutdown().await;
}
