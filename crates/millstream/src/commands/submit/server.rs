//! The server that a program runs on: named, found on this machine, or started inside of this process.

use crate::data_dir::DataDir;
use crate::error::CommandError;
use crate::server::{Doors, Server, ServerOptions};
use crate::signals;
use std::time::Duration;
use std::{env, net};
use tokio::net::TcpStream;
use uuid::Uuid;

const LOOPBACK: &str = "127.0.0.1";
const SPARK_PORT: u16 = 15002;
const KAFKA_PORT: u16 = 9092;
const CONSOLE_PORT: u16 = 8080;
/// A server on this machine answers at once or not at all.
const KNOCK: Duration = Duration::from_millis(500);
/// What ends together with the program (the kernels of a Jupyter) has ended by then.
const LAST_ENDS: Duration = Duration::from_millis(500);

/// Where the program runs, and as what.
#[derive(Debug)]
pub struct Target {
    /// `HOST:PORT` of the Spark door.
    pub address: String,
    /// The program's session.
    pub session_id: String,
    /// Whose it is.
    pub user: String,
    /// Parameters that the user gave with the address, such as `token=...`.
    parameters: Vec<String>,
    own: Option<Box<Server>>,
    /// The command that asks, for what is said in the terminal.
    command: &'static str,
}

impl Target {
    /// The server of `--remote` or `$SPARK_REMOTE`; else the one on this machine; else one of our own.
    pub async fn find_or_start(command: &'static str, remote: Option<&str>) -> Result<Self, CommandError> {
        let named = remote.map(|url| ("--remote", url.to_owned()));
        let named = named.or_else(|| env::var("SPARK_REMOTE").ok().map(|url| ("$SPARK_REMOTE", url)));
        if let Some((origin, url)) = named {
            let (address, parameters) = parse(origin, &url)?;
            return Ok(Self::new(command, address, parameters, None));
        }
        let address = format!("{LOOPBACK}:{SPARK_PORT}");
        if answers(&address).await {
            return Ok(Self::new(command, address, Vec::new(), None));
        }
        let server = Box::new(Box::pin(Server::start(options()?)).await?);
        let summary = server.summary();
        let address = summary.spark.ok_or_else(|| CommandError::failed("the Spark door did not open"))?;
        let page = summary.console.map(|address| format!(", page http://{address}")).unwrap_or_default();
        let kafka = summary.kafka.unwrap_or_default();
        eprintln!("{command}: no server was running, started one: Kafka {kafka}, Spark sc://{address}{page}");
        Ok(Self::new(command, address, Vec::new(), Some(server)))
    }

    fn new(
        command: &'static str,
        address: String,
        parameters: Vec<String>,
        own: Option<Box<Server>>,
    ) -> Self {
        let given = |name: &str| {
            parameters.iter().find_map(|p| p.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
        };
        let session_id = given("session_id").unwrap_or_else(|| Uuid::new_v4().to_string());
        let user = given("user_id").or_else(|| env::var("USER").ok()).unwrap_or_else(|| "user".to_owned());
        Self { address, session_id, user, parameters, own, command }
    }

    /// The address as PySpark wants it, for one program: all that it opens is this session.
    pub fn url(&self) -> String {
        self.url_with(&[format!("session_id={}", self.session_id), format!("user_id={}", self.user)])
    }

    /// The address for many programs, each with a session of its own.
    pub fn shared_url(&self) -> String {
        self.url_with(&[format!("user_id={}", self.user)])
    }

    fn url_with(&self, ours: &[String]) -> String {
        let theirs =
            self.parameters.iter().filter(|p| !p.starts_with("session_id=") && !p.starts_with("user_id="));
        let all: Vec<_> = ours.iter().chain(theirs).map(String::as_str).collect();
        format!("sc://{}/;{}", self.address, all.join(";"))
    }

    /// Stops the server, if it is ours, once the programs that joined it have ended too. Ctrl-C stops it at once.
    pub async fn stop(self) {
        let Some(server) = self.own else { return };
        let ended = tokio::time::timeout(LAST_ENDS, server.attached().none()).await;
        if ended.is_err() {
            eprintln!(
                "{}: the program has ended; another one runs on the server that was started here, which stays \
                 until that ends (Ctrl-C ends both)",
                self.command
            );
            tokio::select! {
                () = server.attached().none() => {}
                () = signals::stop_requested() => {}
            }
        }
        server.stop().await;
    }
}

/// `sc://HOST[:PORT][/;name=value;...]`.
fn parse(origin: &str, url: &str) -> Result<(String, Vec<String>), CommandError> {
    let wrong = || {
        CommandError::usage(format!(
            "{origin} '{url}': expected sc://HOST:PORT, such as sc://127.0.0.1:15002"
        ))
    };
    let rest = url.strip_prefix("sc://").ok_or_else(wrong)?;
    let (address, parameters) = rest.split_once("/;").unwrap_or((rest.trim_end_matches('/'), ""));
    if address.is_empty() || address.contains('/') {
        return Err(wrong());
    }
    let has_port = address.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let address = if has_port { address.to_owned() } else { format!("{address}:{SPARK_PORT}") };
    Ok((address, parameters.split(';').filter(|p| !p.is_empty()).map(str::to_owned).collect()))
}

async fn answers(address: &str) -> bool {
    matches!(tokio::time::timeout(KNOCK, TcpStream::connect(address)).await, Ok(Ok(_)))
}

/// The doors where a program expects them. A port that something else has (another Kafka, another page) is left to
/// it: the program can still reach it by its address.
fn options() -> Result<ServerOptions, CommandError> {
    let door = |port: u16| {
        let free = net::TcpListener::bind((LOOPBACK, port)).is_ok();
        Some((LOOPBACK.to_owned(), if free { port } else { 0 }))
    };
    Ok(ServerOptions {
        data: DataDir::resolve(None)?,
        doors: Doors { kafka: door(KAFKA_PORT), spark: door(SPARK_PORT), console: door(CONSOLE_PORT) },
        cluster_id: None,
        overrides: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let cases = [
            ("sc://127.0.0.1:15002", Some(("127.0.0.1:15002", ""))),
            ("sc://host", Some(("host:15002", ""))),
            ("sc://host:1/;token=x;user_id=me", Some(("host:1", "token=x;user_id=me"))),
            ("sc://host:1/", Some(("host:1", ""))),
            ("host:1", None),
            ("local[*]", None),
            ("sc://", None),
        ];
        for (url, expected) in cases {
            let found =
                parse("--remote", url).ok().map(|(address, parameters)| (address, parameters.join(";")));
            let expected = expected.map(|(address, parameters)| (address.to_owned(), parameters.to_owned()));
            assert_eq!(found, expected, "{url}");
        }
    }

    #[test]
    fn the_url_carries_the_session() {
        let target = Target::new("test", "h:1".into(), vec!["token=x".into(), "user_id=me".into()], None);
        assert_eq!(target.url(), format!("sc://h:1/;session_id={};user_id=me;token=x", target.session_id));
        assert_eq!(target.shared_url(), "sc://h:1/;user_id=me;token=x");
    }
}
