//! A task that ends when nobody waits for it any more.

use std::future::Future;

use tokio::task::JoinHandle;

use crate::error::JobError;

/// Aborts the task when dropped.
#[derive(Debug)]
pub(crate) struct AbortOnDrop<T>(JoinHandle<T>);

impl<T: Send + 'static> AbortOnDrop<T> {
    /// Runs the future in a task of its own.
    pub(crate) fn spawn(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self(tokio::spawn(future))
    }

    /// Waits for it.
    ///
    /// # Errors
    /// The runtime ended, or the task panicked.
    pub(crate) async fn join(&mut self) -> Result<T, JobError> {
        (&mut self.0).await.map_err(|_| JobError::Closed)
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
