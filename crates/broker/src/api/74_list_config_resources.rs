//! ListConfigResources: 0-1.
//!
//! Behaviour: the things that have configs, by type: topics, this broker and its loggers, and groups and client metrics
//! subscriptions that were given some. A type that Kafka does not know is UNSUPPORTED_VERSION.
//!
//! Version notes: 0: client metrics only. 1: types; none asked for means all (KIP-1142).

use millstream_cluster::{ConfigResource as Resource, Image};
use millstream_wire::messages::list_config_resources::{
    ConfigResource, ListConfigResourcesRequest, ListConfigResourcesResponse,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const BROKER_LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

pub(crate) struct ListConfigResources;

impl Api for ListConfigResources {
    type Request = ListConfigResourcesRequest;
    const VERSIONS: Versions = Versions::new(0, 1);

    async fn handle(
        call: Call,
        request: ListConfigResourcesRequest,
    ) -> Result<Reply<ListConfigResourcesResponse>, Refusal> {
        let known: &[i8] = match call.version {
            0 => &[CLIENT_METRICS],
            _ => &[GROUP, CLIENT_METRICS, BROKER_LOGGER, BROKER, TOPIC],
        };
        let asked = &request.resource_types;
        if !asked.iter().all(|kind| known.contains(kind)) {
            let error_code = ErrorCode::UNSUPPORTED_VERSION;
            return Ok(ListConfigResourcesResponse { error_code, ..Default::default() }.into());
        }
        let image = call.shared.catalog.image();
        let wanted = known.iter().filter(|kind| asked.is_empty() || asked.contains(kind));
        let config_resources =
            wanted.flat_map(|kind| of_type(*kind, &image, call.shared.config.node_id)).collect();
        Ok(ListConfigResourcesResponse { config_resources, ..Default::default() }.into())
    }
}

fn of_type(resource_type: i8, image: &Image, node_id: i32) -> Vec<ConfigResource> {
    let resource = |name: &str| ConfigResource { resource_name: name.into(), resource_type };
    match resource_type {
        TOPIC => image.topics().map(|topic| resource(&topic.name)).collect(),
        BROKER | BROKER_LOGGER => vec![resource(&node_id.to_string())],
        GROUP => image.group_configs().map(|(name, _)| resource(name)).collect(),
        CLIENT_METRICS => {
            let found = image.config_resources().filter_map(|found| match found {
                Resource::ClientMetrics(name) => Some(resource(name)),
                _ => None,
            });
            found.collect()
        }
        _ => Vec::new(),
    }
}
