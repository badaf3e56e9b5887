//! SaveAsText, SavePartitions, RemoveSaved.

use std::collections::BTreeMap;

use futures::StreamExt;

use super::{Answers, Service, events};
use crate::checkpoint::saved::{self, Saving};
use crate::compute::{self, Job};
use crate::error::CallError;
use crate::proto::{JobEvent, RemoveSavedRequest, RemoveSavedResponse, SaveRequest};
use crate::text::TextOutput;

impl Service {
    pub(super) fn save_text(&self, request: &SaveRequest) -> Result<Answers<JobEvent>, CallError> {
        let context = self.contexts.get(&request.context_id)?;
        let node = context.nodes.get(request.node_id)?;
        let place = context.directory.join(local(&request.path)?);
        let job = Job::new(&context.jobs, BTreeMap::new());
        Ok(events::run(&context, job, |events| async move {
            let mut output = TextOutput::begin(place).await?;
            let mut blocks = compute::all(&events.job, &node, 0..node.partitions, events.job.next_stage());
            while let Some(block) = blocks.next().await {
                output.partition(&block?).await?;
            }
            output.finish().await
        }))
    }

    pub(super) fn save_blocks(&self, request: &SaveRequest) -> Result<Answers<JobEvent>, CallError> {
        let context = self.contexts.get(&request.context_id)?;
        let node = context.nodes.get(request.node_id)?;
        let place = context.directory.join(local(&request.path)?);
        let job = Job::new(&context.jobs, BTreeMap::new());
        Ok(events::run(&context, job, |events| async move {
            let mut saving = Saving::begin(place).await?;
            let mut blocks = compute::all(&events.job, &node, 0..node.partitions, events.job.next_stage());
            while let Some(block) = blocks.next().await {
                saving.partition(&block?).await?;
            }
            saving.finish().await
        }))
    }

    pub(super) async fn remove_saved_rdds(
        &self,
        request: RemoveSavedRequest,
    ) -> Result<RemoveSavedResponse, CallError> {
        let context = self.contexts.get(&request.context_id)?;
        let paths = request.paths.iter().map(|path| Ok(context.directory.join(local(path)?)));
        saved::remove(paths.collect::<Result<_, CallError>>()?).await?;
        Ok(RemoveSavedResponse {})
    }
}

/// The path of this machine that a URI names.
pub(super) fn local(path: &str) -> Result<&str, CallError> {
    if path.is_empty() {
        return Err(CallError::Invalid("the path is empty".to_owned()));
    }
    crate::text::local(path)
}
