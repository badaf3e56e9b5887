//! Any events in any order: what must hold holds.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use proptest::prelude::*;

use super::trace::join_request;
use crate::*;

#[derive(Debug, Clone)]
enum Step {
    Join { member: usize, instance: Option<u8>, known: bool, metadata: u8 },
    Sync { member: usize, generation_back: i32 },
    Heartbeat { member: usize },
    Leave { member: usize },
    Commit { member: usize },
    Wait(i64),
    Report { which: usize, ok: bool },
    Delete,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let member = 0usize..6;
    prop_oneof![
        6 => (member.clone(), prop::option::of(0u8..2), any::<bool>(), 0u8..2).prop_map(
            |(member, instance, known, metadata)| Step::Join { member, instance, known, metadata }
        ),
        6 => (member.clone(), 0i32..2).prop_map(|(member, generation_back)| Step::Sync { member, generation_back }),
        2 => member.clone().prop_map(|member| Step::Heartbeat { member }),
        1 => member.clone().prop_map(|member| Step::Leave { member }),
        1 => member.prop_map(|member| Step::Commit { member }),
        3 => (0i64..40_000).prop_map(Step::Wait),
        6 => (0usize..4, prop::bool::weighted(0.8)).prop_map(|(which, ok)| Step::Report { which, ok }),
        1 => Just(Step::Delete),
        1 => Just(Step::Restart),
    ]
}

/// The coordinator, and what was seen of it.
struct World {
    coordinator: Coordinator,
    now_ms: i64,
    next_waiter: u64,
    waiting: BTreeSet<WaiterId>,
    /// Member ids that were ever given out.
    members: Vec<String>,
    unreported: Vec<(AppendToken, Vec<Record>)>,
    durable: Vec<Record>,
    generation: i32,
    leaders: BTreeMap<i32, String>,
    /// (generation, member) to the assignments that this generation's leader gave it.
    given: BTreeMap<(i32, String), BTreeSet<Bytes>>,
    syncs: BTreeMap<WaiterId, (i32, String)>,
}

/// Whose an assignment is: a static member keeps it when it comes back under a new id (KIP-345).
fn owner(member: &str) -> String {
    match member.split_once('-') {
        Some((instance, _)) if instance.starts_with('i') => instance.to_owned(),
        _ => member.to_owned(),
    }
}

impl World {
    fn new() -> Self {
        Self {
            coordinator: Coordinator::new(Config::default()),
            now_ms: 0,
            next_waiter: 0,
            waiting: BTreeSet::new(),
            members: Vec::new(),
            unreported: Vec::new(),
            durable: Vec::new(),
            generation: 0,
            leaders: BTreeMap::new(),
            given: BTreeMap::new(),
            syncs: BTreeMap::new(),
        }
    }

    fn waiter(&mut self) -> WaiterId {
        self.next_waiter += 1;
        let waiter = WaiterId(self.next_waiter);
        self.waiting.insert(waiter);
        waiter
    }

    fn member(&self, member: usize) -> String {
        self.members.get(self.members.len().saturating_sub(1 + member)).cloned().unwrap_or_default()
    }

    fn handle(&mut self, event: Event) {
        for effect in self.coordinator.handle(self.now_ms, event) {
            match effect {
                Effect::Append { token, records, .. }
                | Effect::AppendInTransaction { token, records, .. } => {
                    self.unreported.push((token, records))
                }
                Effect::Respond { waiter, response } => {
                    assert!(self.waiting.remove(&waiter), "{waiter:?} was answered twice");
                    self.answered(waiter, response);
                }
            }
        }
    }

    fn answered(&mut self, waiter: WaiterId, response: Response) {
        match response {
            Response::Join(join) => {
                if !join.member_id.is_empty() && !self.members.contains(&join.member_id) {
                    self.members.push(join.member_id.clone());
                }
                if join.error.is_none() {
                    assert!(join.generation_id >= self.generation, "the generation went back");
                    self.generation = join.generation_id;
                    self.leaders.insert(join.generation_id, join.leader);
                }
            }
            Response::Sync(Ok(sync)) => {
                let (generation, member) = self.syncs.remove(&waiter).unwrap();
                let given = self.given.get(&(generation, owner(&member))).cloned().unwrap_or_default();
                assert!(
                    sync.assignment.is_empty() || given.contains(&sync.assignment),
                    "{member} of {generation} has {:?}, which nobody who led gave: {given:?}",
                    sync.assignment
                );
            }
            _ => {}
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Join { member, instance, known, metadata } => self.join(member, instance, known, metadata),
            Step::Sync { member, generation_back } => self.sync(member, generation_back),
            Step::Heartbeat { member } => {
                let (waiter, member_id) = (self.waiter(), self.member(member));
                let generation_id = self.generation;
                let group_instance_id = None;
                let request = Heartbeat { group_id: "g".into(), generation_id, member_id, group_instance_id };
                self.handle(Event::Heartbeat(waiter, request));
            }
            Step::Leave { member } => {
                let (waiter, member_id) = (self.waiter(), self.member(member));
                let members = vec![LeavingMember { member_id, group_instance_id: None }];
                self.handle(Event::Leave(waiter, LeaveRequest { group_id: "g".into(), members }));
            }
            Step::Commit { member } => self.commit(member),
            Step::Wait(ms) => {
                self.now_ms += ms;
                self.handle(Event::Tick);
            }
            Step::Report { which, ok } => self.report(which, ok),
            Step::Delete => {
                let waiter = self.waiter();
                self.handle(Event::DeleteGroup(waiter, "g".into()));
                self.generation = 0;
            }
            Step::Restart => self.restart(),
        }
    }

