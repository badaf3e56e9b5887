//! Define, Append, Forget, Persist, Describe.

use super::Service;
use crate::error::CallError;
use crate::graph::Kind;
use crate::proto::{
    AppendRequest, AppendResponse, DefineRequest, DefineResponse, DescribeRequest, DescribeResponse,
    ForgetRequest, ForgetResponse, PersistRequest, PersistResponse,
};

impl Service {
    pub(super) async fn define_nodes(&self, request: DefineRequest) -> Result<DefineResponse, CallError> {
        let partitions = self.contexts.get(&request.context_id)?.define(request.nodes).await?;
        Ok(DefineResponse { partitions: partitions.into_iter().map(number).collect() })
    }

    pub(super) async fn append_data(&self, request: AppendRequest) -> Result<AppendResponse, CallError> {
        let node = self.contexts.get(&request.context_id)?.nodes.get(request.node_id)?;
        let partition = usize::try_from(request.partition)
            .map_err(|_| CallError::Invalid(format!("there is no partition {}", request.partition)))?;
        match &*node.kind() {
            Kind::Source(source) => source.append(partition, request.data).await?,
            _ => return Err(CallError::Invalid(format!("RDD {} is not a source", node.id))),
        }
        Ok(AppendResponse {})
    }

    pub(super) fn forget_nodes(&self, request: &ForgetRequest) -> Result<ForgetResponse, CallError> {
        self.contexts.get(&request.context_id)?.nodes.forget(&request.node_ids);
        Ok(ForgetResponse {})
    }

    pub(super) fn persist_node(&self, request: &PersistRequest) -> Result<PersistResponse, CallError> {
        self.contexts.get(&request.context_id)?.nodes.get(request.node_id)?.persist(request.persist)?;
        Ok(PersistResponse {})
    }

    pub(super) fn describe_node(&self, request: &DescribeRequest) -> Result<DescribeResponse, CallError> {
        let node = self.contexts.get(&request.context_id)?.nodes.get(request.node_id)?;
        Ok(DescribeResponse { partitions: number(node.partitions), persisted: node.is_persisted() })
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
