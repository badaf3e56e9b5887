//! Changes of the cluster as a whole: levels of features, brokers that are gone for good.

use std::collections::BTreeMap;

use millstream_wire::Versions;
use millstream_wire::messages::unregister_broker::UnregisterBrokerRequest;
use millstream_wire::messages::update_features::{FeatureUpdateKey, UpdateFeaturesRequest};

use crate::admin::millis;
use crate::client::Client;
use crate::error::ClientError;

/// Which way a feature's level may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpgradeType {
    /// Up.
    Upgrade,
    /// Down, if nothing is lost.
    SafeDowngrade,
    /// Down, whatever is lost.
    UnsafeDowngrade,
}

impl Client {
    /// Sets levels of features, all or none; level 0 ends a feature. `is_trial` only asks whether it could be done.
    pub async fn update_features(
        &mut self,
        levels: &BTreeMap<String, i16>,
        upgrade: UpgradeType,
        is_trial: bool,
    ) -> Result<(), ClientError> {
        let wait = self.options.request_timeout;
        let update = |(feature, level): (&String, &i16)| FeatureUpdateKey {
            feature: feature.into(),
            max_version_level: *level,
            upgrade_type: match upgrade {
                UpgradeType::Upgrade => 1,
                UpgradeType::SafeDowngrade => 2,
                UpgradeType::UnsafeDowngrade => 3,
            },
            ..FeatureUpdateKey::default()
        };
        let request = UpdateFeaturesRequest {
            timeout_ms: millis(wait),
            feature_updates: levels.iter().map(update).collect(),
            validate_only: is_trial,
        };
        let connection = self.controller().await?;
        let version = connection.version::<UpdateFeaturesRequest>(Versions::new(1, 2))?;
        let response = connection.call_held(&request, version, wait).await?;
        let message = response.error_message.as_deref();
        ClientError::check(response.error_code, message, || "the features".into())?;
        for result in response.results {
            let message = result.error_message.as_deref();
            ClientError::check(result.error_code, message, || format!("feature {}", result.feature))?;
        }
        Ok(())
    }

    /// Forgets a broker.
    pub async fn unregister_broker(&mut self, id: i32) -> Result<(), ClientError> {
        let connection = self.controller().await?;
        let version = connection.version::<UnregisterBrokerRequest>(Versions::new(0, 0))?;
        let response = connection.call(&UnregisterBrokerRequest { broker_id: id }, version).await?;
        ClientError::check(response.error_code, response.error_message.as_deref(), || format!("broker {id}"))
    }
}