    fn join(&mut self, member: usize, instance: Option<u8>, known: bool, metadata: u8) {
        let waiter = self.waiter();
        let member_id = if known { self.member(member) } else { String::new() };
        let mut request = join_request("g", &member_id, waiter.0);
        request.group_instance_id = instance.map(|instance| format!("i{instance}"));
        request.requires_known_member_id = metadata == 0;
        for protocol in &mut request.protocols {
            protocol.metadata = vec![metadata].into();
        }
        self.handle(Event::Join(waiter, request));
    }

    fn sync(&mut self, member: usize, generation_back: i32) {
        let (waiter, member_id) = (self.waiter(), self.member(member));
        let generation_id = self.generation - generation_back;
        let mut assignments = Vec::new();
        for to in self.members.clone() {
            let assignment = Bytes::from(format!("{waiter:?} {member_id} {to}"));
            let leads = self.leaders.get(&generation_id) == Some(&member_id);
            // Static members lead on under a new id, which only a described group tells.
            let is_static = member_id.starts_with('i');
            if leads || is_static {
                self.given.entry((generation_id, owner(&to))).or_default().insert(assignment.clone());
            }
            assignments.push((to, assignment));
        }
        self.syncs.insert(waiter, (generation_id, member_id.clone()));
        let request = SyncRequest {
            group_id: "g".into(),
            generation_id,
            member_id,
            group_instance_id: None,
            protocol_type: None,
            protocol_name: None,
            assignments,
        };
        self.handle(Event::Sync(waiter, request));
    }

    fn commit(&mut self, member: usize) {
        let (waiter, member_id) = (self.waiter(), self.member(member));
        let partition = CommitPartition {
            partition: 0,
            offset: i64::try_from(waiter.0).unwrap(),
            leader_epoch: -1,
            metadata: None,
        };
        let request = CommitRequest {
            group_id: "g".into(),
            generation_id: self.generation,
            member_id,
            group_instance_id: None,
            retention_ms: None,
            knows_group_id_not_found: true,
            topics: vec![CommitTopic { name: "t".into(), topic_id: [0; 16], partitions: vec![partition] }],
        };
        self.handle(Event::Commit(waiter, request));
    }

    /// The disk writes in order; the reports come in any.
    fn report(&mut self, which: usize, ok: bool) {
        if self.unreported.is_empty() {
            return;
        }
        let (token, records) = self.unreported.remove(which % self.unreported.len());
        let result = if ok { Ok(()) } else { Err(AppendFailure::Unavailable) };
        if ok {
            self.durable.extend(records);
        }
        self.handle(Event::Appended(token, result));
    }

    /// A new process finds what is durable. Reports out of order would make this history wrong, so they come first.
    fn restart(&mut self) {
        while !self.unreported.is_empty() {
            self.report(0, true);
        }
        let mut coordinator = Coordinator::new(Config::default());
        for record in &self.durable {
            coordinator.replay(&record.key, record.value.as_deref()).unwrap();
        }
        assert!(coordinator.loaded(self.now_ms).is_empty());
        self.coordinator = coordinator;
        self.waiting.clear();
        self.syncs.clear();
        // Generations that were never stored are forgotten, with their members.
        self.generation = 0;
        self.leaders.clear();
        self.given.clear();
        for member in self.coordinator.describe("g").into_iter().flat_map(|group| group.members) {
            self.given.entry((i32::MIN, owner(&member.member_id))).or_default().insert(member.assignment);
        }
        self.adopt_stored_assignments();
    }

    /// After a restart any generation that is asked for may hold what was stored.
    fn adopt_stored_assignments(&mut self) {
        let stored: Vec<(String, BTreeSet<Bytes>)> =
            self.given.iter().map(|((_, member), given)| (member.clone(), given.clone())).collect();
        for generation in 0..200 {
            for (member, given) in &stored {
                self.given.entry((generation, member.clone())).or_default().extend(given.iter().cloned());
            }
        }
    }

    /// Everything is reported and all timeouts pass: nobody waits any more.
    fn settle(&mut self) {
        for _ in 0..1_000 {
            while !self.unreported.is_empty() {
                self.report(0, true);
            }
            let Some(deadline) = self.coordinator.next_deadline() else { break };
            self.now_ms = self.now_ms.max(deadline);
            self.handle(Event::Tick);
        }
        assert!(self.unreported.is_empty() && self.coordinator.next_deadline().is_none(), "it never settles");
        assert!(self.waiting.is_empty(), "still waiting: {:?}", self.waiting);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_must_hold_holds(steps in prop::collection::vec(step(), 0..80)) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.settle();
    }
}
