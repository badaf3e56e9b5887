//! The service: one file for each group of calls of `millstream.v1.Dstream`.

mod checkpoints;
mod events;
mod graph;
mod jobs;
mod open;
mod save;
mod streams;

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use tonic::{Request, Response, Status};

use crate::context::Contexts;
use crate::error::CallError;
use crate::proto::dstream_server::Dstream;
use crate::proto::{
    AckBatchRequest, AckBatchResponse, AppendRequest, AppendResponse, CheckpointChunk, CloseRequest,
    CloseResponse, ContextEvent, CutRequest, DefineRequest, DefineResponse, DescribeRequest,
    DescribeResponse, ForgetRequest, ForgetResponse, GetCheckpointRequest, JobEvent, OpenRequest,
    PersistRequest, PersistResponse, PutCheckpointRequest, PutCheckpointResponse, RemoveSavedRequest,
    RemoveSavedResponse, RunJobRequest, SaveRequest, StartStreamingRequest, StopStreamingRequest,
    StopStreamingResponse, StreamingEvent,
};

/// A stream of answers.
pub(crate) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The service; clones share their contexts.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) contexts: Arc<Contexts>,
    /// Where spilled blocks go.
    pub(crate) spill_directory: PathBuf,
}

fn answer<T>(result: Result<T, CallError>) -> Result<Response<T>, Status> {
    result.map(Response::new).map_err(Status::from)
}

#[tonic::async_trait]
impl Dstream for Service {
    type OpenStream = Answers<ContextEvent>;
    type CutStream = Answers<JobEvent>;
    type RunJobStream = Answers<JobEvent>;
    type SaveAsTextStream = Answers<JobEvent>;
    type SavePartitionsStream = Answers<JobEvent>;
    type StartStreamingStream = Answers<StreamingEvent>;
    type GetCheckpointStream = Answers<CheckpointChunk>;

    async fn open(&self, request: Request<OpenRequest>) -> Result<Response<Self::OpenStream>, Status> {
        answer(self.open_context(request.into_inner()))
    }

    async fn close(&self, request: Request<CloseRequest>) -> Result<Response<CloseResponse>, Status> {
        self.contexts.end(&request.into_inner().context_id).await;
        Ok(Response::new(CloseResponse {}))
    }

    async fn define(&self, request: Request<DefineRequest>) -> Result<Response<DefineResponse>, Status> {
        answer(self.define_nodes(request.into_inner()).await)
    }

    async fn append(&self, request: Request<AppendRequest>) -> Result<Response<AppendResponse>, Status> {
        answer(self.append_data(request.into_inner()).await)
    }

    async fn forget(&self, request: Request<ForgetRequest>) -> Result<Response<ForgetResponse>, Status> {
        answer(self.forget_nodes(&request.into_inner()))
    }

    async fn persist(&self, request: Request<PersistRequest>) -> Result<Response<PersistResponse>, Status> {
        answer(self.persist_node(&request.into_inner()))
    }

    async fn cut(&self, request: Request<CutRequest>) -> Result<Response<Self::CutStream>, Status> {
        answer(self.cut_node(&request.into_inner()))
    }

    async fn describe(
        &self,
        request: Request<DescribeRequest>,
    ) -> Result<Response<DescribeResponse>, Status> {
        answer(self.describe_node(&request.into_inner()))
    }

    async fn run_job(&self, request: Request<RunJobRequest>) -> Result<Response<Self::RunJobStream>, Status> {
        answer(self.run_a_job(request.into_inner()))
    }

    async fn save_as_text(
        &self,
        request: Request<SaveRequest>,
    ) -> Result<Response<Self::SaveAsTextStream>, Status> {
        answer(self.save_text(&request.into_inner()))
    }

    async fn save_partitions(
        &self,
        request: Request<SaveRequest>,
    ) -> Result<Response<Self::SavePartitionsStream>, Status> {
        answer(self.save_blocks(&request.into_inner()))
    }

    async fn remove_saved(
        &self,
        request: Request<RemoveSavedRequest>,
    ) -> Result<Response<RemoveSavedResponse>, Status> {
        answer(self.remove_saved_rdds(request.into_inner()).await)
    }

    async fn start_streaming(
        &self,
        request: Request<StartStreamingRequest>,
    ) -> Result<Response<Self::StartStreamingStream>, Status> {
        answer(self.start_run(request.into_inner()))
    }

    async fn ack_batch(
        &self,
        request: Request<AckBatchRequest>,
    ) -> Result<Response<AckBatchResponse>, Status> {
        answer(self.acknowledge(&request.into_inner()).await)
    }

    async fn stop_streaming(
        &self,
        request: Request<StopStreamingRequest>,
    ) -> Result<Response<StopStreamingResponse>, Status> {
        answer(self.stop_run(&request.into_inner()).await)
    }

    async fn put_checkpoint(
        &self,
        request: Request<PutCheckpointRequest>,
    ) -> Result<Response<PutCheckpointResponse>, Status> {
        answer(self.write_checkpoint(request.into_inner()).await)
    }

    async fn get_checkpoint(
        &self,
        request: Request<GetCheckpointRequest>,
    ) -> Result<Response<Self::GetCheckpointStream>, Status> {
        answer(self.read_checkpoint(&request.into_inner()).await)
    }
}
