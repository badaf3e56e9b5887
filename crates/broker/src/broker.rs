//! A running broker: what starts it, what it tells about itself, what stops it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use millstream_cluster::controller::TopicDefaults;
use millstream_cluster::{BrokerEndpoint, Metadata, MetadataError, OpenOptions};
use millstream_log::OpenError;
use millstream_log::disk::{Disk, RealDisk};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::activity::Activity;
use crate::admission::MemoryPool;
use crate::catalog::Catalog;
use crate::cleaner;
use crate::closing::{self, Closing, Shutdown, Tie};
use crate::config::BrokerConfig;
use crate::connections::Connections;
use crate::data_dir::DataDir;
use crate::error::StartError;
use crate::fetch_sessions::FetchSessions;
use crate::flusher::Flusher;
use crate::groups::Groups;
use crate::inside::Topics;
use crate::limits::LimitHits;
use crate::listener::{self, ConnectionLimits};
use crate::request_times::RequestTimes;
use crate::retention::RetentionClock;
use crate::shared::Shared;
use crate::transactions::Transactions;
use crate::{accept, housekeeping};

/// How long a shutdown waits for answers that are in flight.
const DRAIN: Duration = Duration::from_millis(600);
/// How long it waits for connections that were cut off: no longer than one of them holds a thread.
const CUT: Duration = Duration::from_millis(100);

/// A broker that serves Kafka clients until [`Broker::shutdown`]. One that is dropped stops at once, as in a crash.
#[derive(Debug)]
pub struct Broker {
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
    shutdown: Shutdown,
    cut: Shutdown,
    /// Ends when the last connection has ended.
    alive: mpsc::Receiver<()>,
}

impl Broker {
    /// Opens (or makes) the data directory, recovers it, listens and serves. Must run inside a Tokio runtime.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running then.
    pub async fn start(config: BrokerConfig) -> Result<Self, StartError> {
        Self::start_on(config, Arc::new(RealDisk)).await
    }

    /// The same on a disk of the caller's: a simulated one shows what a crash at any operation leaves.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running then.
    pub async fn start_on(config: BrokerConfig, disk: Arc<dyn Disk>) -> Result<Self, StartError> {
        let listeners = match &config.listen {
            Some(address) => listener::bind(address, config.sockets).await?,
            None => Vec::new(),
        };
        let addresses: Vec<SocketAddr> = listeners.iter().filter_map(|l| l.local_addr().ok()).collect();
        let (shutdown, closing) = closing::channel();
        let first = addresses.first().copied();
        let shared = tokio::task::spawn_blocking(move || open(config, disk, first, closing)).await;
        let shared = Arc::new(shared.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?);
        let (cut, alive) = serve(&shared, listeners);
        Ok(Self { addresses, shared, shutdown, cut, alive })
    }

    /// Where it listens: on loopback usually two addresses with one port, IPv4 first.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The cluster id, from `meta.properties`.
    pub fn cluster_id(&self) -> &str {
        &self.shared.cluster_id
    }

    /// The topics, for the rest of the process.
    pub fn topics(&self) -> Topics {
        Topics::new(Arc::clone(&self.shared))
    }

    /// Traffic, connections and groups, for the rest of the process.
    pub fn activity(&self) -> Activity {
        Activity::new(Arc::clone(&self.shared))
    }

    /// Stops accepting, answers what is in flight, closes every connection, flushes, and marks the directory as
    /// cleanly closed. Clients that do not take their answers are cut off before a second is over.
    pub async fn shutdown(mut self) {
        self.shutdown.say();
        if tokio::time::timeout(DRAIN, self.alive.recv()).await.is_err() {
            tracing::warn!("connections that did not end in time are cut off");
            self.cut.say();
            // Only a thread that waits for its disk is left then.
            let _ = tokio::time::timeout(CUT, self.alive.recv()).await;
        }
        let shared = Arc::clone(&self.shared);
        let closed = tokio::task::spawn_blocking(move || {
            shared.flusher.stop();
            shared.catalog.close();
        });
        if closed.await.is_err() {
            tracing::error!("the logs were not closed in order; the next start recovers them");
        }
    }
}

/// Starts the tasks of a broker. Gives what cuts connections off, and what ends when all of them have.
fn serve(shared: &Arc<Shared>, listeners: Vec<TcpListener>) -> (Shutdown, mpsc::Receiver<()>) {
    let (holder, alive) = mpsc::channel(1);
    let (cut_off, cut) = closing::channel();
    let tie = Tie { _alive: holder, cut };
    let limits = Arc::new(ConnectionLimits::default());
    for listener in listeners {
        tokio::spawn(accept::accept(listener, Arc::clone(shared), Arc::clone(&limits), tie.clone()));
    }
    tokio::spawn(Arc::clone(&shared.groups).tick());
    tokio::spawn(Arc::clone(&shared.transactions).tick());
    tokio::spawn(housekeeping::run(Arc::clone(shared)));
    tokio::spawn(cleaner::run(Arc::clone(shared)));
    (cut_off, alive)
}

