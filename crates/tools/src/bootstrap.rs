//! The broker that a command talks to, under the names that five generations of books have for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use millstream_client::{Client, ClientError, ClientOptions};
use millstream_cluster::parse_properties;
use millstream_wire::ErrorCode;

use crate::bounded_file::read_text;
use crate::command_line::remark;
use crate::failure::Failure;
use crate::nearest::nearest;

/// ZooKeeper's port, which nothing listens on any more.
const ZOOKEEPER_PORT: &str = "2181";
/// The longest file of settings, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// `--bootstrap-server` and what stood in its place before.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Bootstrap {
    /// The broker; several may be given, separated by commas
    #[arg(long, value_name = "HOST:PORT")]
    bootstrap_server: Option<String>,
    /// What --bootstrap-server was called before Kafka 3.0
    #[arg(long, value_name = "HOST:PORT", hide = true)]
    broker_list: Option<String>,
    /// What stood in the place of --bootstrap-server before Kafka 2.2
    #[arg(long, value_name = "HOST:PORT", hide = true)]
    zookeeper: Option<String>,
}

impl Bootstrap {
    /// The address to connect to.
    pub(crate) fn address(&self) -> Result<String, Failure> {
        if let Some(zookeeper) = &self.zookeeper {
            let address = self.bootstrap_server.clone().unwrap_or_else(|| broker_beside(zookeeper));
            remark(format!(
                "ZooKeeper is gone: since Kafka 4.0 commands talk to the broker, with --bootstrap-server; using {address}"
            ));
            return Ok(address);
        }
        if let (None, Some(list)) = (&self.bootstrap_server, &self.broker_list) {
            remark(format!("--broker-list is called --bootstrap-server since Kafka 3.0; using {list}"));
            return Ok(list.clone());
        }
        self.bootstrap_server.clone().ok_or_else(|| {
            Failure::with_way_out(
                "--bootstrap-server must be specified",
                "A broker on this machine is --bootstrap-server localhost:9092.",
            )
        })
    }

    /// Connects, as `client_id` unless the settings name another.
    pub(crate) async fn connect(&self, client_id: &str, settings: &Settings) -> Result<Client, Failure> {
        connect(&self.address()?, client_id, settings).await
    }
}

/// Connects to this address, as `client_id` unless the settings name another.
pub(crate) async fn connect(address: &str, client_id: &str, settings: &Settings) -> Result<Client, Failure> {
    let options = ClientOptions {
        client_id: settings.get("client.id").unwrap_or(client_id).to_owned(),
        request_timeout: settings.millis("request.timeout.ms")?.unwrap_or(Duration::from_secs(30)),
        retry_for: settings.millis("default.api.timeout.ms")?.unwrap_or(Duration::from_secs(10)),
        ..ClientOptions::default()
    };
    Client::connect_with(address, options).await.map_err(|error| unreachable(address, error))
}

/// The broker of the machine that ran ZooKeeper; a path behind the address was ZooKeeper's own.
fn broker_beside(zookeeper: &str) -> String {
    let first = zookeeper.split([',', '/']).next().unwrap_or_default();
    let host = first.rsplit_once(':').map_or(first, |(host, _)| host);
    format!("{}:9092", if host.is_empty() { "localhost" } else { host })
}

/// Why there is no connection, in a sentence, and what to do.
fn unreachable(address: &str, error: ClientError) -> Failure {
    let message = error.to_string();
    match error {
        ClientError::Address { .. } => Failure::new(format!("--bootstrap-server: {message}")),
        _ if address.split(',').any(|one| one.trim().ends_with(&format!(":{ZOOKEEPER_PORT}"))) => {
            Failure::with_way_out(
                message,
                format!(
                    "Port {ZOOKEEPER_PORT} was ZooKeeper's, which is gone: the broker listens on 9092, so try \
                     --bootstrap-server {}.",
                    broker_beside(address)
                ),
            )
        }
        ClientError::Connect { .. } => Failure::with_way_out(
            message,
            "No broker answers there: kafka-server-start config/server.properties (or millstream start) starts one, on \
             localhost:9092 if not told otherwise.",
        ),
        ClientError::Closed { .. } | ClientError::Timeout { .. } | ClientError::Malformed { .. } => {
            Failure::with_way_out(
                message,
                "Something listens there that is no Kafka broker. Kafka's port is 9092; the page's and Spark's doors \
                 have others.",
            )
        }
        _ => Failure::new(message),
    }
}

