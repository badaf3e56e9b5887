//! What a cluster says about itself: brokers, topics, leaders.

use std::collections::BTreeMap;
use std::time::Duration;

use millstream_wire::messages::metadata::{
    MetadataRequest, MetadataRequestTopic, MetadataResponse, MetadataResponsePartition, MetadataResponseTopic,
};
use millstream_wire::{ErrorCode, Uuid, Versions};

use crate::address;
use crate::client::Client;
use crate::error::ClientError;
use crate::retries::Retries;

/// How long a broker may take to make a topic that was asked for.
const MAKING: Duration = Duration::from_secs(5);

/// The cluster and its brokers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterInfo {
    /// The cluster's id; brokers before 0.10.1 tell none.
    pub id: Option<String>,
    /// The broker that takes administrative requests, if one is named.
    pub controller: Option<i32>,
    /// The brokers by id.
    pub brokers: BTreeMap<i32, Broker>,
}

/// A broker as clients reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Its host name or IP address.
    pub host: String,
    /// Its port.
    pub port: i32,
    /// Its rack, if it has one.
    pub rack: Option<String>,
}

impl Broker {
    /// `HOST:PORT`.
    pub fn address(&self) -> String {
        address::of_broker(&self.host, self.port)
    }
}

/// A topic as the cluster describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Its id; zero from brokers that have no topic ids.
    pub id: Uuid,
    /// Is it one of Kafka's own?
    pub is_internal: bool,
    /// Why it cannot be described, if so.
    pub error: ErrorCode,
    /// Its partitions in order.
    pub partitions: Vec<Partition>,
}

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its number, from 0.
    pub index: i32,
    /// The broker that leads it, if one does.
    pub leader: Option<i32>,
    /// The brokers that hold it.
    pub replicas: Vec<i32>,
    /// Those of them that have all that is committed.
    pub in_sync: Vec<i32>,
}

impl Client {
    /// All topics, or those named. A topic that is not there comes back with its error; none is created.
    pub async fn describe_topics(&mut self, names: Option<&[&str]>) -> Result<Vec<Topic>, ClientError> {
        let mut retries = Retries::within(self.options.retry_for);
        loop {
            match self.refresh(names).await {
                Err(error) if error.is_retriable() && retries.pause().await => {}
                outcome => return outcome,
            }
        }
    }

    /// One topic that can be used: from memory, or asked for until it has leaders or the time is up.
    pub async fn topic(&mut self, name: &str) -> Result<Topic, ClientError> {
        if let Some(known) = self.topics.get(name) {
            return Ok(known.clone());
        }
        let mut retries = Retries::within(self.options.retry_for);
        loop {
            let error = match self.refresh(Some(&[name])).await {
                Ok(topics) => match topics.into_iter().find(|topic| topic.name == name) {
                    Some(topic) if topic.error.is_none() => return Ok(topic),
                    found => {
                        let code = found.map_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, |topic| topic.error);
                        ClientError::Refused { what: format!("topic '{name}'"), code, message: None }
                    }
                },
                Err(error) => error,
            };
            // A topic that is not there will not come by itself; one without a leader will.
            let is_absent = error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
            if is_absent || !error.is_retriable() || !retries.pause().await {
                return Err(error);
            }
        }
    }

    /// One topic that can be used, made now if the broker makes topics by itself (`auto.create.topics.enable`).
    ///
    /// A broker that makes it says first that there is none, and one that makes none says so for ever: after
    /// [`MAKING`] that is believed.
    pub async fn topic_or_made(&mut self, name: &str) -> Result<Topic, ClientError> {
        let mut retries = Retries::within(self.options.retry_for);
        let mut making = Retries::within(self.options.retry_for.min(MAKING));
        loop {
            let error = match self.ask(Some(&[name]), true).await {
                Ok(topics) => match topics.into_iter().find(|topic| topic.name == name) {
                    Some(topic) if topic.error.is_none() => break,
                    found => {
                        let code = found.map_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, |topic| topic.error);
                        ClientError::Refused { what: format!("topic '{name}'"), code, message: None }
                    }
                },
                Err(error) => error,
            };
            let is_absent = error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
            let patience = if is_absent { &mut making } else { &mut retries };
            if !error.is_retriable() || !patience.pause().await {
                return Err(error);
            }
        }
        self.topic(name).await
    }

    /// Asks once, and remembers the answer.
    pub(crate) async fn refresh(&mut self, names: Option<&[&str]>) -> Result<Vec<Topic>, ClientError> {
        self.ask(names, false).await
    }

    async fn ask(&mut self, names: Option<&[&str]>, may_make: bool) -> Result<Vec<Topic>, ClientError> {
        let connection = self.any().await?;
        let version = connection.version::<MetadataRequest>(Versions::new(1, 13))?;
        let by_name = |name: &&str| MetadataRequestTopic { name: Some((*name).into()), topic_id: Uuid::ZERO };
        let request = MetadataRequest {
            topics: names.map(|names| names.iter().map(by_name).collect()),
            // Brokers create what is missing before version 4, and only then cannot be told not to.
            allow_auto_topic_creation: may_make || version < 4,
            ..Default::default()
        };
        let response = connection.call(&request, version).await?;
        Ok(self.remember(response))
    }

    fn remember(&mut self, response: MetadataResponse) -> Vec<Topic> {
        let brokers = response.brokers.into_iter().map(|broker| {
            let rack = broker.rack.map(String::from);
            (broker.node_id, Broker { host: broker.host.into(), port: broker.port, rack })
        });
        self.cluster = ClusterInfo {
            id: response.cluster_id.map(String::from),
            controller: Some(response.controller_id).filter(|id| *id >= 0),
            brokers: brokers.collect(),
        };
        let topics: Vec<_> = response.topics.into_iter().filter_map(topic).collect();
        for topic in &topics {
            let is_complete = topic.error.is_none() && topic.partitions.iter().all(|p| p.leader.is_some());
            if is_complete {
                self.topics.insert(topic.name.clone(), topic.clone());
            } else {
                self.topics.remove(&topic.name);
            }
        }
        topics
    }
}

fn topic(topic: MetadataResponseTopic) -> Option<Topic> {
    let mut partitions: Vec<_> = topic.partitions.into_iter().map(partition).collect();
    partitions.sort_unstable_by_key(|partition| partition.index);
    Some(Topic {
        name: topic.name?.into(),
        id: topic.topic_id,
        is_internal: topic.is_internal,
        error: topic.error_code,
        partitions,
    })
}

fn partition(partition: MetadataResponsePartition) -> Partition {
    Partition {
        index: partition.partition_index,
        leader: Some(partition.leader_id).filter(|id| *id >= 0),
        replicas: partition.replica_nodes,
        in_sync: partition.isr_nodes,
    }
}
