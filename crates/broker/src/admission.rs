//! How much memory requests and answers in flight may take together (`queued.max.request.bytes`).
//!
//! There are two pools, one for requests and one for fetched records, so that a request that holds memory while it
//! waits for records cannot stand in its own way. A thing larger than its pool takes the whole pool, and so goes
//! through alone.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::LimitHits;

/// Bytes that one permit of the semaphore stands for; its counters are 32 bits wide.
const UNIT: usize = 1024;

/// A pool of memory. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct MemoryPool {
    free: Arc<Semaphore>,
    units: u32,
    hits: Arc<LimitHits>,
}

/// A share of a pool; dropping it gives the memory back.
#[derive(Debug)]
pub(crate) struct Share {
    permit: OwnedSemaphorePermit,
}

impl Share {
    /// Gives back what is more than `bytes`.
    pub(crate) fn shrink_to(&mut self, bytes: usize) {
        let spare = self.permit.num_permits().saturating_sub(bytes.div_ceil(UNIT));
        drop(self.permit.split(spare));
    }
}

impl MemoryPool {
    /// A pool of about `bytes`.
    pub(crate) fn new(bytes: usize, hits: &Arc<LimitHits>) -> Self {
        let units = u32::try_from(bytes / UNIT).unwrap_or(u32::MAX).max(1);
        let permits = usize::try_from(units).unwrap_or(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(permits)), units, hits: Arc::clone(hits) }
    }

    /// Waits until `bytes` are free, in the order of asking.
    pub(crate) async fn take(&self, bytes: usize) -> Option<Share> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).clamp(1, self.units);
        if let Ok(permit) = Arc::clone(&self.free).try_acquire_many_owned(units) {
            return Some(Share { permit });
        }
        self.hits.waits_for_memory(bytes);
        let permit = Arc::clone(&self.free).acquire_many_owned(units).await.ok()?;
        Some(Share { permit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_share_larger_than_the_pool_is_the_whole_pool() {
        let pool = MemoryPool::new(8 * UNIT, &Arc::default());
        let all = pool.take(usize::MAX).await.unwrap();
        assert_eq!(pool.free.available_permits(), 0);
        drop(all);
        let mut some = pool.take(8 * UNIT).await.unwrap();
        some.shrink_to(UNIT + 1);
        assert_eq!(pool.free.available_permits(), 6);
        drop(some);
        let _one = pool.take(1).await.unwrap();
        assert_eq!(pool.free.available_permits(), 7);
    }
}
