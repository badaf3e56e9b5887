//! What a broker says that it can do: its APIs in their versions, and the cluster's features.

use std::collections::BTreeMap;

use millstream_wire::Versions;
use millstream_wire::messages::api_versions::ApiVersionsResponse;

use crate::client::Client;
use crate::error::ClientError;

/// A broker's answer to ApiVersions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// The versions of each API, by key; keys that are not known here too.
    pub apis: BTreeMap<i16, Versions>,
    /// The levels of each feature that the broker could run with.
    pub supported_features: BTreeMap<String, Versions>,
    /// The level of each feature that the cluster runs with.
    pub finalized_features: BTreeMap<String, i16>,
    /// Which state of the finalized features this is; brokers without any do not tell.
    pub features_epoch: Option<i64>,
}

impl Offer {
    pub(crate) fn of(response: ApiVersionsResponse) -> Self {
        let range = |api: &millstream_wire::messages::api_versions::ApiVersion| {
            (api.api_key, Versions::new(api.min_version, api.max_version))
        };
        Self {
            apis: response.api_keys.iter().map(range).collect(),
            supported_features: (response.supported_features.into_iter())
                .map(|one| (one.name.into(), Versions::new(one.min_version, one.max_version)))
                .collect(),
            finalized_features: (response.finalized_features.into_iter())
                .map(|one| (one.name.into(), one.max_version_level))
                .collect(),
            features_epoch: Some(response.finalized_features_epoch).filter(|epoch| *epoch >= 0),
        }
    }
}

impl Client {
    /// What this broker offers; any of them if none is named.
    pub async fn offer(&mut self, broker: Option<i32>) -> Result<Offer, ClientError> {
        let connection = match broker {
            Some(id) => self.broker(id).await?,
            None => self.any().await?,
        };
        Ok(connection.offer().clone())
    }
}
