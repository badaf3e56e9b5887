//! What each record does to the image: the one place that changes it.

use std::sync::Arc;

use millstream_wire::Uuid;
use millstream_wire::metadata::{
    BrokerRegistrationChangeRecord, ConfigRecord, FeatureLevelRecord, MetadataRecord, PartitionRecord,
    RegisterBrokerRecord, RemoveTopicRecord, TopicRecord,
};
use thiserror::Error;

use super::{Broker, BrokerEndpoint, BrokerFeature, ConfigResource, Image, Partition, Topic};

/// A record that does not fit to what came before it: the log is not whole.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ApplyError {
    /// The topic of a partition or a removal is not there.
    #[error("it speaks of the topic id {0}, which no record before it made")]
    NoTopic(Uuid),
    /// The partition of a change is not there.
    #[error("it changes partition {partition} of topic {topic}, which no record before it made")]
    NoPartition {
        /// The topic's name.
        topic: String,
        /// The partition.
        partition: i32,
    },
    /// The broker of a change is not there, or was registered again since.
    #[error("it changes the registration {epoch} of broker {id}, which no record before it made")]
    NoBroker {
        /// The broker.
        id: i32,
        /// The epoch that the change is for.
        epoch: i64,
    },
}

impl Image {
    /// Applies one record. Records that the image does not show (quotas, ACLs, tokens, controllers) are kept for
    /// the next snapshot.
    ///
    /// # Errors
    /// The record contradicts the image, which is then unchanged.
    pub fn apply(&mut self, record: &MetadataRecord) -> Result<(), ApplyError> {
        match record {
            MetadataRecord::Topic(record) => self.add_topic(record),
            MetadataRecord::Partition(record) => self.add_partition(record)?,
            MetadataRecord::PartitionChange(record) => {
                let id = record.topic_id;
                let topic = self.topic_mut(id)?;
                topic.change(record)?;
            }
            MetadataRecord::RemoveTopic(record) => self.remove_topic(record)?,
            MetadataRecord::Config(record) => self.set_config(record),
            MetadataRecord::FeatureLevel(record) => self.set_feature(record),
            MetadataRecord::ProducerIds(record) => self.next_producer_id = record.next_producer_id,
            MetadataRecord::RegisterBroker(record) => {
                Arc::make_mut(&mut self.brokers).insert(record.broker_id, broker(record));
            }
            MetadataRecord::UnregisterBroker(record) => {
                self.broker_mut(record.broker_id, record.broker_epoch)?;
                Arc::make_mut(&mut self.brokers).remove(&record.broker_id);
            }
            MetadataRecord::FenceBroker(record) => self.broker_mut(record.id, record.epoch)?.fenced = true,
            MetadataRecord::UnfenceBroker(record) => self.broker_mut(record.id, record.epoch)?.fenced = false,
            MetadataRecord::BrokerRegistrationChange(record) => {
                change_broker(self.broker_mut(record.broker_id, record.broker_epoch)?, record);
            }
            MetadataRecord::ClearElr(record) => self.clear_elr(&record.topic_name),
            other => self.kept.apply(other),
        }
        Ok(())
    }

    fn topic_mut(&mut self, id: Uuid) -> Result<&mut Topic, ApplyError> {
        let name = self.topic_names.get(&id).ok_or(ApplyError::NoTopic(id))?;
        let topic = Arc::make_mut(&mut self.topics).get_mut(name).ok_or(ApplyError::NoTopic(id))?;
        Ok(Arc::make_mut(topic))
    }

    fn broker_mut(&mut self, id: i32, epoch: i64) -> Result<&mut Broker, ApplyError> {
        let broker = Arc::make_mut(&mut self.brokers).get_mut(&id);
        broker.filter(|broker| broker.epoch == epoch).ok_or(ApplyError::NoBroker { id, epoch })
    }

    fn add_topic(&mut self, record: &TopicRecord) {
        let name = record.name.to_string();
        let topic = Topic { name: name.clone(), id: record.topic_id, partitions: Default::default() };
        Arc::make_mut(&mut self.topic_names).insert(record.topic_id, name.clone());
        Arc::make_mut(&mut self.topics).insert(name, Arc::new(topic));
    }

