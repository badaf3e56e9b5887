//! A running Millstream: broker, engine, Spark door and page on one data directory, started and stopped as one.
//!
//! Invariant: nothing is half started. Addresses are bound before anything is opened, and what was opened is closed
//! again when a later step fails.

mod listen;

use crate::adapters::{House, OwnTopics, ReachableTopics};
use crate::data_dir::DataDir;
use crate::error::CommandError;
use crate::logging::process_loggers;
use listen::Listening;
use millstream_broker::{Broker, BrokerConfig, ListenAddress, StartError};
use millstream_console::{self as console, model};
use millstream_engine::{Connectors, ConsoleOut, Engine, EngineConfig};
use millstream_rabbitmq::RabbitMq;
use millstream_spark::Attached;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long open connections of the Spark door and the page may take to end once the server stops.
const DOORS_PATIENCE: Duration = Duration::from_secs(1);

/// A door's address as given, or `None` when it is off.
type DoorAddress = Option<(String, u16)>;

/// The three doors.
#[derive(Debug, Clone)]
pub struct Doors {
    /// Kafka's protocol.
    pub kafka: DoorAddress,
    /// Spark Connect.
    pub spark: DoorAddress,
    /// The page.
    pub console: DoorAddress,
}

/// What a server is started with.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Where it keeps its data.
    pub data: DataDir,
    /// Where it listens.
    pub doors: Doors,
    /// The cluster id of a new data directory.
    pub cluster_id: Option<String>,
    /// Broker settings by their Kafka names.
    pub overrides: Vec<(String, String)>,
}

/// Where a running server is: what `start` prints.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// `HOST:PORT` of Kafka's door.
    pub kafka: Option<String>,
    /// `HOST:PORT` of the Spark door.
    pub spark: Option<String>,
    /// `HOST:PORT` of the page.
    pub console: Option<String>,
    /// The data directory.
    pub data_dir: String,
    /// The cluster's id.
    pub cluster_id: String,
}

/// A running server. Stop it with [`Server::stop`]; dropping it ends the process's work without a clean mark.
#[derive(Debug)]
pub struct Server {
    broker: Broker,
    topics: Arc<ReachableTopics>,
    engine: Arc<Engine>,
    doors: JoinSet<()>,
    attached: Attached,
    stopping: watch::Sender<bool>,
    summary: Summary,
}

impl Server {
    /// Binds, opens, recovers and serves.
    pub async fn start(options: ServerOptions) -> Result<Self, CommandError> {
        let config = broker_config(&options)?;
        let auto_create = config.auto_create_topics;
        let advertised = config.advertised.as_ref().map(|end| format!("{}:{}", end.host, end.port));
        let spark = bind("--spark", options.doors.spark.as_ref()).await?;
        let page = bind("--console", options.doors.console.as_ref()).await?;
        let broker = Broker::start(config).await.map_err(|error| cannot_start(&error))?;
        broker.addresses().iter().for_each(|address| listen::warn_beyond_loopback("--kafka", *address));
        let own = OwnTopics::new(broker.topics(), own_addresses(&broker, advertised), auto_create);
        let topics = Arc::new(ReachableTopics::new(own));
        let engine = match engine(&options, Arc::clone(&topics)) {
            Ok(engine) => engine,
            Err(error) => {
                broker.shutdown().await;
                return Err(error);
            }
        };
        let address = |door: &Option<Listening>| door.as_ref().map(|door| door.address.to_string());
        let summary = Summary {
            kafka: broker.addresses().first().map(ToString::to_string),
            spark: address(&spark),
            console: address(&page),
            data_dir: options.data.path().display().to_string(),
            cluster_id: broker.cluster_id().to_owned(),
        };
        let (stopping, _) = watch::channel(false);
        let (doors, attached) = (JoinSet::new(), Attached::default());
        let mut server = Self { broker, topics, engine, doors, attached, stopping, summary };
        server.open_doors(spark, page);
        Ok(server)
    }

    /// Where it is.
    pub fn summary(&self) -> Summary {
        self.summary.clone()
    }

    /// The engine, for queries of this process's own.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The topics as the engine reaches them.
    pub fn topic_store(&self) -> Arc<ReachableTopics> {
        Arc::clone(&self.topics)
    }

