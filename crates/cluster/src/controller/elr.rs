//! Eligible leader replicas (KIP-966) want `min.insync.replicas` to be one for the whole cluster.

use millstream_wire::metadata::{ConfigRecord, MetadataRecord};

use crate::{ConfigResource, Image};

/// The config whose value decides which replicas are eligible.
pub(super) const MIN_ISR: &str = "min.insync.replicas";

/// The cluster's value, where nobody has set one: that of the brokers' default.
pub(crate) fn cluster_min_isr() -> MetadataRecord {
    record(&ConfigResource::Broker(None), Some("1"))
}

/// What has to be before the feature is: the cluster's value is there, and no broker has its own.
pub(super) fn safety_records(image: &Image) -> Vec<MetadataRecord> {
    let is_set = |resource: &ConfigResource| {
        image.configs(resource).is_some_and(|configs| configs.contains_key(MIN_ISR))
    };
    let mut records = Vec::new();
    if !is_set(&ConfigResource::Broker(None)) {
        records.push(cluster_min_isr());
    }
    let of_broker = |resource: &&ConfigResource| matches!(resource, ConfigResource::Broker(Some(_)));
    let own = image.config_resources().filter(of_broker).filter(|resource| is_set(resource));
    records.extend(own.map(|resource| record(resource, None)));
    records
}

fn record(resource: &ConfigResource, value: Option<&str>) -> MetadataRecord {
    let (resource_type, resource_name) = resource.to_record();
    MetadataRecord::Config(ConfigRecord {
        resource_type,
        resource_name: resource_name.into(),
        name: MIN_ISR.into(),
        value: value.map(Into::into),
    })
}
