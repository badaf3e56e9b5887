//! RunJob and Cut.

use std::collections::BTreeMap;

use futures::StreamExt;

use super::{Answers, Service, events};
use crate::compute::{self, Job};
use crate::error::{CallError, JobError};
use crate::graph::Node;
use crate::limits;
use crate::proto::{CutRequest, JobEvent, RunJobRequest};

impl Service {
    pub(super) fn run_a_job(&self, request: RunJobRequest) -> Result<Answers<JobEvent>, CallError> {
        let context = self.contexts.get(&request.context_id)?;
        if request.partitions.len() > limits::PARTITIONS {
            return Err(CallError::TooMuch(format!("a job of more than {} partitions", limits::PARTITIONS)));
        }
        let properties: BTreeMap<_, _> = request.local_properties.into_iter().collect();
        let job = Job::new(&context.jobs, properties);
        let its_context = std::sync::Arc::clone(&context);
        Ok(events::run(&context, job, |events| async move {
            its_context.define(request.nodes).await?;
            let node = its_context.nodes.get(request.node_id)?;
            let partitions = wanted(&node, &request.partitions, request.all)?;
            let stage = events.job.next_stage();
            let mut blocks = compute::all(&events.job, &node, partitions.clone().into_iter(), stage);
            for partition in partitions {
                let Some(block) = blocks.next().await else { return Err(JobError::Closed) };
                events.partition(partition, &block?).await?;
            }
            Ok(())
        }))
    }

    pub(super) fn cut_node(&self, request: &CutRequest) -> Result<Answers<JobEvent>, CallError> {
        let context = self.contexts.get(&request.context_id)?;
        let node = context.nodes.get(request.node_id)?;
        if !node.is_persisted() {
            return Err(CallError::NotNow(format!("RDD {} is not persisted", node.id)));
        }
        let job = Job::new(&context.jobs, BTreeMap::new());
        Ok(events::run(&context, job, |events| async move {
            let stage = events.job.next_stage();
            let mut blocks = compute::all(&events.job, &node, 0..node.partitions, stage);
            while let Some(block) = blocks.next().await {
                block?;
            }
            Ok(node.cut()?)
        }))
    }
}

fn wanted(node: &Node, partitions: &[i64], all: bool) -> Result<Vec<usize>, JobError> {
    if all {
        return Ok((0..node.partitions).collect());
    }
    let wanted = partitions.iter().map(|partition| {
        let known = usize::try_from(*partition).ok().filter(|partition| *partition < node.partitions);
        known.ok_or_else(|| {
            JobError::Data(format!(
                "RDD {} has {} partitions, not a partition {partition}",
                node.id, node.partitions
            ))
        })
    });
    wanted.collect()
}
