//! Groups as an administrator sees them: which there are, their members, and how to delete one.
//!
//! Groups of consumers are described in full, whichever protocol they speak; others are listed only.

use std::collections::BTreeMap;

use bytes::Bytes;
use millstream_wire::consumer_protocol::{self, ConsumerProtocolAssignment};
use millstream_wire::messages::delete_groups::DeleteGroupsRequest;
use millstream_wire::messages::describe_groups::{DescribeGroupsRequest, DescribedGroup};
use millstream_wire::messages::list_groups::ListGroupsRequest;
use millstream_wire::{ErrorCode, Message, Request, Str};

use crate::client::Client;
use crate::error::ClientError;
use crate::group::Assignment;
use crate::retries::Retries;

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupListing {
    /// Its name.
    pub group: String,
    /// `consumer` for groups of consumers; empty for a group that has nothing but offsets.
    pub protocol_type: String,
    /// `Stable`, `Empty` ...; empty from brokers before 2.6.
    pub state: String,
    /// `Classic`, `Consumer` ...; empty from brokers before 3.7.
    pub kind: String,
}

/// A group and its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupDescription {
    /// Its name.
    pub group: String,
    /// `Stable`, `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Assigning`, `Reconciling` or `Dead`.
    pub state: String,
    /// How its members divide partitions, for instance `range`.
    pub assignor: String,
    /// Its members.
    pub members: Vec<MemberDescription>,
    /// The broker that coordinates it.
    pub coordinator: Coordinator,
    /// Its epoch, if it is of the newer protocol.
    pub epoch: Option<i32>,
    /// The epoch of its target assignment, if it is of the newer protocol.
    pub target_epoch: Option<i32>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberDescription {
    /// The id that the coordinator has given it.
    pub member_id: String,
    /// The id that it has given itself, if it is a static member.
    pub instance_id: Option<String>,
    /// The name of its client.
    pub client_id: String,
    /// Where it connects from, as `/127.0.0.1`.
    pub client_host: String,
    /// The partitions that it reads.
    pub assignment: Assignment,
    /// Its epoch, in a group of the newer protocol.
    pub epoch: Option<i32>,
    /// The partitions that it shall read, in a group of the newer protocol.
    pub target: Assignment,
    /// Whether it speaks the newer protocol itself, in a group of that; unknown to brokers before 4.0.
    pub is_upgraded: Option<bool>,
}

/// The broker that coordinates a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coordinator {
    /// The broker's id.
    pub id: i32,
    /// Its host name or IP address.
    pub host: String,
    /// Its port.
    pub port: i32,
}

impl Client {
    /// The groups of all brokers, by name.
    pub async fn list_groups(&mut self) -> Result<Vec<GroupListing>, ClientError> {
        self.refresh(Some(&[])).await?;
        let addresses: Vec<_> = self.cluster.brokers.values().map(|broker| broker.address()).collect();
        let mut groups = BTreeMap::new();
        for address in addresses {
            let mut retries = Retries::within(self.options.retry_for);
            let found = loop {
                match self.list_groups_of(&address).await {
                    Err(error) if error.is_retriable() && retries.pause().await => {}
                    outcome => break outcome?,
                }
            };
            groups.extend(found.into_iter().map(|listing| (listing.group.clone(), listing)));
        }
        Ok(groups.into_values().collect())
    }

    async fn list_groups_of(&mut self, address: &str) -> Result<Vec<GroupListing>, ClientError> {
        let connection = self.at(address).await?;
        let version = connection.version::<ListGroupsRequest>(ListGroupsRequest::VERSIONS)?;
        let response = connection.call(&ListGroupsRequest::default(), version).await?;
        ClientError::check(response.error_code, None, || format!("the groups of {address}"))?;
        let listing = |group: millstream_wire::messages::list_groups::ListedGroup| GroupListing {
            group: group.group_id.into(),
            protocol_type: group.protocol_type.into(),
            state: group.group_state.into(),
            kind: group.group_type.into(),
        };
        Ok(response.groups.into_iter().map(listing).collect())
    }

