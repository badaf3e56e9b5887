//! A member of a classic consumer group: join, sync, heartbeat, commit, leave.
//!
//! The coordinator counts the members and picks a leader among them; the leader divides the partitions
//! ([`assign_ranges`]) and the coordinator hands the shares out. A member that hears of a rebalance joins again.

use std::collections::BTreeMap;
use std::time::Duration;

use millstream_wire::consumer_protocol::{
    self, ConsumerProtocolAssignment, ConsumerProtocolSubscription, TopicPartition,
};
use millstream_wire::messages::heartbeat::HeartbeatRequest;
use millstream_wire::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse};
use millstream_wire::messages::leave_group::{LeaveGroupRequest, MemberIdentity};
use millstream_wire::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use millstream_wire::messages::offset_fetch::{OffsetFetchRequest, OffsetFetchRequestTopic};
use millstream_wire::messages::sync_group::{SyncGroupRequest, SyncGroupRequestAssignment};
use millstream_wire::{EncodeError, ErrorCode, Message, Request, Str, Versions, encode_prefixed};

use crate::admin::millis;
use crate::assignor::assign_ranges;
use crate::client::Client;
use crate::connection::Connection;
use crate::error::ClientError;
use crate::retries::Retries;

const PROTOCOL_TYPE: &str = "consumer";
const PROTOCOL_NAME: &str = "range";
/// How long a member may be silent before the group goes on without it.
const SESSION_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the others wait for a member to join again.
const REBALANCE_TIMEOUT: Duration = Duration::from_secs(60);

/// Partitions by topic.
pub type Assignment = BTreeMap<String, Vec<i32>>;

/// This process's membership in a group.
#[derive(Debug)]
pub struct GroupMember {
    group: String,
    topics: Vec<String>,
    /// Empty until the coordinator has given one.
    member_id: Str,
    generation: i32,
    coordinator: Option<String>,
}

impl GroupMember {
    /// A member to be, of a group that reads these topics.
    pub fn new(group: &str, topics: Vec<String>) -> Self {
        Self { group: group.to_owned(), topics, member_id: Str::default(), generation: -1, coordinator: None }
    }

    /// How often [`Self::heartbeat`] should be called.
    pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(3);

    /// Joins the group, or joins it again, and gives this member's share. Waits for the other members to join.
    pub async fn join(&mut self, client: &mut Client) -> Result<Assignment, ClientError> {
        let mut retries = Retries::within(REBALANCE_TIMEOUT + client.options.retry_for);
        loop {
            let error = match self.join_once(client).await {
                Ok(assignment) => return Ok(assignment),
                Err(error) => error,
            };
            if !self.learn(&error) || !retries.pause().await {
                return Err(error);
            }
        }
    }

