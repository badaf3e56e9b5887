//! What is done now and then: old segments go, silent producers are forgotten, checkpoints are written.
//!
//! Each piece of work takes the time it is done at, so that a test can be its clock.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, interval_at, sleep};

use crate::catalog::Catalog;
use crate::partition::{Partition, now_ms};
use crate::shared::Shared;

/// Kafka's `log.initial.task.delay.ms`: the first check of the retention does not wait longer than this.
const FIRST_RETENTION: Duration = Duration::from_secs(30);

/// Runs until the broker shuts down.
pub(crate) async fn run(shared: Arc<Shared>) {
    let checkpoints = shared.config.checkpoint_interval;
    let mut checkpoints = interval_at(Instant::now() + checkpoints, checkpoints);
    let offsets = shared.config.offsets_retention_check_interval;
    let mut offsets = interval_at(Instant::now() + offsets, offsets);
    let every = shared.config.retention_check_interval;
    let mut retention = interval_at(Instant::now() + every.min(FIRST_RETENTION), every);
    shared.retention_clock.next_in(every.min(FIRST_RETENTION));
    let ids = shared.config.transactional_id_check_interval;
    let mut ids = interval_at(Instant::now() + ids, ids);
    let mut closing = shared.closing.clone();
    loop {
        tokio::select! {
            () = closing.said() => return,
            _ = checkpoints.tick() => {
                let catalog = Arc::clone(&shared.catalog);
                in_background(move || checkpoint(&catalog)).await;
            }
            _ = retention.tick() => {
                shared.retention_clock.next_in(every);
                let catalog = Arc::clone(&shared.catalog);
                let gone = in_background(move || delete_old(&catalog, now_ms())).await;
                gone.into_iter().flatten().for_each(remove_later);
            }
            _ = ids.tick() => shared.transactions.expire_ids(),
            _ = offsets.tick() => shared.groups.expire_offsets(shared.config.offsets_retention),
        }
    }
}

/// Does blocking work elsewhere; nothing comes back when it has panicked.
pub(crate) async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.inspect_err(|_| tracing::error!("housekeeping has failed")).ok()
}

fn checkpoint(catalog: &Catalog) {
    if let Err(error) = catalog.checkpoint() {
        tracing::warn!(%error, "the checkpoints could not be written; a crash makes the next start scan more");
    }
}

/// Lets old segments go; gives the partitions that lost some, whose files wait to be removed.
pub(crate) fn delete_old(catalog: &Catalog, now_ms: i64) -> Vec<Arc<Partition>> {
    let mut shrunk = Vec::new();
    for partition in catalog.partitions() {
        partition.log.expire_producers(now_ms);
        match partition.log.delete_old_segments(now_ms) {
            Ok(0) => {}
            Ok(count) => {
                let start = partition.log.log_start_offset();
                let (topic, index) = (&partition.topic, partition.index);
                tracing::info!(%topic, partition = index, count, log_start_offset = start, "old segments go");
                shrunk.push(partition);
            }
            Err(error) => {
                tracing::warn!(topic = %partition.topic, partition = partition.index, %error, "retention failed");
            }
        }
    }
    shrunk
}

/// Removes the files when `file.delete.delay.ms` is over. What the broker's end leaves, the next start removes.
pub(crate) fn remove_later(partition: Arc<Partition>) {
    let delay = u64::try_from(partition.log.config().file_delete_delay_ms).unwrap_or(0);
    if delay == 0 {
        return;
    }
    let partition = Arc::downgrade(&partition);
    tokio::spawn(async move {
        sleep(Duration::from_millis(delay)).await;
        let Some(partition) = partition.upgrade() else { return };
        let remove = move || partition.log.remove_deleted_files(now_ms());
        if let Some(Err(error)) = in_background(remove).await {
            tracing::warn!(%error, "the files of deleted segments stay until the next check");
        }
    });
}

#[cfg(test)]
mod tests;
