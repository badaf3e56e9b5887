//! The records that make an image from nothing: what a snapshot holds.

use millstream_wire::metadata::{
    BrokerEndpoint, BrokerFeature, ConfigRecord, FeatureLevelRecord, MetadataRecord, PartitionRecord,
    ProducerIdsRecord, RegisterBrokerRecord, TopicRecord,
};

use super::{Broker, Image, Partition, Topic};

impl Image {
    /// The image as records, in the order of Kafka's snapshots: features, brokers, topics, configs, producer ids.
    pub fn records(&self) -> Vec<MetadataRecord> {
        let mut records = Vec::new();
        records.extend(self.features.iter().map(|(name, level)| {
            MetadataRecord::FeatureLevel(FeatureLevelRecord { name: name.into(), feature_level: *level })
        }));
        records.extend(self.brokers.values().map(|broker| MetadataRecord::RegisterBroker(broker.record())));
        self.topics.values().for_each(|topic| topic.records(&mut records));
        for (resource, values) in self.configs.iter() {
            let (resource_type, resource_name) = resource.to_record();
            records.extend(values.iter().map(|(name, value)| {
                MetadataRecord::Config(ConfigRecord {
                    resource_type,
                    resource_name: resource_name.as_str().into(),
                    name: name.into(),
                    value: Some(value.into()),
                })
            }));
        }
        if self.next_producer_id > 0 {
            records.push(MetadataRecord::ProducerIds(ProducerIdsRecord {
                broker_id: -1,
                broker_epoch: -1,
                next_producer_id: self.next_producer_id,
            }));
        }
        records.extend(self.kept.records());
        records
    }
}

impl Broker {
    /// Its registration.
    pub(crate) fn record(&self) -> RegisterBrokerRecord {
        RegisterBrokerRecord {
            broker_id: self.id,
            is_migrating_zk_broker: false,
            incarnation_id: self.incarnation_id,
            broker_epoch: self.epoch,
            end_points: self
                .endpoints
                .iter()
                .map(|endpoint| BrokerEndpoint {
                    name: endpoint.name.as_str().into(),
                    host: endpoint.host.as_str().into(),
                    port: endpoint.port,
                    security_protocol: endpoint.security_protocol,
                })
                .collect(),
            features: self
                .features
                .iter()
                .map(|feature| BrokerFeature {
                    name: feature.name.as_str().into(),
                    min_supported_version: feature.min,
                    max_supported_version: feature.max,
                })
                .collect(),
            rack: self.rack.as_ref().map(Into::into),
            fenced: self.fenced,
            in_controlled_shutdown: self.in_controlled_shutdown,
            log_dirs: self.log_dirs.clone(),
            cordoned_log_dirs: (!self.cordoned_log_dirs.is_empty()).then(|| self.cordoned_log_dirs.clone()),
        }
    }
}

impl Topic {
    fn records(&self, records: &mut Vec<MetadataRecord>) {
        let topic = TopicRecord { name: self.name.as_str().into(), topic_id: self.id };
        records.push(MetadataRecord::Topic(topic));
        let partition =
            |(id, partition): (&i32, &Partition)| MetadataRecord::Partition(partition.record(self, *id));
        records.extend(self.partitions.iter().map(partition));
    }
}

impl Partition {
    /// The partition as a record; the optional lists are left out when they are empty, as Kafka does.
    pub(crate) fn record(&self, topic: &Topic, partition_id: i32) -> PartitionRecord {
        let filled = |list: &Vec<i32>| (!list.is_empty()).then(|| list.clone());
        PartitionRecord {
            partition_id,
            topic_id: topic.id,
            replicas: self.replicas.clone(),
            isr: self.isr.clone(),
            removing_replicas: self.removing_replicas.clone(),
            adding_replicas: self.adding_replicas.clone(),
            leader: self.leader,
            leader_recovery_state: self.leader_recovery_state,
            leader_epoch: self.leader_epoch,
            partition_epoch: self.partition_epoch,
            directories: self.directories.clone(),
            eligible_leader_replicas: filled(&self.eligible_leader_replicas),
            last_known_elr: filled(&self.last_known_elr),
        }
    }
}
