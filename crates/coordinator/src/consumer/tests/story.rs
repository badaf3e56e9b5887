//! A story in the making: members that act as clients do, a disk that writes at once unless it is told otherwise.

use std::collections::BTreeSet;

use millstream_wire::Uuid;

use crate::consumer::assignment::Partitions;
use crate::*;

pub(super) const GROUP: &str = "g";

/// The id of a topic of a story.
pub(super) fn topic_id(name: &str) -> Uuid {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(name.bytes()).for_each(|(place, byte)| *place = byte);
    Uuid::from_bytes(bytes)
}

pub(super) fn topic(name: &str, partitions: i32) -> ExistingTopic {
    ExistingTopic { name: name.to_owned(), id: topic_id(name), partitions }
}

/// `t:0,1`, which reads well in tables.
pub(super) fn shown(partitions: &Partitions) -> String {
    let one = |(id, set): (&Uuid, &BTreeSet<i32>)| {
        let name = String::from_utf8_lossy(id.as_bytes()).trim_end_matches('\0').to_owned();
        let set: Vec<String> = set.iter().map(i32::to_string).collect();
        format!("{name}:{}", set.join(","))
    };
    partitions.iter().map(one).collect::<Vec<_>>().join(" ")
}

pub(super) fn parsed(text: &str) -> Partitions {
    let topics = text.split_whitespace().filter_map(|part| part.split_once(':'));
    topics
        .map(|(name, set)| (topic_id(name), set.split(',').map(|index| index.parse().unwrap()).collect()))
        .collect()
}

/// A heartbeat that says nothing new.
pub(super) fn silent_beat(member_id: &str, member_epoch: i32) -> ConsumerHeartbeat {
    ConsumerHeartbeat {
        version: 1,
        group_id: GROUP.into(),
        member_id: member_id.into(),
        member_epoch,
        instance_id: None,
        rack_id: None,
        rebalance_timeout_ms: None,
        topics: None,
        regex: None,
        assignor: None,
        owned: None,
        client_id: "client".into(),
        client_host: "/127.0.0.1".into(),
        fresh_uuid: "fresh".into(),
    }
}

pub(super) struct Story {
    pub(super) coordinator: Coordinator,
    pub(super) now_ms: i64,
    pub(super) written: Vec<Record>,
    /// What the disk says to the next appends.
    pub(super) disk: Result<(), AppendFailure>,
    pub(super) answers: Vec<(WaiterId, Response)>,
    last_waiter: u64,
    version: i64,
}

impl Story {
    pub(super) fn new(config: Config, topics: &[(&str, i32)]) -> Self {
        let mut story = Self {
            coordinator: Coordinator::new(config),
            now_ms: 1_000,
            written: Vec::new(),
            disk: Ok(()),
            answers: Vec::new(),
            last_waiter: 0,
            version: 0,
        };
        story.topics(topics);
        story
    }

    pub(super) fn topics(&mut self, topics: &[(&str, i32)]) {
        self.version += 1;
        let topics = topics.iter().map(|(name, partitions)| topic(name, *partitions)).collect();
        self.event(Event::TopicsChanged(self.version, topics));
    }

    pub(super) fn event(&mut self, event: Event) {
        let mut effects = self.coordinator.handle(self.now_ms, event);
        while !effects.is_empty() {
            let effect = effects.remove(0);
            match effect {
                Effect::Respond { waiter, response } => self.answers.push((waiter, response)),
                Effect::AppendInTransaction { .. } => panic!("no transaction is part of a story"),
                Effect::Append { token, records, .. } => {
                    if self.disk.is_ok() {
                        self.written.extend(records);
                    }
                    effects.extend(self.coordinator.handle(self.now_ms, Event::Appended(token, self.disk)));
                }
            }
        }
    }

    pub(super) fn ask(&mut self, event: impl FnOnce(WaiterId) -> Event) -> Option<Response> {
        self.last_waiter += 1;
        let waiter = WaiterId(self.last_waiter);
        self.event(event(waiter));
        let at = self.answers.iter().position(|(answered, _)| *answered == waiter)?;
        Some(self.answers.remove(at).1)
    }

    /// A heartbeat, with nothing new unless `tweak` says so.
    pub(super) fn beat(
        &mut self,
        member_id: &str,
        member_epoch: i32,
        tweak: impl FnOnce(&mut ConsumerHeartbeat),
    ) -> Result<HeartbeatAnswer, Refused> {
        let mut beat = silent_beat(member_id, member_epoch);
        tweak(&mut beat);
        match self.ask(|waiter| Event::ConsumerHeartbeat(waiter, beat)) {
            Some(Response::ConsumerHeartbeat(answer)) => answer,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn join(&mut self, member_id: &str, topics: &[&str]) -> Result<HeartbeatAnswer, Refused> {
        self.beat(member_id, 0, |beat| joins(beat, topics))
    }

    /// `3 t:0,1` (epoch and, if it is told, what it may use), or the error.
    pub(super) fn told(&mut self, member_id: &str, epoch: i32, owned: Option<&str>) -> String {
        let answer = self.beat(member_id, epoch, |beat| beat.owned = owned.map(parsed));
        tell(&answer)
    }

    pub(super) fn describe(&self) -> Option<DescribedConsumerGroup> {
        self.coordinator.describe_consumer(GROUP)
    }

    /// The group in a line: `Stable 3/3 a@3 t:0,1 b@3 t:2`.
    pub(super) fn group(&self) -> String {
        let Some(group) = self.describe() else { return "none".to_owned() };
        let members: Vec<String> = group
            .members
            .iter()
            .map(|member| format!(" {}@{} {}", member.member_id, member.epoch, shown(&member.assignment)))
            .collect();
        format!("{} {}/{}{}", group.state.name(), group.target_epoch, group.epoch, members.concat())
    }

    /// Lets time pass, and what was due happen.
    pub(super) fn wait(&mut self, ms: i64) {
        let until = self.now_ms + ms;
        while let Some(due) = self.coordinator.next_deadline().filter(|due| *due <= until) {
            self.now_ms = due.max(self.now_ms);
            self.event(Event::Tick);
        }
        self.now_ms = until;
    }

    /// What a broker that starts on these records makes of them.
    pub(super) fn restarted(&self, config: Config, topics: &[(&str, i32)]) -> Self {
        let mut story = Self::new(config, topics);
        story.now_ms = self.now_ms;
        for record in &self.written {
            story.coordinator.replay(&record.key, record.value.as_deref()).unwrap();
        }
        let effects = story.coordinator.loaded(story.now_ms);
        assert_eq!(effects, []);
        story.written.clone_from(&self.written);
        story
    }
}

/// Makes a heartbeat that joins.
pub(super) fn joins(beat: &mut ConsumerHeartbeat, topics: &[&str]) {
    beat.member_epoch = 0;
    beat.topics = Some(topics.iter().map(|topic| (*topic).to_owned()).collect());
    beat.rebalance_timeout_ms = Some(60_000);
    beat.owned = Some(Partitions::new());
}

pub(super) fn tell(answer: &Result<HeartbeatAnswer, Refused>) -> String {
    match answer {
        Ok(answer) => {
            let assignment = answer.assignment.as_ref().map(|partitions| format!(" [{}]", shown(partitions)));
            format!("{}{}", answer.member_epoch, assignment.unwrap_or_default())
        }
        Err(refused) => format!("{:?}", refused.error),
    }
}