    fn add_partition(&mut self, record: &PartitionRecord) -> Result<(), ApplyError> {
        let partition = Partition {
            replicas: record.replicas.clone(),
            directories: record.directories.clone(),
            isr: record.isr.clone(),
            removing_replicas: record.removing_replicas.clone(),
            adding_replicas: record.adding_replicas.clone(),
            eligible_leader_replicas: record.eligible_leader_replicas.clone().unwrap_or_default(),
            last_known_elr: record.last_known_elr.clone().unwrap_or_default(),
            leader: record.leader,
            leader_recovery_state: record.leader_recovery_state,
            leader_epoch: record.leader_epoch,
            partition_epoch: record.partition_epoch,
        };
        self.topic_mut(record.topic_id)?.partitions.insert(record.partition_id, partition);
        Ok(())
    }

    fn remove_topic(&mut self, record: &RemoveTopicRecord) -> Result<(), ApplyError> {
        let id = record.topic_id;
        let name = Arc::make_mut(&mut self.topic_names).remove(&id).ok_or(ApplyError::NoTopic(id))?;
        Arc::make_mut(&mut self.topics).remove(&name);
        Arc::make_mut(&mut self.configs).remove(&ConfigResource::Topic(name));
        Ok(())
    }

    fn set_config(&mut self, record: &ConfigRecord) {
        let resource = ConfigResource::from_record(record.resource_type, &record.resource_name);
        let configs = Arc::make_mut(&mut self.configs);
        let values = Arc::make_mut(configs.entry(resource.clone()).or_default());
        match &record.value {
            Some(value) => {
                values.insert(record.name.to_string(), value.to_string());
            }
            None => {
                values.remove(record.name.as_str());
            }
        }
        if values.is_empty() {
            configs.remove(&resource);
        }
    }

    fn set_feature(&mut self, record: &FeatureLevelRecord) {
        let features = Arc::make_mut(&mut self.features);
        if record.feature_level == 0 {
            features.remove(record.name.as_str());
        } else {
            features.insert(record.name.to_string(), record.feature_level);
        }
    }

    /// Forgets the eligible leaders of one topic, or of all when the name is empty.
    fn clear_elr(&mut self, name: &str) {
        for topic in Arc::make_mut(&mut self.topics).values_mut() {
            let has_elr =
                |p: &Partition| !p.eligible_leader_replicas.is_empty() || !p.last_known_elr.is_empty();
            if (name.is_empty() || topic.name == name) && topic.partitions.values().any(has_elr) {
                Arc::make_mut(topic).clear_elr();
            }
        }
    }

    /// Notes how far the image goes.
    pub(crate) fn advance(&mut self, offset: i64, epoch: i32) {
        self.offset = offset;
        self.epoch = epoch;
    }
}

fn broker(record: &RegisterBrokerRecord) -> Broker {
    let mut features: Vec<BrokerFeature> = record
        .features
        .iter()
        .map(|feature| BrokerFeature {
            name: feature.name.to_string(),
            min: feature.min_supported_version,
            max: feature.max_supported_version,
        })
        .collect();
    // Their order carries nothing, and differs from record to record.
    features.sort_by(|a, b| a.name.cmp(&b.name));
    Broker {
        id: record.broker_id,
        epoch: record.broker_epoch,
        incarnation_id: record.incarnation_id,
        endpoints: record
            .end_points
            .iter()
            .map(|endpoint| BrokerEndpoint {
                name: endpoint.name.to_string(),
                host: endpoint.host.to_string(),
                port: endpoint.port,
                security_protocol: endpoint.security_protocol,
            })
            .collect(),
        rack: record.rack.as_ref().map(ToString::to_string),
        fenced: record.fenced,
        in_controlled_shutdown: record.in_controlled_shutdown,
        features,
        log_dirs: record.log_dirs.clone(),
        cordoned_log_dirs: record.cordoned_log_dirs.clone().unwrap_or_default(),
    }
}

/// -1 and 1 take away and set a state, 0 leaves it.
fn change_broker(broker: &mut Broker, record: &BrokerRegistrationChangeRecord) {
    match record.fenced {
        0 => {}
        change => broker.fenced = change > 0,
    }
    if record.in_controlled_shutdown > 0 {
        broker.in_controlled_shutdown = true;
    }
    if !record.log_dirs.is_empty() {
        broker.log_dirs.clone_from(&record.log_dirs);
    }
    if let Some(cordoned) = &record.cordoned_log_dirs {
        broker.cordoned_log_dirs.clone_from(cordoned);
    }
}
