//! Producers that do anything at any time, disks that answer when they like, restarts at any moment.
//!
//! What must hold: nobody is answered twice; markers say what was prepared, and once a transaction is committed no marker
//! of the same producer and epoch aborts it; epochs never go back; in the end nothing waits.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{World, bumped};
use crate::WaiterId;
use crate::transaction::*;

#[derive(Debug, Clone)]
enum Step {
    Init { id: u8, back: bool },
    Add { id: u8, partition: i32, stale: bool, version: bool },
    End { id: u8, commit: bool, stale: bool, version: bool },
    Report(bool),
    Mark(bool),
    Wait(i64),
    Restart,
    Expire,
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0..2u8;
    prop_oneof![
        2 => (id.clone(), any::<bool>()).prop_map(|(id, back)| Step::Init { id, back }),
        4 => (id.clone(), 0..3, prop::bool::weighted(0.1), any::<bool>())
            .prop_map(|(id, partition, stale, version)| Step::Add { id, partition, stale, version }),
        4 => (id, any::<bool>(), prop::bool::weighted(0.1), any::<bool>())
            .prop_map(|(id, commit, stale, version)| Step::End { id, commit, stale, version }),
        8 => prop::bool::weighted(0.9).prop_map(Step::Report),
        5 => prop::bool::weighted(0.8).prop_map(Step::Mark),
        1 => (0..90_000i64).prop_map(Step::Wait),
        1 => Just(Step::Restart),
        1 => Just(Step::Expire),
    ]
}

#[derive(Default)]
struct Model {
    /// Who each id's producer believes to be.
    known: BTreeMap<u8, Producer>,
    /// What each waiter asked.
    asked: BTreeMap<WaiterId, u8>,
    seen: usize,
    /// The outcome that markers told of a producer and epoch.
    outcomes: BTreeMap<Producer, bool>,
    newest: BTreeMap<i64, i16>,
}

impl Model {
    fn note_answers(&mut self, world: &World) {
        for (waiter, response) in world.answers.iter().skip(self.seen) {
            let Some(id) = self.asked.get(waiter) else { continue };
            let producer = match response {
                Response::Init(Ok(producer)) => Some(*producer),
                Response::End(Ok(after)) => *after,
                _ => None,
            };
            if let Some(producer) = producer {
                let newest = self.newest.entry(producer.id).or_insert(producer.epoch);
                *newest = (*newest).max(producer.epoch);
                self.known.insert(*id, producer);
            }
        }
        self.seen = world.answers.len();
    }

    fn note_markers(&mut self, markers: &Markers) {
        let before = self.outcomes.insert(markers.producer, markers.commit);
        if markers.version >= 2 {
            assert!(before.is_none_or(|before| before == markers.commit), "two outcomes: {markers:?}");
        }
    }

    fn who(&self, id: u8, stale: bool) -> Producer {
        let producer = self.known.get(&id).copied().unwrap_or(Producer { id: 1, epoch: 5 });
        if stale && producer.epoch > 0 { bumped(producer, -1) } else { producer }
    }
}

fn run(steps: Vec<Step>) {
    let mut world = World::new();
    let mut model = Model::default();
    for step in steps {
        let name = |id: u8| format!("id-{id}");
        let version = |second: bool| if second { 2 } else { 0 };
        match step {
            Step::Init { id, back } => {
                let expected = model.known.get(&id).copied().filter(|_| back);
                let waiter = world.init(&name(id), expected);
                model.asked.insert(waiter, id);
            }
            Step::Add { id, partition, stale, version: second } => {
                let waiter = world.add(&name(id), model.who(id, stale), &[partition], version(second));
                model.asked.insert(waiter, id);
            }
            Step::End { id, commit, stale, version: second } => {
                let waiter = world.end(&name(id), model.who(id, stale), commit, version(second));
                model.asked.insert(waiter, id);
            }
            Step::Report(ok) => {
                world.report(ok);
            }
            Step::Mark(all) => {
                if let Some(markers) = world.mark(all) {
                    model.note_markers(&markers);
                }
            }
            Step::Wait(ms) => {
                world.now_ms += ms;
                world.handle(Event::Tick);
            }
            Step::Restart => {
                // What was on its way may have reached the disk all the same, in order.
                while world.appends.len() > 1 {
                    let (_, record) = world.appends.remove(0);
                    world.durable.push(record);
                }
                model.asked.clear();
                world.restart();
            }
            Step::Expire => {
                world.now_ms += 1;
                world.handle(Event::ExpireIds);
            }
        }
        model.note_answers(&world);
    }
    finish(&mut world, &mut model);
}

/// Everything arrives and all time passes: nobody waits, and nothing is left half done.
fn finish(world: &mut World, model: &mut Model) {
    for _ in 0..1000 {
        world.settle().iter().for_each(|markers| model.note_markers(markers));
        let Some(due) = world.coordinator.next_deadline() else { break };
        world.now_ms = world.now_ms.max(due);
        world.handle(Event::Tick);
    }
    assert!(
        world.coordinator.next_deadline().is_none() && world.appends.is_empty() && world.markers.is_empty()
    );
    for waiter in model.asked.keys() {
        assert!(world.answer(*waiter).is_some(), "{waiter:?} waits for ever");
    }
    for listed in world.coordinator.list() {
        assert!(listed.state.is_at_rest(), "{listed:?}");
    }
    let before: Vec<_> = world.coordinator.list();
    world.restart();
    assert_eq!(world.coordinator.list(), before, "what is durable is what was told");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_must_hold_holds(steps in prop::collection::vec(step(), 0..100)) {
        run(steps);
    }
}