/// The error of a topic that is not there, with the name that was probably meant.
pub(crate) async fn no_such_topic(client: &mut Client, name: &str) -> Failure {
    topic_missing(client, name, format!("Topic '{name}' does not exist.")).await
}

/// The same with another first line.
pub(crate) async fn topic_missing(client: &mut Client, name: &str, message: String) -> Failure {
    let way_out = match near_topic(client, name).await {
        Some(near) => format!("Did you mean '{near}'?"),
        None => "kafka-topics --list shows the topics that there are.".to_owned(),
    };
    Failure::with_way_out(message, way_out)
}

/// The topic whose name is nearest to this one.
pub(crate) async fn near_topic(client: &mut Client, name: &str) -> Option<String> {
    let topics = client.describe_topics(None).await.ok()?;
    let visible = topics.iter().filter(|topic| !topic.is_internal).map(|topic| topic.name.as_str());
    nearest(name, visible).map(str::to_owned)
}

/// Does the error say that there is no such topic?
pub(crate) fn is_no_topic(error: &ClientError) -> bool {
    error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
}

/// A client's settings by Kafka's names, from a file and from `key=value` flags.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Reads the file, if one is named; `pairs` stand above it. `known` are the names that have an effect.
    pub(crate) fn read(
        file: Option<&PathBuf>,
        pairs: &[(String, String)],
        known: &[&str],
    ) -> Result<Self, Failure> {
        let mut settings = match file {
            Some(path) => read_file(path)?,
            None => Vec::new(),
        };
        settings.extend_from_slice(pairs);
        let settings = Self(settings.into_iter().collect());
        settings.refuse_unsafe()?;
        let always = ["client.id", "request.timeout.ms", "default.api.timeout.ms", "security.protocol"];
        let idle: Vec<&str> = settings.0.keys().map(String::as_str).collect();
        let idle: Vec<&str> =
            idle.into_iter().filter(|name| !known.contains(name) && !always.contains(name)).collect();
        if !idle.is_empty() {
            remark(format!("no effect here: {}", idle.join(", ")));
        }
        Ok(settings)
    }

    /// The same with one setting more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// The value of a setting.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A time in milliseconds.
    pub(crate) fn millis(&self, name: &str) -> Result<Option<Duration>, Failure> {
        let millis = |text: &str| text.trim().parse().map(Duration::from_millis);
        let wrong = |_| Failure::new(format!("{name}: a number of milliseconds is wanted"));
        self.get(name).map(millis).transpose().map_err(wrong)
    }

    /// A yes or no.
    pub(crate) fn is(&self, name: &str) -> Option<bool> {
        self.get(name).map(|text| text.trim().eq_ignore_ascii_case("true"))
    }

    /// Who asks for encryption must not get plain text.
    fn refuse_unsafe(&self) -> Result<(), Failure> {
        match self.get("security.protocol") {
            None | Some("PLAINTEXT") => Ok(()),
            Some(other) => Err(Failure::with_way_out(
                format!("security.protocol={other}: only PLAINTEXT is spoken here"),
                "Apache Kafka's own command speaks the others.",
            )),
        }
    }
}

/// The pairs of a properties file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<(String, String)>, Failure> {
    let failed = |reason: String| Failure::new(format!("{}: {reason}", path.display()));
    let text = read_text(path, MAX_FILE).map_err(|error| failed(error.to_string()))?;
    parse_properties(&text).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_broker_is_where_zookeeper_was() {
        let table = [
            ("localhost:2181", "localhost:9092"),
            ("zk1:2181,zk2:2181/kafka", "zk1:9092"),
            ("zk1", "zk1:9092"),
            ("", "localhost:9092"),
        ];
        for (zookeeper, broker) in table {
            assert_eq!(broker_beside(zookeeper), broker, "{zookeeper}");
        }
    }
}
