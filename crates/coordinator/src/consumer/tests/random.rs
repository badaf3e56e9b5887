//! Whatever members, clocks and disks do: no partition is with two members, epochs are in order, a restart changes
//! nothing, and left in peace the group comes to rest with every partition read.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::story::{GROUP, Story, joins, topic_id};
use crate::consumer::assignment::Partitions;
use crate::*;

const MEMBERS: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Debug, Clone)]
enum Step {
    /// A heartbeat; `Some(true)` says that all was given back, `Some(false)` what it still has.
    Beat(usize, Option<bool>),
    Join(usize, u8),
    Leave(usize),
    Crash(usize),
    Wait(i64),
    Grow,
    Fail(bool),
    Restart,
}

/// What a client believes.
#[derive(Debug, Clone, Default)]
struct Client {
    epoch: i32,
    /// What it uses, and has not given back.
    owned: Partitions,
    /// What it was told to have.
    told: Partitions,
}

struct World {
    story: Story,
    clients: BTreeMap<usize, Client>,
    partitions: i32,
}

impl World {
    fn new() -> Self {
        Self {
            story: Story::new(Config::default(), &[("t", 3), ("u", 2)]),
            clients: BTreeMap::new(),
            partitions: 3,
        }
    }

    fn topics(&self) -> [(&'static str, i32); 2] {
        [("t", self.partitions), ("u", 2)]
    }

    fn act(&mut self, step: &Step) {
        match step {
            Step::Beat(member, says) => self.beat(*member, *says),
            Step::Join(member, topics) => self.join(*member, *topics),
            Step::Leave(member) => {
                if let Some(client) = self.clients.get(member).filter(|client| client.epoch > 0).cloned() {
                    let left = self.story.beat(MEMBERS[*member], -1, |_| {});
                    if left.is_ok() || client.epoch == 0 {
                        self.clients.remove(member);
                    }
                }
            }
            // It uses nothing any more, but nobody knows until its session is over.
            Step::Crash(member) => {
                self.clients.remove(member);
            }
            Step::Wait(ms) => self.wait(*ms),
            Step::Grow => {
                self.partitions = (self.partitions + 1).min(8);
                let topics = self.topics();
                self.story.topics(&topics);
            }
            Step::Fail(fails) => {
                self.story.disk = if *fails { Err(AppendFailure::Unavailable) } else { Ok(()) };
            }
            Step::Restart => {
                let restarted = self.story.restarted(Config::default(), &self.topics());
                assert_eq!(restarted.describe(), self.story.describe());
                let disk = std::mem::replace(&mut self.story, restarted).disk;
                self.story.disk = disk;
            }
        }
    }

    fn join(&mut self, member: usize, topics: u8) {
        let names: Vec<&str> = ["t", "u"]
            .into_iter()
            .enumerate()
            .filter(|(bit, _)| topics & (1 << bit) != 0)
            .map(|(_, name)| name)
            .collect();
        let answer = self.story.beat(MEMBERS[member], 0, |beat| joins(beat, &names));
        // Whoever joins uses nothing until it is told.
        self.clients.remove(&member);
        if let Ok(answer) = answer {
            self.clients.insert(member, Client::default());
            self.told(member, answer);
        }
    }

    fn beat(&mut self, member: usize, says: Option<bool>) {
        let Some(client) = self.clients.get_mut(&member).filter(|client| client.epoch > 0) else { return };
        if says == Some(true) {
            client.owned.retain(|topic, set| {
                let told = client.told.get(topic);
                set.retain(|partition| told.is_some_and(|told| told.contains(partition)));
                !set.is_empty()
            });
        }
        let (epoch, owned) = (client.epoch, says.map(|_| client.owned.clone()));
        match self.story.beat(MEMBERS[member], epoch, |beat| beat.owned = owned) {
            Ok(answer) => self.told(member, answer),
            Err(refused) => {
                let lives_on =
                    matches!(refused.error, GroupError::CoordinatorNotAvailable | GroupError::NotCoordinator);
                if !lives_on {
                    self.clients.remove(&member);
                }
            }
        }
    }

    fn told(&mut self, member: usize, answer: HeartbeatAnswer) {
        let Some(client) = self.clients.get_mut(&member) else { return };
        client.epoch = answer.member_epoch;
        if let Some(assignment) = answer.assignment {
            for (topic, set) in &assignment {
                client.owned.entry(*topic).or_default().extend(set);
            }
            client.told = assignment;
        }
    }

    /// A client that was not heard of for its session knows that it is out.
    fn wait(&mut self, ms: i64) {
        self.story.wait(ms);
        let group = self.story.describe();
        let is_in = |member: usize| {
            group.as_ref().is_some_and(|group| group.members.iter().any(|m| m.member_id == MEMBERS[member]))
        };
        self.clients.retain(|member, _| is_in(*member));
    }

    fn check(&self) {
        let mut used = BTreeSet::new();
        for (member, client) in &self.clients {
            for (topic, set) in &client.owned {
                for partition in set {
                    assert!(used.insert((*topic, *partition)), "{member} uses {partition} of another");
                }
            }
        }
        let Some(group) = self.story.describe() else { return };
        let mut owned = BTreeSet::new();
        for member in &group.members {
            assert!(member.epoch <= group.target_epoch && group.target_epoch <= group.epoch, "{group:?}");
            for (topic, set) in &member.assignment {
                set.iter().for_each(|partition| {
                    assert!(owned.insert((*topic, *partition)), "two owners of {partition}: {group:?}");
                });
            }
        }
    }

    fn rest(&mut self) {
        self.story.disk = Ok(());
        self.wait(100_000);
        self.clients.clear();
        (0..MEMBERS.len()).for_each(|member| self.join(member, 1));
        for _ in 0..6 {
            for member in 0..MEMBERS.len() {
                self.beat(member, Some(true));
                self.check();
            }
        }
        let group = self.story.describe().unwrap();
        assert_eq!(group.state, ConsumerGroupState::Stable, "{group:?}");
        let read: usize = self
            .clients
            .values()
            .filter_map(|client| client.owned.get(&topic_id("t")))
            .map(BTreeSet::len)
            .sum();
        assert_eq!(i32::try_from(read), Ok(self.partitions));
        assert_eq!(group.group_id, GROUP);
    }
}

fn step() -> impl Strategy<Value = Step> {
    let member = || 0..MEMBERS.len();
    prop_oneof![
        8 => (member(), prop::option::of(any::<bool>())).prop_map(|(member, says)| Step::Beat(member, says)),
        4 => (member(), 0..4u8).prop_map(|(member, topics)| Step::Join(member, topics)),
        1 => member().prop_map(Step::Leave),
        1 => member().prop_map(Step::Crash),
        2 => prop_oneof![Just(5_000), Just(20_000), Just(61_000)].prop_map(Step::Wait),
        1 => Just(Step::Grow),
        1 => prop::bool::weighted(0.3).prop_map(Step::Fail),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_must_hold_holds(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        for step in &steps {
            world.act(step);
            world.check();
        }
        world.rest();
    }
}
