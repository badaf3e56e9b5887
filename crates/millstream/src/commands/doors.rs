//! The flags that `start` and `demo` share: data directory, the three doors, cluster id, broker settings.

use crate::data_dir::DataDir;
use crate::error::CommandError;
use crate::logging::LogFormat;
use crate::server::{Doors, ServerOptions};
use clap::Args;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a server keeps its data and listens.
#[derive(Debug, Args)]
pub struct DoorFlags {
    /// Where the data lies [default: $XDG_DATA_HOME/millstream; demo: a fresh temporary directory]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Kafka clients knock here; `off` closes the door, port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9092")]
    pub kafka: Door,
    /// PySpark programs knock here (Spark Connect)
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:15002")]
    pub spark: Door,
    /// Browsers knock here
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    pub console: Door,
    /// The cluster's id when the data directory is new: any name [default: a random one of Kafka's form]
    #[arg(long, value_name = "ID")]
    pub cluster_id: Option<String>,
    /// A broker setting by its Kafka name, for instance num.partitions=3; may be given more than once
    #[arg(long = "override", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Print the addresses as one line of JSON
    #[arg(long)]
    pub json: bool,
    /// How log lines look [default: $MILLSTREAM_LOG_FORMAT, or text]
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = false)]
    pub log_format: Option<LogFormat>,
}

impl DoorFlags {
    /// The pairs of `--override`.
    pub fn overrides(&self) -> Result<Vec<(String, String)>, CommandError> {
        self.overrides.iter().map(|pair| key_value(pair)).collect()
    }

    /// What the server needs to know, with `data` resolved by the caller.
    pub fn server_options(&self, data: DataDir) -> Result<ServerOptions, CommandError> {
        let overrides = self.overrides()?;
        Ok(ServerOptions {
            data,
            doors: Doors {
                kafka: self.kafka.0.clone(),
                spark: self.spark.0.clone(),
                console: self.console.0.clone(),
            },
            cluster_id: self.cluster_id.clone(),
            overrides,
        })
    }
}

fn key_value(pair: &str) -> Result<(String, String), CommandError> {
    match pair.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(CommandError::usage(format!(
            "--override '{pair}': expected KEY=VALUE, such as num.partitions=3"
        ))),
    }
}

/// One door's address, or none when it is `off`.
#[derive(Debug, Clone)]
pub struct Door(pub Option<(String, u16)>);

impl FromStr for Door {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self(None));
        }
        let expected = "expected HOST:PORT such as 127.0.0.1:9092, or off";
        let (host, port) = text.rsplit_once(':').ok_or(expected)?;
        let port = port.parse().map_err(|_| format!("'{port}' is no port (0 to 65535); {expected}"))?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() { Err(expected.to_owned()) } else { Ok(Self(Some((host.to_owned(), port)))) }
    }
}

#[cfg(test)]
mod tests {
    use super::Door;

    #[test]
    fn a_door_is_an_address_or_off() {
        let table = [
            ("off", Some(None)),
            ("127.0.0.1:9092", Some(Some(("127.0.0.1", 9092)))),
            ("[::1]:0", Some(Some(("::1", 0)))),
            ("localhost:1", Some(Some(("localhost", 1)))),
            ("9092", None),
            (":9092", None),
            ("host:99999", None),
        ];
        for (text, expected) in table {
            let door = text.parse::<Door>().ok().map(|door| door.0);
            let expected = expected.map(|door| door.map(|(host, port)| (host.to_owned(), port)));
            assert_eq!(door, expected, "{text}");
        }
    }
}
