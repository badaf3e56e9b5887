//! Ids for idempotent producers, handed out from blocks that the metadata log reserves: none is given twice, not even
//! after a crash.

use std::sync::{Arc, Mutex, PoisonError};

use millstream_cluster::MetadataError;
use millstream_cluster::controller::ControllerError;

use crate::catalog::Catalog;

/// Why there is no id.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoProducerId {
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    #[error(transparent)]
    Refused(#[from] ControllerError),
}

/// The block in use.
#[derive(Debug, Default)]
pub(crate) struct ProducerIds {
    block: Mutex<std::ops::Range<i64>>,
}

impl ProducerIds {
    /// The next id.
    pub(crate) async fn next(self: &Arc<Self>, catalog: &Arc<Catalog>) -> Result<i64, NoProducerId> {
        if let Some(id) = self.block.lock().unwrap_or_else(PoisonError::into_inner).next() {
            return Ok(id);
        }
        let (ids, catalog) = (Arc::clone(self), Arc::clone(catalog));
        let taken = tokio::task::spawn_blocking(move || ids.next_of_new_block(&catalog)).await;
        taken.unwrap_or(Err(NoProducerId::Metadata(MetadataError::Failed)))
    }

    /// Takes a new block, unless another thread has taken one meanwhile. Blocks on the disk.
    fn next_of_new_block(&self, catalog: &Catalog) -> Result<i64, NoProducerId> {
        let mut block = self.block.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = block.next() {
            return Ok(id);
        }
        let new = catalog.change_metadata(|metadata| metadata.allocate_producer_ids())??;
        *block = new.first.saturating_add(1)..new.first.saturating_add(i64::from(new.len));
        Ok(new.first)
    }
}
