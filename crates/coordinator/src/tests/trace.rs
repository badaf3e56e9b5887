//! Runs a story and writes down what happened, one line an event (`>`) or effect.

use std::fmt::Write;

use bytes::Bytes;
use millstream_wire::coordinator_records::{CoordinatorKey, GroupMetadataValue, OffsetCommitValue};
use millstream_wire::decode_prefixed;

use crate::*;

/// A story in the making. Member ids are `NAME-WAITER`: the waiter's number stands for the fresh UUID.
pub(super) struct Trace {
    pub(super) coordinator: Coordinator,
    pub(super) now_ms: i64,
    log: String,
    unreported: Vec<AppendToken>,
    pub(super) written: Vec<Record>,
}

impl Trace {
    pub(super) fn new(config: Config) -> Self {
        Self {
            coordinator: Coordinator::new(config),
            now_ms: 0,
            log: String::new(),
            unreported: Vec::new(),
            written: Vec::new(),
        }
    }

    pub(super) fn log(self) -> String {
        self.log
    }

    fn event(&mut self, what: &str, event: Event) {
        writeln!(self.log, "> {what}").unwrap();
        let effects = self.coordinator.handle(self.now_ms, event);
        for effect in effects {
            self.effect(effect);
        }
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Respond { waiter, response } => {
                writeln!(self.log, "{} <- {}", waiter.0, show_response(&response)).unwrap();
            }
            Effect::Append { token, records, .. } | Effect::AppendInTransaction { token, records, .. } => {
                self.unreported.push(token);
                for record in records {
                    writeln!(self.log, "append {}", show_record(&record)).unwrap();
                    self.written.push(record);
                }
            }
        }
    }

    pub(super) fn join(&mut self, waiter: u64, member_id: &str, tweak: impl FnOnce(&mut JoinRequest)) {
        let mut request = join_request("g", member_id, waiter);
        tweak(&mut request);
        let who =
            if member_id.is_empty() { format!("new {}", request.client_id) } else { member_id.to_owned() };
        self.event(&format!("{waiter} join {who}"), Event::Join(WaiterId(waiter), request));
    }

    pub(super) fn sync(
        &mut self,
        waiter: u64,
        member_id: &str,
        generation_id: i32,
        assignments: &[(&str, &str)],
    ) {
        let request = SyncRequest {
            group_id: "g".into(),
            generation_id,
            member_id: member_id.into(),
            group_instance_id: None,
            protocol_type: None,
            protocol_name: None,
            assignments: assignments
                .iter()
                .map(|(id, given)| ((*id).to_owned(), Bytes::copy_from_slice(given.as_bytes())))
                .collect(),
        };
        self.event(
            &format!("{waiter} sync {member_id} {generation_id}"),
            Event::Sync(WaiterId(waiter), request),
        );
    }

    pub(super) fn heartbeat(&mut self, waiter: u64, member_id: &str, generation_id: i32) {
        let request = Heartbeat {
            group_id: "g".into(),
            generation_id,
            member_id: member_id.into(),
            group_instance_id: None,
        };
        let what = format!("{waiter} heartbeat {member_id} {generation_id}");
        self.event(&what, Event::Heartbeat(WaiterId(waiter), request));
    }

    pub(super) fn leave(&mut self, waiter: u64, member_id: &str, instance_id: Option<&str>) {
        let member = LeavingMember {
            member_id: member_id.into(),
            group_instance_id: instance_id.map(ToOwned::to_owned),
        };
        let request = LeaveRequest { group_id: "g".into(), members: vec![member] };
        self.event(
            &format!("{waiter} leave {member_id}{}", instance_id.unwrap_or("")),
            Event::Leave(WaiterId(waiter), request),
        );
    }

    pub(super) fn commit(&mut self, waiter: u64, member_id: &str, generation_id: i32, offset: i64) {
        let partition = CommitPartition {
            partition: 0,
            offset,
            leader_epoch: -1,
            metadata: Some(format!("at {offset}")),
        };
        let request = CommitRequest {
            group_id: "g".into(),
            generation_id,
            member_id: member_id.into(),
            group_instance_id: None,
            retention_ms: None,
            knows_group_id_not_found: true,
            topics: vec![CommitTopic { name: "t".into(), topic_id: [0; 16], partitions: vec![partition] }],
        };
        let what = format!("{waiter} commit {member_id} {generation_id} offset {offset}");
        self.event(&what, Event::Commit(WaiterId(waiter), request));
    }

    pub(super) fn other(&mut self, what: &str, event: Event) {
        self.event(what, event);
    }

    /// Everything asked to be written is on disk.
    pub(super) fn durable(&mut self) {
        for token in std::mem::take(&mut self.unreported) {
            self.event("durable", Event::Appended(token, Ok(())));
        }
    }

    /// Nothing asked to be written will ever be.
    pub(super) fn not_durable(&mut self, failure: AppendFailure) {
        for token in std::mem::take(&mut self.unreported) {
            self.event("not durable", Event::Appended(token, Err(failure)));
        }
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, ms: i64) {
        self.now_ms += ms;
        self.event(&format!("{ms} ms pass"), Event::Tick);
    }

    /// Writes down how the group looks.
    pub(super) fn describe(&mut self) {
        let line = match self.coordinator.describe("g") {
            None => "no group".to_owned(),
            Some(group) => {
                let members: Vec<String> = group
                    .members
                    .iter()
                    .map(|m| format!("{}={}", m.member_id, String::from_utf8_lossy(&m.assignment)))
                    .collect();
                format!("group {} {} [{}]", group.state, group.protocol, members.join(" "))
            }
        };
        let offsets: Vec<String> = self
            .coordinator
            .offsets("g")
            .map(|(topic, partition, offset)| format!(" {topic}-{partition}@{}", offset.offset))
            .collect();
        writeln!(self.log, "= {line}{}", offsets.concat()).unwrap();
    }
}

