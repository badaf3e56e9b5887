//! The APIs, one file each, and the registry made of them.
//!
//! A file says at its top what the API does; its type says key and versions. The answer to ApiVersions and
//! COMPATIBILITY.md come from the registry, so nothing is advertised that has no file here.

#[path = "25_add_offsets_to_txn.rs"]
pub(crate) mod add_offsets_to_txn;
#[path = "24_add_partitions_to_txn.rs"]
pub(crate) mod add_partitions_to_txn;
#[path = "80_add_raft_voter.rs"]
pub(crate) mod add_raft_voter;
#[path = "33_alter_configs.rs"]
pub(crate) mod alter_configs;
#[path = "45_alter_partition_reassignments.rs"]
pub(crate) mod alter_partition_reassignments;
#[path = "34_alter_replica_log_dirs.rs"]
pub(crate) mod alter_replica_log_dirs;
#[path = "18_api_versions.rs"]
pub(crate) mod api_versions;
#[path = "69_consumer_group_describe.rs"]
pub(crate) mod consumer_group_describe;
#[path = "68_consumer_group_heartbeat.rs"]
pub(crate) mod consumer_group_heartbeat;
#[path = "37_create_partitions.rs"]
pub(crate) mod create_partitions;
#[path = "19_create_topics.rs"]
pub(crate) mod create_topics;
#[path = "42_delete_groups.rs"]
pub(crate) mod delete_groups;
#[path = "21_delete_records.rs"]
pub(crate) mod delete_records;
#[path = "20_delete_topics.rs"]
pub(crate) mod delete_topics;
#[path = "60_describe_cluster.rs"]
pub(crate) mod describe_cluster;
#[path = "32_describe_configs.rs"]
pub(crate) mod describe_configs;
#[path = "15_describe_groups.rs"]
pub(crate) mod describe_groups;
#[path = "35_describe_log_dirs.rs"]
pub(crate) mod describe_log_dirs;
#[path = "61_describe_producers.rs"]
pub(crate) mod describe_producers;
#[path = "55_describe_quorum.rs"]
pub(crate) mod describe_quorum;
#[path = "75_describe_topic_partitions.rs"]
pub(crate) mod describe_topic_partitions;
#[path = "65_describe_transactions.rs"]
pub(crate) mod describe_transactions;
#[path = "43_elect_leaders.rs"]
pub(crate) mod elect_leaders;
#[path = "26_end_txn.rs"]
pub(crate) mod end_txn;
#[path = "01_fetch.rs"]
pub(crate) mod fetch;
#[path = "10_find_coordinator.rs"]
pub(crate) mod find_coordinator;
#[path = "12_heartbeat.rs"]
pub(crate) mod heartbeat;
#[path = "44_incremental_alter_configs.rs"]
pub(crate) mod incremental_alter_configs;
#[path = "22_init_producer_id.rs"]
pub(crate) mod init_producer_id;
#[path = "11_join_group.rs"]
pub(crate) mod join_group;
#[path = "13_leave_group.rs"]
pub(crate) mod leave_group;
#[path = "74_list_config_resources.rs"]
pub(crate) mod list_config_resources;
#[path = "16_list_groups.rs"]
pub(crate) mod list_groups;
#[path = "02_list_offsets.rs"]
pub(crate) mod list_offsets;
#[path = "46_list_partition_reassignments.rs"]
pub(crate) mod list_partition_reassignments;
#[path = "66_list_transactions.rs"]
pub(crate) mod list_transactions;
#[path = "03_metadata.rs"]
pub(crate) mod metadata;
#[path = "08_offset_commit.rs"]
pub(crate) mod offset_commit;
#[path = "47_offset_delete.rs"]
pub(crate) mod offset_delete;
#[path = "09_offset_fetch.rs"]
pub(crate) mod offset_fetch;
#[path = "23_offset_for_leader_epoch.rs"]
pub(crate) mod offset_for_leader_epoch;
#[path = "00_produce.rs"]
pub(crate) mod produce;
#[path = "81_remove_raft_voter.rs"]
pub(crate) mod remove_raft_voter;
#[path = "36_sasl_authenticate.rs"]
pub(crate) mod sasl_authenticate;
#[path = "17_sasl_handshake.rs"]
pub(crate) mod sasl_handshake;
#[path = "14_sync_group.rs"]
pub(crate) mod sync_group;
#[path = "28_txn_offset_commit.rs"]
pub(crate) mod txn_offset_commit;
#[path = "64_unregister_broker.rs"]
pub(crate) mod unregister_broker;
#[path = "57_update_features.rs"]
pub(crate) mod update_features;
#[path = "27_write_txn_markers.rs"]
pub(crate) mod write_txn_markers;

mod committed;
mod registry;
mod repeated;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures::future::BoxFuture;
use millstream_log::LogSlice;
use millstream_wire::frame::{decode_request_header, encode_response};
use millstream_wire::{ApiKey, DecodeError, EncodeError, Message, Reader, Request, Versions};

pub use registry::{ApiRow, api_table};

use crate::admission::Share;
use crate::answer::Answer;
use crate::config::{Endpoint, ListenAddress};
use crate::connections::ConnectionState;
use crate::shared::Shared;

/// What Kafka says of INVALID_REQUEST where it has no more to say: of a type that it does not know.
const NO_SUCH_TYPE: &str = "This most likely occurs because of a request being malformed by the client library or the \
                            message was sent to an incompatible broker. See the broker logs for more details.";

