//! A member of a group.

use bytes::Bytes;

use crate::WaiterId;
use crate::event::{JoinRequest, Protocol};

/// One member.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) instance_id: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_host: String,
    pub(crate) rebalance_timeout_ms: i32,
    pub(crate) session_timeout_ms: i32,
    pub(crate) protocol_type: String,
    pub(crate) protocols: Vec<Protocol>,
    pub(crate) assignment: Bytes,
    /// Its parked JoinGroup.
    pub(crate) join_waiter: Option<WaiterId>,
    /// Its parked SyncGroup.
    pub(crate) sync_waiter: Option<WaiterId>,
    /// It has not been answered yet, so it cannot send heartbeats: its parked join does not keep it alive for ever.
    pub(crate) is_new: bool,
}

impl Member {
    /// The member that this join makes.
    pub(crate) fn new(id: &str, request: JoinRequest, waiter: WaiterId) -> Self {
        Self {
            id: id.to_owned(),
            rebalance_timeout_ms: request.rebalance_timeout_ms(),
            instance_id: request.group_instance_id,
            client_id: request.client_id,
            client_host: request.client_host,
            session_timeout_ms: request.session_timeout_ms,
            protocol_type: request.protocol_type,
            protocols: request.protocols,
            assignment: Bytes::new(),
            join_waiter: Some(waiter),
            sync_waiter: None,
            is_new: true,
        }
    }

    /// Its metadata for a protocol; empty when it does not offer it.
    pub(crate) fn metadata(&self, protocol: &str) -> Bytes {
        let offered = self.protocols.iter().find(|offered| offered.name == protocol);
        offered.map(|offered| offered.metadata.clone()).unwrap_or_default()
    }

    /// Whether its silence is excused: it waits for the group, not the group for it.
    pub(crate) fn is_parked(&self) -> bool {
        !self.is_new && (self.join_waiter.is_some() || self.sync_waiter.is_some())
    }
}

impl JoinRequest {
    /// The rebalance timeout in ms; version 0 has none and means the session timeout.
    pub(crate) fn rebalance_timeout_ms(&self) -> i32 {
        self.rebalance_timeout_ms.unwrap_or(self.session_timeout_ms)
    }
}
