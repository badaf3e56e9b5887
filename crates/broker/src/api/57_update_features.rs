//! UpdateFeatures: 0-2.
//!
//! Behaviour: the levels of features, all changes or none (KIP-584, KIP-1022). INVALID_UPDATE_VERSION, with the feature
//! and the reason in the message of the whole answer.
//!
//! Version notes: 0: upgrades only, whatever `allow_downgrade` says, as Kafka 4 does. 1: the kind of change, validate
//! only. 2: no row for each feature.

use millstream_cluster::controller::{FeatureUpdate, UpgradeType};
use millstream_wire::messages::update_features::{
    FeatureUpdateKey, UpdatableFeatureResult, UpdateFeaturesRequest, UpdateFeaturesResponse,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};

pub(crate) struct UpdateFeatures;

impl Api for UpdateFeatures {
    type Request = UpdateFeaturesRequest;
    const VERSIONS: Versions = Versions::new(0, 2);

    async fn handle(
        call: Call,
        request: UpdateFeaturesRequest,
    ) -> Result<Reply<UpdateFeaturesResponse>, Refusal> {
        let updates: Vec<_> = request.feature_updates.iter().map(update).collect();
        let updated = call.shared.catalog.update_features(updates, request.validate_only).await;
        let (error_code, message) = match updated {
            Ok(Ok(())) => {
                let row = |update: FeatureUpdateKey| UpdatableFeatureResult {
                    feature: update.feature,
                    error_code: ErrorCode::NONE,
                    error_message: Some("NONE".into()),
                };
                let rows = request.feature_updates.into_iter().map(row);
                let results = if call.version < 2 { rows.collect() } else { Vec::new() };
                return Ok(
                    UpdateFeaturesResponse { results, error_message: None, ..Default::default() }.into()
                );
            }
            Ok(Err(error)) => (
                ErrorCode::from_code(error.code()),
                format!(
                    "The update failed for all features since the following feature had an error: {error}"
                ),
            ),
            Err(error) => {
                tracing::error!(%error, "features could not be updated");
                (ErrorCode::KAFKA_STORAGE_ERROR, error.to_string())
            }
        };
        Ok(UpdateFeaturesResponse { error_code, error_message: Some(message.into()), ..Default::default() }
            .into())
    }
}

fn update(update: &FeatureUpdateKey) -> FeatureUpdate {
    FeatureUpdate {
        feature: update.feature.to_string(),
        level: update.max_version_level,
        upgrade_type: UpgradeType::from_code(update.upgrade_type),
    }
}