    /// The broker, for topics of this process's own.
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    /// The programs of `millstream submit` on it.
    pub fn attached(&self) -> &Attached {
        &self.attached
    }

    /// Closes the doors, ends the queries, then the broker: everything that was acknowledged is on disk.
    pub async fn stop(mut self) {
        self.stopping.send_replace(true);
        self.engine.shutdown().await;
        let doors = async { while self.doors.join_next().await.is_some() {} };
        if tokio::time::timeout(DOORS_PATIENCE, doors).await.is_err() {
            self.doors.abort_all();
        }
        self.broker.shutdown().await;
    }

    fn open_doors(&mut self, spark: Option<Listening>, page: Option<Listening>) {
        if let Some(spark) = spark {
            let (engine, attached) = (Arc::clone(&self.engine), self.attached.clone());
            let stopping = self.stopping();
            self.doors.spawn(async move {
                if let Err(error) = millstream_spark::serve(spark.listeners, engine, attached, stopping).await
                {
                    tracing::error!("the Spark door is closed: {error}");
                }
            });
        }
        if let Some(page) = page {
            let house = Arc::new(self.house());
            let options = console::Options::default();
            let stopping = self.stopping();
            self.doors.spawn(async move {
                if let Err(error) = console::serve(page.listeners, house, options, stopping).await {
                    tracing::error!("the page's door is closed: {error}");
                }
            });
        }
    }

    fn stopping(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stopping = self.stopping.subscribe();
        async move {
            // An error means that the server is gone, which is a stop as well.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }

    fn house(&self) -> House {
        let doors = model::Doors {
            kafka: self.summary.kafka.clone(),
            spark: self.summary.spark.clone(),
            console: self.summary.console.clone(),
        };
        let cluster = model::Cluster {
            cluster_id: self.summary.cluster_id.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            doors,
            ..model::Cluster::default()
        };
        House::new(cluster, self.broker.topics(), self.broker.activity(), Arc::clone(&self.engine))
    }
}

/// The broker's reason, with the flag that leads out.
fn cannot_start(error: &StartError) -> CommandError {
    match error {
        StartError::AddressTaken { .. } | StartError::AddressUnusable { .. } => {
            listen::refusal("--kafka", error)
        }
        _ => CommandError::with_way_out(
            error.to_string(),
            "the flag for that is --data-dir DIR; in a server.properties it is log.dirs",
        ),
    }
}

fn broker_config(options: &ServerOptions) -> Result<BrokerConfig, CommandError> {
    let mut config = BrokerConfig::new(options.data.kafka());
    config.cluster_id.clone_from(&options.cluster_id);
    config.listen = options.doors.kafka.as_ref().map(|(host, port)| ListenAddress::new(host.clone(), *port));
    for (key, value) in &options.overrides {
        config.set(key, value).map_err(|error| CommandError::usage(format!("--override: {error}")))?;
    }
    if let Some(loggers) = process_loggers() {
        config.loggers = loggers;
    }
    let idle: Vec<&str> = config.without_effect().collect();
    if !idle.is_empty() {
        tracing::info!("no effect here: {}", idle.join(", "));
    }
    Ok(config)
}

async fn bind(flag: &str, door: Option<&(String, u16)>) -> Result<Option<Listening>, CommandError> {
    match door {
        Some((host, port)) => listen::bind(flag, host, *port).await.map(Some),
        None => Ok(None),
    }
}

fn engine(options: &ServerOptions, topics: Arc<ReachableTopics>) -> Result<Arc<Engine>, CommandError> {
    let config = EngineConfig {
        directory: options.data.engine(),
        topics,
        console: ConsoleOut::stdout(),
        connectors: Connectors::new(vec![Arc::new(RabbitMq)]),
    };
    Engine::new(config).map_err(|error| CommandError::failed(error.to_string()))
}

/// Every `HOST:PORT` by which a program on this machine, or one that was told the advertised name, names this broker.
fn own_addresses(broker: &Broker, advertised: Option<String>) -> Vec<String> {
    let mut own: Vec<String> = broker.addresses().iter().map(ToString::to_string).collect();
    let ports: Vec<u16> = broker.addresses().iter().map(std::net::SocketAddr::port).collect();
    for port in ports {
        own.extend([format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("[::1]:{port}")]);
    }
    own.extend(advertised);
    own.sort();
    own.dedup();
    own
}