/// One API of the Kafka door.
pub(crate) trait Api {
    /// Its request, which names its key and its response.
    type Request: Request + Send + 'static;
    /// The versions that are served; a part of those that the wire knows.
    const VERSIONS: Versions;
    /// Whether the connection's next request may begin before this one is answered. What must happen in the
    /// connection's order has then to happen before [`Api::handle`] returns its future.
    const PIPELINED: bool = false;

    /// Begins the request, and answers it in the future that is returned.
    fn handle(
        call: Call,
        request: Self::Request,
    ) -> impl Future<Output = Result<Reply<<Self::Request as Request>::Response>, Refusal>> + Send + 'static;
}

/// Who asks, and in which version.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) shared: Arc<Shared>,
    pub(crate) connection: Arc<ConnectionState>,
    pub(crate) version: i16,
}

impl Call {
    /// Where the client of this connection reaches the broker: what `advertised.listeners` says, else the name that
    /// the broker listens under, as Kafka does. If it listens on an address, clients get the one they have dialled.
    pub(crate) fn endpoint(&self) -> Endpoint {
        let config = &self.shared.config;
        let local: SocketAddr = self.connection.local;
        config.advertised.clone().unwrap_or_else(|| {
            let name = config.listen.as_ref().and_then(ListenAddress::name).map(str::to_owned);
            let host = name.unwrap_or_else(|| local.ip().to_canonical().to_string());
            Endpoint { host, port: local.port() }
        })
    }
}

/// What a handler answers with.
#[derive(Debug)]
pub(crate) struct Reply<R> {
    /// `None` for a Produce that wants no answer.
    pub(crate) response: Option<R>,
    /// Memory of records in the response, held until they are written.
    pub(crate) share: Option<Share>,
    /// What goes into the response's places.
    pub(crate) files: Vec<LogSlice>,
}

impl<R> Reply<R> {
    /// No answer at all.
    pub(crate) fn silence() -> Self {
        Self { response: None, share: None, files: Vec::new() }
    }
}

impl<R> From<R> for Reply<R> {
    fn from(response: R) -> Self {
        Self { response: Some(response), ..Self::silence() }
    }
}

/// A request that closes its connection, as it does with Apache Kafka.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("a request of unknown API key {0}")]
    UnknownKey(i16),
    #[error("{key} version {version} is not served ({served} are)")]
    UnknownVersion { key: ApiKey, version: i16, served: Versions },
    #[error("a request that cannot be read: {0}")]
    Decode(#[from] DecodeError),
    #[error("an answer that the asked version cannot carry: {0}")]
    Encode(#[from] EncodeError),
    #[error("Produce with acks=0 failed: {0}")]
    Unanswered(String),
    #[error("{0}")]
    Invalid(String),
}

/// A request's answer in the making.
pub(crate) type Pending = BoxFuture<'static, Result<Option<Answer>, Refusal>>;

/// A request whose header was read and whose API was found.
pub(crate) struct Prepared {
    begin: Box<dyn FnOnce() -> Result<Pending, Refusal> + Send>,
    /// Whether it may begin while others wait for their answers, and others while it does.
    pub(crate) pipelined: bool,
}

impl Prepared {
    /// Begins the request.
    pub(crate) fn begin(self) -> Result<Pending, Refusal> {
        (self.begin)()
    }
}

/// Reads a frame's header and finds the API.
pub(crate) fn prepare(
    shared: &Arc<Shared>,
    connection: &Arc<ConnectionState>,
    frame: Bytes,
) -> Result<Prepared, Refusal> {
    let mut reader = Reader::new(frame);
    let header = decode_request_header(&mut reader)?;
    connection.set_client_id(header.client_id.as_deref().unwrap_or_default());
    let (key, version) = (header.request_api_key, header.request_api_version);
    let Some(entry) = registry::find(key) else {
        return Err(Refusal::UnknownKey(key));
    };
    connection.set_api(entry.key, version);
    let call = Call { shared: Arc::clone(shared), connection: Arc::clone(connection), version };
    if !entry.versions.contains(version) {
        if entry.key == ApiKey::ApiVersions {
            let begin = move || api_versions::unsupported(header.correlation_id);
            return Ok(Prepared { begin: Box::new(begin), pipelined: false });
        }
        return Err(Refusal::UnknownVersion { key: entry.key, version, served: entry.versions });
    }
    let begin = move || (entry.begin)(call, reader, header.correlation_id);
    Ok(Prepared { begin: Box::new(begin), pipelined: entry.pipelined })
}

/// Decodes, handles and encodes a request of the API `A`.
fn run<A: Api>(call: Call, mut reader: Reader, correlation_id: i32) -> Result<Pending, Refusal> {
    let (version, began) = (call.version, Instant::now());
    let shared = Arc::clone(&call.shared);
    let request = A::Request::decode(&mut reader, version)?;
    // What the request holds of the frame it holds alone then, and can change without a copy.
    drop(reader);
    let handled = A::handle(call, request);
    Ok(Box::pin(async move {
        let Reply { response, share, files } = handled.await?;
        let encode = |response| encode_response::<A::Request>(&response, version, correlation_id);
        let encoded = response.map(encode).transpose()?.unwrap_or_default();
        shared.request_times.record(A::Request::KEY, began.elapsed(), encoded.error_codes());
        // Every answer has at least its length.
        Ok((!encoded.is_empty()).then(|| Answer::new(encoded.into_chunks(), &files, share)))
    }))
}
