//! A Spark Connect call: twelve RPCs, one file each in [`crate::rpc`].

use std::sync::Arc;

use tonic::{Request, Response, Status, Streaming};

use crate::proto::connect as pb;
use crate::proto::connect::spark_connect_service_server::SparkConnectService;
use crate::rpc;
use crate::session::{ResponseStream, Sessions};

/// The service; all state is in the sessions.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) sessions: Arc<Sessions>,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl SparkConnectService for Service {
    type ExecutePlanStream = ResponseStream;
    type ReattachExecuteStream = ResponseStream;

    async fn execute_plan(&self, request: Request<pb::ExecutePlanRequest>) -> Answer<ResponseStream> {
        rpc::execute_plan::call(&self.sessions, request.into_inner()).map(Response::new)
    }

    async fn analyze_plan(
        &self,
        request: Request<pb::AnalyzePlanRequest>,
    ) -> Answer<pb::AnalyzePlanResponse> {
        rpc::analyze_plan::call(&self.sessions, request.into_inner()).await.map(Response::new)
    }

    async fn config(&self, request: Request<pb::ConfigRequest>) -> Answer<pb::ConfigResponse> {
        rpc::config::call(&self.sessions, request.into_inner()).map(Response::new)
    }

    async fn add_artifacts(
        &self,
        request: Request<Streaming<pb::AddArtifactsRequest>>,
    ) -> Answer<pb::AddArtifactsResponse> {
        rpc::add_artifacts::call(&self.sessions, request.into_inner()).await.map(Response::new)
    }

    async fn artifact_status(
        &self,
        request: Request<pb::ArtifactStatusesRequest>,
    ) -> Answer<pb::ArtifactStatusesResponse> {
        rpc::artifact_status::call(&self.sessions, request.into_inner()).map(Response::new)
    }

    async fn interrupt(&self, request: Request<pb::InterruptRequest>) -> Answer<pb::InterruptResponse> {
        rpc::interrupt::call(&self.sessions, request.into_inner()).map(Response::new)
    }

    async fn reattach_execute(&self, request: Request<pb::ReattachExecuteRequest>) -> Answer<ResponseStream> {
        rpc::reattach_execute::call(&self.sessions, request.into_inner()).map(Response::new)
    }

    async fn release_execute(
        &self,
        request: Request<pb::ReleaseExecuteRequest>,
    ) -> Answer<pb::ReleaseExecuteResponse> {
        rpc::release_execute::call(&self.sessions, request.into_inner()).map(Response::new)
    }

    async fn release_session(
        &self,
        request: Request<pb::ReleaseSessionRequest>,
    ) -> Answer<pb::ReleaseSessionResponse> {
        rpc::release_session::call(&self.sessions, request.into_inner()).await.map(Response::new)
    }

    async fn fetch_error_details(
        &self,
        request: Request<pb::FetchErrorDetailsRequest>,
    ) -> Answer<pb::FetchErrorDetailsResponse> {
        rpc::fetch_error_details::call(&self.sessions, request.into_inner()).map(Response::new)
    }

    async fn clone_session(&self, _: Request<pb::CloneSessionRequest>) -> Answer<pb::CloneSessionResponse> {
        Err(crate::error::unsupported("CloneSession (spark.cloneSession)").to_status())
    }

    async fn get_status(&self, _: Request<pb::GetStatusRequest>) -> Answer<pb::GetStatusResponse> {
        Err(crate::error::unsupported("GetStatus").to_status())
    }
}
