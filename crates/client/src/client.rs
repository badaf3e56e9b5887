//! The client itself: connections to the brokers of a cluster, and which of them leads what.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use millstream_wire::Versions;
use millstream_wire::messages::find_coordinator::FindCoordinatorRequest;

use crate::address;
use crate::connection::Connection;
use crate::error::ClientError;
use crate::groups::Coordinator;
use crate::metadata::{ClusterInfo, Topic};
use crate::retries::Retries;

/// How a client behaves.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// What the brokers see as this client's name.
    pub client_id: String,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for an answer, beyond what the request lets the broker hold it.
    pub request_timeout: Duration,
    /// How long to go on trying after errors that pass: a leader that moves, a broker that restarts.
    pub retry_for: Duration,
    /// Which records of transactions are read.
    pub isolation: Isolation,
}

/// Which records of transactions a client reads, and where a log ends for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Isolation {
    /// All of them, up to the high watermark.
    #[default]
    ReadUncommitted,
    /// Only those of transactions that were committed, up to the first that is still open.
    ReadCommitted,
}

impl Isolation {
    pub(crate) const fn code(self) -> i8 {
        match self {
            Self::ReadUncommitted => 0,
            Self::ReadCommitted => 1,
        }
    }
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            client_id: "millstream".into(),
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
            retry_for: Duration::from_secs(30),
            isolation: Isolation::default(),
        }
    }
}

/// A client of one cluster.
#[derive(Debug)]
pub struct Client {
    pub(crate) options: ClientOptions,
    bootstrap: Vec<String>,
    /// Connections by address.
    connections: HashMap<String, Connection>,
    pub(crate) cluster: ClusterInfo,
    pub(crate) topics: BTreeMap<String, Topic>,
}

impl Client {
    /// Connects to the first of the addresses (`HOST:PORT,HOST:PORT,...`) that answers.
    pub async fn connect(bootstrap: &str) -> Result<Self, ClientError> {
        Self::connect_with(bootstrap, ClientOptions::default()).await
    }

    /// As [`Self::connect`], with options.
    pub async fn connect_with(bootstrap: &str, options: ClientOptions) -> Result<Self, ClientError> {
        let mut client = Self {
            options,
            bootstrap: address::parse_list(bootstrap)?,
            connections: HashMap::new(),
            cluster: ClusterInfo::default(),
            topics: BTreeMap::new(),
        };
        client.any().await?;
        Ok(client)
    }

    /// Reads from now on what this level lets see.
    pub fn set_isolation(&mut self, isolation: Isolation) {
        self.options.isolation = isolation;
    }

    /// What is known of the cluster since metadata were last asked for.
    pub fn cluster(&self) -> &ClusterInfo {
        &self.cluster
    }

    /// A connection to any broker: a bootstrap address first, then the brokers that they told of.
    pub(crate) async fn any(&mut self) -> Result<&mut Connection, ClientError> {
        let mut addresses = self.bootstrap.clone();
        addresses.extend(self.cluster.brokers.values().map(|broker| broker.address()));
        let open = addresses.iter().find(|one| self.connections.get(*one).is_some_and(|c| !c.is_stale()));
        let mut chosen = open.cloned();
        let mut failure = None;
        for address in &addresses {
            if chosen.is_some() {
                break;
            }
            match Connection::open(address, &self.options).await {
                Ok(connection) => {
                    self.connections.insert(address.clone(), connection);
                    chosen = Some(address.clone());
                }
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        match chosen.and_then(|address| self.connections.get_mut(&address)) {
            Some(connection) => Ok(connection),
            None => {
                Err(failure.unwrap_or(ClientError::Address { text: String::new(), reason: "it is empty" }))
            }
        }
    }

    /// A connection to this address, opened if there is none that works.
    pub(crate) async fn at(&mut self, address: &str) -> Result<&mut Connection, ClientError> {
        if self.connections.get(address).is_none_or(Connection::is_stale) {
            self.connections.remove(address);
            let connection = Connection::open(address, &self.options).await?;
            self.connections.insert(address.to_owned(), connection);
        }
        let missing = || ClientError::Address { text: address.to_owned(), reason: "there is no connection" };
        self.connections.get_mut(address).ok_or_else(missing)
    }

    /// A connection to the controller, or to any broker where the cluster names none.
    pub(crate) async fn controller(&mut self) -> Result<&mut Connection, ClientError> {
        self.refresh(Some(&[])).await?;
        let controller = self.cluster.controller.and_then(|id| self.cluster.brokers.get(&id));
        match controller.map(|broker| broker.address()) {
            Some(address) => self.at(&address).await,
            None => self.any().await,
        }
    }

    /// The address of a partition's leader, from metadata that may be asked for now.
    pub(crate) async fn leader(&mut self, topic: &str, partition: i32) -> Result<String, ClientError> {
        let known = self.topic(topic).await?;
        let count = known.partitions.len();
        let Some(found) = known.partitions.iter().find(|one| one.index == partition) else {
            return Err(ClientError::NoPartition { topic: topic.to_owned(), partition, count });
        };
        let leader = found.leader.and_then(|id| self.cluster.brokers.get(&id));
        let nobody = || ClientError::NoLeader { topic: topic.to_owned(), partition };
        leader.map(|broker| broker.address()).ok_or_else(nobody)
    }

    /// Forgets who leads a topic's partitions, so that it is asked again.
    pub(crate) fn forget(&mut self, topic: &str) {
        self.topics.remove(topic);
    }

    /// The address of a group's coordinator.
    pub(crate) async fn coordinator(&mut self, group: &str) -> Result<String, ClientError> {
        let found = self.group_coordinator(group).await?;
        Ok(address::of_broker(&found.host, found.port))
    }

    /// A group's coordinator.
    pub(crate) async fn group_coordinator(&mut self, group: &str) -> Result<Coordinator, ClientError> {
        let mut retries = Retries::within(self.options.retry_for);
        loop {
            match self.find_coordinator(group).await {
                Err(error) if error.is_retriable() && retries.pause().await => {}
                outcome => return outcome,
            }
        }
    }

    async fn find_coordinator(&mut self, group: &str) -> Result<Coordinator, ClientError> {
        let connection = self.any().await?;
        let version = connection.version::<FindCoordinatorRequest>(Versions::new(0, 3))?;
        let request = FindCoordinatorRequest { key: group.into(), ..Default::default() };
        let response = connection.call(&request, version).await?;
        let message = response.error_message.as_deref();
        ClientError::check(response.error_code, message, || format!("the coordinator of group '{group}'"))?;
        Ok(Coordinator { id: response.node_id, host: response.host.into(), port: response.port })
    }
}
