//! What a receiver has got since the last batch: a block for each block interval in which something came.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Mutex;

use crate::block::{Block, Store, Writer};
use crate::error::JobError;

/// Shared by a receiver, which appends, and the run, which cuts.
#[derive(Debug)]
pub(super) struct Received {
    store: Arc<Store>,
    block_ms: i64,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    /// Number of the block interval, and what came in it.
    blocks: Vec<(i64, Writer)>,
    records: i64,
}

impl Received {
    pub(super) fn new(store: Arc<Store>, block_ms: i64) -> Arc<Self> {
        Arc::new(Self { store, block_ms: block_ms.max(1), open: Mutex::default() })
    }

    /// Whole frames that came at `now`.
    ///
    /// # Errors
    /// They cannot be kept.
    pub(super) async fn push(&self, now: i64, frames: Bytes, records: i64) -> Result<(), JobError> {
        let interval = now.div_euclid(self.block_ms);
        let mut open = self.open.lock().await;
        open.records = open.records.saturating_add(records);
        match open.blocks.last_mut() {
            Some((last, writer)) if *last == interval => writer.push(frames).await,
            _ => {
                let mut writer = self.store.writer();
                writer.push(frames).await?;
                open.blocks.push((interval, writer));
                Ok(())
            }
        }
    }

    /// The blocks and the number of records since the last cut.
    ///
    /// # Errors
    /// A block cannot be kept.
    pub(super) async fn cut(&self) -> Result<(Vec<Arc<Block>>, i64), JobError> {
        let open = std::mem::take(&mut *self.open.lock().await);
        let mut blocks = Vec::with_capacity(open.blocks.len());
        for (_, writer) in open.blocks {
            blocks.push(writer.finish().await?);
        }
        Ok((blocks, open.records))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_block_for_each_interval_with_data() {
        let received = Received::new(Store::new(1 << 20, 0, std::env::temp_dir()), 200);
        for (now, lines) in [(1000, 1), (1199, 2), (1200, 3), (1900, 4)] {
            received.push(now, Bytes::from_static(b"\0\0\0\0"), lines).await.unwrap();
        }
        let (blocks, records) = received.cut().await.unwrap();
        assert_eq!(blocks.iter().map(|block| block.len()).collect::<Vec<_>>(), [8, 4, 4]);
        assert_eq!(records, 10);
        let (blocks, records) = received.cut().await.unwrap();
        assert_eq!((blocks.len(), records), (0, 0));
    }
}
