//! What is done now and then: old segments go, silent producers are forgotten, checkpoints are written.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, interval_at};

use crate::catalog::Catalog;
use crate::partition::now_ms;
use crate::shared::Shared;

/// Kafka's `log.flush.offset.checkpoint.interval.ms`.
const CHECKPOINTS: Duration = Duration::from_secs(60);

/// Runs until the broker shuts down.
pub(crate) async fn run(shared: Arc<Shared>) {
    let retention = shared.config.retention_check_interval;
    let mut checkpoints = interval_at(Instant::now() + CHECKPOINTS, CHECKPOINTS);
    let mut retention = interval_at(Instant::now() + retention, retention);
    let offsets = shared.config.offsets_retention_check_interval;
    let mut offsets = interval_at(Instant::now() + offsets, offsets);
    let mut closing = shared.closing.clone();
    loop {
        let work: fn(&Catalog) = tokio::select! {
            () = closing.said() => return,
            _ = checkpoints.tick() => checkpoint,
            _ = retention.tick() => delete_old,
            _ = offsets.tick() => {
                shared.groups.expire_offsets(shared.config.offsets_retention);
                continue;
            }
        };
        let catalog = Arc::clone(&shared.catalog);
        if tokio::task::spawn_blocking(move || work(&catalog)).await.is_err() {
            tracing::error!("housekeeping has failed");
        }
    }
}

fn checkpoint(catalog: &Catalog) {
    if let Err(error) = catalog.checkpoint() {
        tracing::warn!(%error, "the checkpoints could not be written; a crash makes the next start scan more");
    }
}

fn delete_old(catalog: &Catalog) {
    for partition in catalog.partitions() {
        partition.log.expire_producers(now_ms());
        match partition.log.delete_old_segments(now_ms()) {
            Ok(0) => {}
            Ok(count) => {
                tracing::info!(topic = %partition.topic, partition = partition.index, count, "old segments deleted");
            }
            Err(error) => {
                tracing::warn!(topic = %partition.topic, partition = partition.index, %error, "retention failed");
            }
        }
    }
}