pub(super) fn join_request(group_id: &str, member_id: &str, waiter: u64) -> JoinRequest {
    JoinRequest {
        group_id: group_id.into(),
        member_id: member_id.into(),
        group_instance_id: None,
        client_id: "c".into(),
        client_host: "/127.0.0.1".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: Some(60_000),
        protocol_type: "consumer".into(),
        protocols: vec![Protocol {
            name: "range".into(),
            metadata: Bytes::from_static(b"\0\0\0\0\0\x01\0\x01t\xff\xff\xff\xff"),
        }],
        fresh_uuid: waiter.to_string(),
        requires_known_member_id: false,
        supports_skipping_assignment: false,
    }
}

fn show_error(error: Option<GroupError>) -> String {
    error.map_or("ok".to_owned(), |error| format!("{error:?}"))
}

fn show_response(response: &Response) -> String {
    match response {
        Response::Join(join) => match join.error {
            Some(error) => format!("{error:?} {}", join.member_id),
            None => {
                let members: Vec<&str> =
                    join.members.iter().map(|member| member.member_id.as_str()).collect();
                format!(
                    "joined {} as {}, leader {}, {} [{}]{}",
                    join.generation_id,
                    join.member_id,
                    join.leader,
                    join.protocol_name.as_deref().unwrap_or("-"),
                    members.join(" "),
                    if join.skip_assignment { " skip" } else { "" }
                )
            }
        },
        Response::Sync(Ok(sync)) => format!("assigned '{}'", String::from_utf8_lossy(&sync.assignment)),
        Response::Sync(Err(error)) => format!("{error:?}"),
        Response::Heartbeat(result) => show_error(result.err()),
        Response::Leave(Ok(leave)) => {
            leave.members.iter().map(|member| show_error(member.error)).collect::<Vec<_>>().join(" ")
        }
        Response::Leave(Err(error)) => format!("{error:?}"),
        Response::Commit(Ok(CommitResponse { topics }))
        | Response::DeleteOffsets(Ok(DeleteOffsetsResponse { topics })) => {
            let partitions = topics.iter().flat_map(|topic| {
                topic.partitions.iter().map(|(p, error)| format!("{}-{p} {}", topic.name, show_error(*error)))
            });
            partitions.collect::<Vec<_>>().join(" ")
        }
        Response::Commit(Err(error)) | Response::DeleteOffsets(Err(error)) => format!("{error:?}"),
        Response::DeleteGroup(result) => show_error(result.err()),
        Response::ConsumerHeartbeat(answer) => format!("{answer:?}"),
    }
}

fn show_record(record: &Record) -> String {
    match CoordinatorKey::decode(record.key.clone()).unwrap() {
        CoordinatorKey::Group(key) => match &record.value {
            None => format!("{} tombstone", key.group),
            Some(value) => {
                let (version, value): (i16, GroupMetadataValue) = decode_prefixed(value.clone()).unwrap();
                let members: Vec<String> = value
                    .members
                    .iter()
                    .map(|m| format!("{}={}", m.member_id, String::from_utf8_lossy(&m.assignment)))
                    .collect();
                format!(
                    "{} v{version} generation {} {} [{}]",
                    key.group,
                    value.generation,
                    value.protocol.as_deref().unwrap_or("-"),
                    members.join(" ")
                )
            }
        },
        CoordinatorKey::Offset(key) => match &record.value {
            None => format!("{} {}-{} tombstone", key.group, key.topic, key.partition),
            Some(value) => {
                let (version, value): (i16, OffsetCommitValue) = decode_prefixed(value.clone()).unwrap();
                format!(
                    "{} {}-{} v{version} offset {} '{}'",
                    key.group, key.topic, key.partition, value.offset, value.metadata
                )
            }
        },
        other => format!("{other:?}"),
    }
}