/// Opens everything that lies on disk. Blocks.
fn open(
    config: BrokerConfig,
    disk: Arc<dyn Disk>,
    address: Option<SocketAddr>,
    closing: Closing,
) -> Result<Shared, StartError> {
    let unwritable = |source| StartError::DirectoryUnwritable { path: config.kafka_dir.clone(), source };
    let directory = DataDir::open(&config.kafka_dir, disk)?;
    let mut left = directory.left()?;
    if left.clean {
        Metadata::check_closed(&*directory.disk, &config.kafka_dir)
            .map_err(|error| metadata_error(&config.kafka_dir, error))?;
    }
    directory.take_over()?;
    let options = OpenOptions {
        node_id: config.node_id,
        cluster_id: config.cluster_id.clone(),
        topic_defaults: TopicDefaults { partitions: config.num_partitions },
        snapshot_bytes: config.metadata_snapshot_bytes,
    };
    let mut metadata = Metadata::open(Arc::clone(&directory.disk), &config.kafka_dir, &options)
        .map_err(|error| metadata_error(&config.kafka_dir, error))?;
    metadata
        .register_broker(&endpoints(&config, address), !config.cordoned_log_dirs.is_empty())
        .map_err(|error| metadata_error(&config.kafka_dir, error))?;
    let image = metadata.image();
    directory.take_points(&mut left, |topic, partition| image.has_partition(topic, partition))?;
    let cluster_id = metadata.cluster_id().to_owned();
    let expiration = i64::try_from(config.producer_id_expiration.as_millis()).unwrap_or(i64::MAX);
    let mut static_configs = config.static_configs();
    if let Some(BrokerEndpoint { host, port, .. }) = endpoints(&config, address).first() {
        static_configs.insert("advertised.listeners".to_owned(), format!("PLAINTEXT://{host}:{port}"));
    }
    if let (Some(listen), Some(address)) = (&config.listen, address) {
        let listener = format!("PLAINTEXT://{}:{}", listen.host, address.port());
        static_configs.insert("listeners".to_owned(), listener);
    }
    let catalog = Catalog::open(metadata, directory, left, static_configs, expiration);
    let catalog = Arc::new(catalog.map_err(unwritable)?);
    let flusher = Arc::new(Flusher::start().map_err(unwritable)?);
    let groups = Arc::new(Groups::new(
        config.group_config(),
        Arc::clone(&catalog),
        Arc::clone(&flusher),
        closing.clone(),
    ));
    groups.load();
    let producer_ids = Arc::default();
    let transactions = Arc::new(Transactions::new(
        config.transaction_config(),
        Arc::clone(&catalog),
        Arc::clone(&flusher),
        Arc::clone(&groups),
        Arc::clone(&producer_ids),
        closing.clone(),
    ));
    transactions.load();
    let limit_hits = Arc::<LimitHits>::default();
    Ok(Shared {
        cluster_id,
        cleaner: Arc::default(),
        catalog,
        groups,
        transactions,
        producer_ids,
        fetch_sessions: FetchSessions::new(config.fetch_session_slots),
        flusher,
        retention_clock: RetentionClock::default(),
        connections: Arc::new(Connections::default()),
        request_times: RequestTimes::default(),
        limit_hits: Arc::clone(&limit_hits),
        request_pool: MemoryPool::new(config.queued_max_request_bytes / 2, &limit_hits),
        records_pool: MemoryPool::new(config.queued_max_request_bytes / 2, &limit_hits),
        closing,
        config,
    })
}

/// How this broker is registered in the metadata. Clients may be told another address: see `Call::endpoint`.
fn endpoints(config: &BrokerConfig, address: Option<SocketAddr>) -> Vec<BrokerEndpoint> {
    let listen = config.listen.as_ref();
    let (host, port) = match (&config.advertised, listen) {
        (Some(advertised), _) => (advertised.host.clone(), advertised.port),
        (None, Some(listen)) => (listen.host.clone(), address.map_or(listen.port, |address| address.port())),
        (None, None) => return Vec::new(),
    };
    vec![BrokerEndpoint { name: "PLAINTEXT".to_owned(), host, port, security_protocol: 0 }]
}

fn metadata_error(kafka_dir: &Path, error: MetadataError) -> StartError {
    match error {
        MetadataError::Io { path, source } => StartError::DirectoryUnwritable { path, source },
        MetadataError::Damaged { path, detail } => StartError::Damaged { path, reason: detail },
        MetadataError::OtherCluster { path, found, asked } => StartError::OtherCluster { path, found, asked },
        MetadataError::OtherNode { path, found, asked } => StartError::OtherNode { path, found, asked },
        MetadataError::Open(error) => log_error(error),
        MetadataError::TooNew { path, .. } => StartError::NewerFormat { path },
        other => StartError::DirectoryUnwritable {
            path: kafka_dir.join("__cluster_metadata-0"),
            source: std::io::Error::other(other),
        },
    }
}

fn log_error(error: OpenError) -> StartError {
    match error {
        OpenError::Io { path, source } => StartError::DirectoryUnwritable { path, source },
        OpenError::Damaged { ref path, .. } => {
            StartError::Damaged { path: path.clone(), reason: error.to_string() }
        }
    }
}