    /// Tells the coordinator that this member lives. `false` is a rebalance: the member must join again.
    pub async fn heartbeat(&mut self, client: &mut Client) -> Result<bool, ClientError> {
        let request = HeartbeatRequest {
            group_id: self.group.as_str().into(),
            generation_id: self.generation,
            member_id: self.member_id.clone(),
            group_instance_id: None,
        };
        let beat = async {
            let connection = self.connection(client).await?;
            let version = connection.version::<HeartbeatRequest>(HeartbeatRequest::VERSIONS)?;
            let response = connection.call(&request, version).await?;
            ClientError::check(response.error_code, None, || format!("group '{}'", self.group))
        };
        match beat.await {
            Ok(()) => Ok(true),
            Err(error) if self.learn(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Commits the offsets to go on at. `false`: the group has gone on without this member, or is about to; nothing is
    /// committed and the member must join again.
    pub async fn commit(
        &mut self,
        client: &mut Client,
        positions: &BTreeMap<(String, i32), i64>,
    ) -> Result<bool, ClientError> {
        let mut retries = Retries::within(client.options.retry_for);
        loop {
            let error = match self.commit_once(client, positions).await {
                Ok(()) => return Ok(true),
                Err(error) => error,
            };
            let is_worth_joining = self.learn(&error);
            if is_worth_joining && !error.is_retriable() {
                return Ok(false);
            }
            if !error.is_retriable() || !retries.pause().await {
                return Err(error);
            }
        }
    }

    async fn commit_once(
        &mut self,
        client: &mut Client,
        positions: &BTreeMap<(String, i32), i64>,
    ) -> Result<(), ClientError> {
        let mut topics: BTreeMap<&str, Vec<OffsetCommitRequestPartition>> = BTreeMap::new();
        for ((topic, partition), offset) in positions {
            topics.entry(topic).or_default().push(OffsetCommitRequestPartition {
                partition_index: *partition,
                committed_offset: *offset,
                committed_metadata: Some(Str::default()),
                ..Default::default()
            });
        }
        let named = |(topic, partitions): (&str, _)| OffsetCommitRequestTopic {
            name: topic.into(),
            partitions,
            ..Default::default()
        };
        let request = OffsetCommitRequest {
            group_id: self.group.as_str().into(),
            generation_id_or_member_epoch: self.generation,
            member_id: self.member_id.clone(),
            topics: topics.into_iter().map(named).collect(),
            ..Default::default()
        };
        let connection = self.connection(client).await?;
        let version = connection.version::<OffsetCommitRequest>(Versions::new(2, 9))?;
        let response = connection.call(&request, version).await?;
        for topic in response.topics {
            for partition in topic.partitions {
                let what =
                    || format!("{}-{} in group '{}'", topic.name, partition.partition_index, self.group);
                ClientError::check(partition.error_code, None, what)?;
            }
        }
        Ok(())
    }

    /// The committed offsets of some partitions; those without one are left out.
    pub async fn committed(
        &mut self,
        client: &mut Client,
        partitions: &Assignment,
    ) -> Result<BTreeMap<(String, i32), i64>, ClientError> {
        let mut retries = Retries::within(client.options.retry_for);
        loop {
            match self.committed_once(client, partitions).await {
                Err(error) if error.is_retriable() && retries.pause().await => self.coordinator = None,
                outcome => return outcome,
            }
        }
    }

    async fn committed_once(
        &mut self,
        client: &mut Client,
        partitions: &Assignment,
    ) -> Result<BTreeMap<(String, i32), i64>, ClientError> {
        let topic = |(name, indexes): (&String, &Vec<i32>)| OffsetFetchRequestTopic {
            name: name.into(),
            partition_indexes: indexes.clone(),
        };
        let request = OffsetFetchRequest {
            group_id: self.group.as_str().into(),
            topics: Some(partitions.iter().map(topic).collect()),
            ..Default::default()
        };
        let connection = self.connection(client).await?;
        let version = connection.version::<OffsetFetchRequest>(Versions::new(1, 7))?;
        let response = connection.call(&request, version).await?;
        ClientError::check(response.error_code, None, || format!("group '{}'", self.group))?;
        let mut committed = BTreeMap::new();
        for topic in response.topics {
            for partition in topic.partitions {
                let what =
                    || format!("{}-{} in group '{}'", topic.name, partition.partition_index, self.group);
                ClientError::check(partition.error_code, None, what)?;
                if partition.committed_offset >= 0 {
                    let key = (String::from(topic.name.clone()), partition.partition_index);
                    committed.insert(key, partition.committed_offset);
                }
            }
        }
        Ok(committed)
    }

    /// Leaves the group, so that the others need not wait until this member is missed.
    pub async fn leave(&mut self, client: &mut Client) -> Result<(), ClientError> {
        let member_id = std::mem::take(&mut self.member_id);
        if member_id.is_empty() {
            return Ok(());
        }
        let connection = self.connection(client).await?;
        let version = connection.version::<LeaveGroupRequest>(LeaveGroupRequest::VERSIONS)?;
        let mut request = LeaveGroupRequest { group_id: self.group.as_str().into(), ..Default::default() };
        if version < 3 {
            request.member_id = member_id;
        } else {
            request.members = vec![MemberIdentity { member_id, ..Default::default() }];
        }
        let response = connection.call(&request, version).await?;
        ClientError::check(response.error_code, None, || format!("group '{}'", self.group))
    }

    async fn connection<'a>(&mut self, client: &'a mut Client) -> Result<&'a mut Connection, ClientError> {
        let address = match &self.coordinator {
            Some(address) => address.clone(),
            None => client.coordinator(&self.group).await?,
        };
        self.coordinator = Some(address.clone());
        client.at(&address).await
    }

    /// Takes in what an error says about this membership. Is it worth joining (again)?
    fn learn(&mut self, error: &ClientError) -> bool {
        match error.code() {
            Some(ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::ILLEGAL_GENERATION) => {
                self.member_id = Str::default();
                true
            }
            Some(ErrorCode::REBALANCE_IN_PROGRESS | ErrorCode::MEMBER_ID_REQUIRED) => true,
            _ => {
                self.coordinator = None;
                error.is_retriable()
            }
        }
    }

    async fn join_once(&mut self, client: &mut Client) -> Result<Assignment, ClientError> {
        let joined = self.ask_to_join(client).await?;
        self.generation = joined.generation_id;
        let mut assignments = Vec::new();
        if joined.leader == joined.member_id && !joined.skip_assignment {
            assignments = self.divide(client, &joined).await?;
        }
        self.sync(client, assignments).await
    }

    async fn ask_to_join(&mut self, client: &mut Client) -> Result<JoinGroupResponse, ClientError> {
        let topics = self.topics.iter().map(Str::from).collect();
        let subscription = ConsumerProtocolSubscription { topics, ..Default::default() };
        let encode = |source| ClientError::Encode { api: JoinGroupRequest::KEY, source };
        let request = JoinGroupRequest {
            group_id: self.group.as_str().into(),
            session_timeout_ms: millis(SESSION_TIMEOUT),
            rebalance_timeout_ms: millis(REBALANCE_TIMEOUT),
            member_id: self.member_id.clone(),
            protocol_type: PROTOCOL_TYPE.into(),
            protocols: vec![JoinGroupRequestProtocol {
                name: PROTOCOL_NAME.into(),
                metadata: encode_prefixed(&subscription, 0).map_err(encode)?,
            }],
            ..Default::default()
        };
        let connection = self.connection(client).await?;
        let version = connection.version::<JoinGroupRequest>(JoinGroupRequest::VERSIONS)?;
        let joined = connection.call_held(&request, version, REBALANCE_TIMEOUT).await?;
        if !joined.member_id.is_empty() {
            self.member_id = joined.member_id.clone();
        }
        ClientError::check(joined.error_code, None, || format!("group '{}'", self.group))?;
        Ok(joined)
    }

    /// The leader's work: every member's share.
    async fn divide(
        &self,
        client: &mut Client,
        joined: &JoinGroupResponse,
    ) -> Result<Vec<SyncGroupRequestAssignment>, ClientError> {
        let mut members = BTreeMap::new();
        for member in &joined.members {
            let subscription =
                consumer_protocol::decode::<ConsumerProtocolSubscription>(member.metadata.clone());
            let topics = match subscription {
                Ok((_, subscription)) => subscription.topics.into_iter().map(String::from).collect(),
                // A member that nobody understands gets nothing, and does not stop the others.
                Err(_) => Vec::new(),
            };
            members.insert(String::from(member.member_id.clone()), topics);
        }
        let mut names: Vec<&str> = members.values().flatten().map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let described = client.describe_topics(Some(&names)).await?;
        let counts = described.iter().map(|topic| (topic.name.clone(), topic.partitions.len())).collect();
        let encode = |source: EncodeError| ClientError::Encode { api: SyncGroupRequest::KEY, source };
        let share = |(member, assignment): (String, Assignment)| {
            Ok(SyncGroupRequestAssignment {
                member_id: member.into(),
                assignment: encode_prefixed(&to_wire(assignment), 0).map_err(encode)?,
            })
        };
        assign_ranges(&members, &counts).into_iter().map(share).collect()
    }

    async fn sync(
        &mut self,
        client: &mut Client,
        assignments: Vec<SyncGroupRequestAssignment>,
    ) -> Result<Assignment, ClientError> {
        let request = SyncGroupRequest {
            group_id: self.group.as_str().into(),
            generation_id: self.generation,
            member_id: self.member_id.clone(),
            protocol_type: Some(PROTOCOL_TYPE.into()),
            protocol_name: Some(PROTOCOL_NAME.into()),
            assignments,
            ..Default::default()
        };
        let connection = self.connection(client).await?;
        let address = connection.address().to_owned();
        let version = connection.version::<SyncGroupRequest>(SyncGroupRequest::VERSIONS)?;
        let response = connection.call_held(&request, version, REBALANCE_TIMEOUT).await?;
        ClientError::check(response.error_code, None, || format!("group '{}'", self.group))?;
        if response.assignment.is_empty() {
            return Ok(Assignment::new());
        }
        let decoded = consumer_protocol::decode::<ConsumerProtocolAssignment>(response.assignment);
        let (_, assignment) = decoded.map_err(|source| ClientError::Malformed {
            address,
            api: SyncGroupRequest::KEY,
            source,
        })?;
        let of = |topic: TopicPartition| (String::from(topic.topic), topic.partitions);
        Ok(assignment.assigned_partitions.into_iter().map(of).collect())
    }
}

fn to_wire(assignment: Assignment) -> ConsumerProtocolAssignment {
    let topic = |(topic, partitions): (String, _)| TopicPartition { topic: topic.into(), partitions };
    ConsumerProtocolAssignment {
        assigned_partitions: assignment.into_iter().map(topic).collect(),
        user_data: None,
    }
}
