//! Settings from environment variables, as Apache Kafka's container image takes them: `KAFKA_LOG_DIRS` is `log.dirs`.

/// What every such variable's name begins with.
const PREFIX: &str = "KAFKA_";
/// Variables of Kafka's scripts and of its image, which are no settings of the server.
const NO_SETTINGS: [&str; 18] = [
    "KAFKA_CLUSTER_ID",
    "KAFKA_DEBUG",
    "KAFKA_GC_LOG_OPTS",
    "KAFKA_HEAP_OPTS",
    "KAFKA_HOME",
    "KAFKA_JMX_HOSTNAME",
    "KAFKA_JMX_OPTS",
    "KAFKA_JMX_PORT",
    "KAFKA_JVM_PERFORMANCE_OPTS",
    "KAFKA_LOG4J_CMD_OPTS",
    "KAFKA_LOG4J_LOGGERS",
    "KAFKA_LOG4J_OPTS",
    "KAFKA_LOG4J_ROOT_LOGLEVEL",
    "KAFKA_MODE",
    "KAFKA_OPTS",
    "KAFKA_TOOLS_LOG4J_LOGLEVEL",
    "KAFKA_VERSION",
    "KAFKA_VERSIONS",
];

/// The settings among these variables, by key.
pub fn settings_of_environment(
    variables: impl IntoIterator<Item = (String, String)>,
) -> Vec<(String, String)> {
    let mut settings: Vec<_> = variables
        .into_iter()
        .filter(|(name, _)| !NO_SETTINGS.contains(&name.as_str()))
        .filter_map(|(name, value)| Some((key(name.strip_prefix(PREFIX)?)?, value)))
        .collect();
    settings.sort();
    settings
}

/// One underscore is a dot, two are an underscore, three a dash; in lower case.
fn key(name: &str) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    let name = name.replace("___", "-").replace("__", "\u{0}").replace('_', ".").replace('\u{0}', "_");
    Some(name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_turned_into_keys() {
        let table = [
            ("KAFKA_LOG_DIRS", Some("log.dirs")),
            ("KAFKA_NUM_PARTITIONS", Some("num.partitions")),
            ("KAFKA_LISTENER_NAME_DOCKER_SSL__KEY", Some("listener.name.docker.ssl_key")),
            ("KAFKA_A___B", Some("a-b")),
            ("KAFKA_MILLSTREAM_SPARK_LISTENER", Some("millstream.spark.listener")),
            ("KAFKA_HEAP_OPTS", None),
            ("KAFKA_CLUSTER_ID", None),
            ("KAFKA_", None),
            ("LOG_DIR", None),
            ("PATH", None),
        ];
        for (name, expected) in table {
            let found = settings_of_environment([(name.to_owned(), "x".to_owned())]);
            assert_eq!(found.first().map(|(key, _)| key.as_str()), expected, "{name}");
        }
    }
}
