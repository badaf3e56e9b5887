//! PutCheckpoint and GetCheckpoint.

use std::path::Path;

use bytes::Bytes;
use futures::{StreamExt, stream};

use super::{Answers, Service, save};
use crate::checkpoint::driver;
use crate::error::CallError;
use crate::limits;
use crate::proto::{CheckpointChunk, GetCheckpointRequest, PutCheckpointRequest, PutCheckpointResponse};

impl Service {
    pub(super) async fn write_checkpoint(
        &self,
        request: PutCheckpointRequest,
    ) -> Result<PutCheckpointResponse, CallError> {
        let context = self.contexts.get(&request.context_id)?;
        let directory = context.directory.join(save::local(&request.directory)?);
        let written =
            tokio::task::spawn_blocking(move || driver::put(&directory, request.time_ms, &request.data));
        written.await.map_err(|_| CallError::Closed)??;
        Ok(PutCheckpointResponse {})
    }

    pub(super) async fn read_checkpoint(
        &self,
        request: &GetCheckpointRequest,
    ) -> Result<Answers<CheckpointChunk>, CallError> {
        let directory = Path::new(&request.working_directory).join(save::local(&request.directory)?);
        let read = tokio::task::spawn_blocking(move || driver::get(&directory));
        let Some((time_ms, data)) = read.await.map_err(|_| CallError::Closed)?? else {
            let none = CheckpointChunk { found: false, time_ms: 0, data: Bytes::new() };
            return Ok(Box::pin(stream::iter([Ok(none)])));
        };
        let mut data = Bytes::from(data);
        let mut chunks = vec![data.split_to(data.len().min(limits::CHUNK))];
        while !data.is_empty() {
            chunks.push(data.split_to(data.len().min(limits::CHUNK)));
        }
        let chunks = stream::iter(chunks).map(move |data| Ok(CheckpointChunk { found: true, time_ms, data }));
        Ok(Box::pin(chunks))
    }
}