    /// A group and its members; a group that is not there is refused with GROUP_ID_NOT_FOUND.
    pub async fn describe_group(&mut self, group: &str) -> Result<GroupDescription, ClientError> {
        let mut retries = Retries::within(self.options.retry_for);
        loop {
            match self.describe_group_once(group).await {
                Err(error) if error.is_retriable() && retries.pause().await => {}
                outcome => return outcome,
            }
        }
    }

    async fn describe_group_once(&mut self, group: &str) -> Result<GroupDescription, ClientError> {
        let coordinator = self.group_coordinator(group).await?;
        if let Some(found) = self.describe_consumer_group(group, &coordinator).await? {
            return Ok(found);
        }
        let address = crate::address::of_broker(&coordinator.host, coordinator.port);
        let connection = self.at(&address).await?;
        let version = connection.version::<DescribeGroupsRequest>(DescribeGroupsRequest::VERSIONS)?;
        let request = DescribeGroupsRequest { groups: vec![group.into()], ..Default::default() };
        let response = connection.call(&request, version).await?;
        let missing = || ClientError::Refused {
            what: format!("group '{group}'"),
            code: ErrorCode::GROUP_ID_NOT_FOUND,
            message: None,
        };
        let found = response.groups.into_iter().next().ok_or_else(missing)?;
        ClientError::check(found.error_code, found.error_message.as_deref(), || format!("group '{group}'"))?;
        // Before version 6, a group that is not there is a dead one.
        if found.group_state.as_str() == "Dead" {
            return Err(missing());
        }
        described(found, coordinator, &address)
    }

    /// Deletes a group that has no members, with its offsets.
    pub async fn delete_group(&mut self, group: &str) -> Result<(), ClientError> {
        let mut retries = Retries::within(self.options.retry_for);
        loop {
            match self.delete_group_once(group).await {
                Err(error) if error.is_retriable() && retries.pause().await => {}
                outcome => return outcome,
            }
        }
    }

    async fn delete_group_once(&mut self, group: &str) -> Result<(), ClientError> {
        let address = self.coordinator(group).await?;
        let connection = self.at(&address).await?;
        let version = connection.version::<DeleteGroupsRequest>(DeleteGroupsRequest::VERSIONS)?;
        let request = DeleteGroupsRequest { groups_names: vec![group.into()] };
        let response = connection.call(&request, version).await?;
        for result in response.results {
            ClientError::check(result.error_code, None, || format!("group '{group}'"))?;
        }
        Ok(())
    }
}

fn described(
    found: DescribedGroup,
    coordinator: Coordinator,
    address: &str,
) -> Result<GroupDescription, ClientError> {
    let mut members = Vec::new();
    for member in found.members {
        members.push(MemberDescription {
            member_id: member.member_id.into(),
            instance_id: member.group_instance_id.map(|id: Str| id.into()),
            client_id: member.client_id.into(),
            client_host: member.client_host.into(),
            assignment: assignment(member.member_assignment, address)?,
            epoch: None,
            target: Assignment::new(),
            is_upgraded: None,
        });
    }
    Ok(GroupDescription {
        group: found.group_id.into(),
        state: found.group_state.into(),
        assignor: found.protocol_data.into(),
        members,
        coordinator,
        epoch: None,
        target_epoch: None,
    })
}

fn assignment(bytes: Bytes, address: &str) -> Result<Assignment, ClientError> {
    if bytes.is_empty() {
        return Ok(Assignment::new());
    }
    let decoded = consumer_protocol::decode::<ConsumerProtocolAssignment>(bytes);
    let (_, assignment) = decoded.map_err(|source| ClientError::Malformed {
        address: address.to_owned(),
        api: DescribeGroupsRequest::KEY,
        source,
    })?;
    let topic = |topic: consumer_protocol::TopicPartition| (String::from(topic.topic), topic.partitions);
    Ok(assignment.assigned_partitions.into_iter().map(topic).collect())
}
