//! Uniform, when members read different topics: as even as that allows, then as few moves.
//!
//! Everybody keeps what it had of its topics; what is free goes to the reader with the least; then partitions move from
//! readers with the most to readers with the least, topic by topic, until that changes nothing (or sixteen rounds
//! have passed: topics whose readers overlap may take long to settle).

use std::collections::{BTreeMap, BTreeSet};

use millstream_wire::Uuid;

use super::Spec;
use super::balancer::Loads;
use crate::consumer::assignment::Partitions;

const MAX_ROUNDS: usize = 16;

/// A topic with its readers and the owners of its partitions, by member number.
struct Topic {
    id: Uuid,
    readers: Vec<usize>,
    owners: Vec<Option<usize>>,
}

pub(super) fn assign(spec: &Spec<'_>) -> BTreeMap<String, Partitions> {
    let (mut topics, mut loads) = start(spec);
    for topic in &mut topics {
        let mut owners = std::mem::take(&mut topic.owners);
        for owner in owners.iter_mut().filter(|owner| owner.is_none()) {
            *owner = loads.least(&topic.readers);
            owner.iter().for_each(|member| loads.add(*member));
        }
        topic.owners = owners;
    }
    for _ in 0..MAX_ROUNDS {
        let moved: usize = topics.iter_mut().map(|topic| balance(topic, &mut loads)).sum();
        if moved == 0 {
            break;
        }
    }
    finished(spec, &topics)
}

/// Everybody with what it keeps. Topics with the most partitions for each reader come first: the others even out
/// what those leave uneven.
fn start(spec: &Spec<'_>) -> (Vec<Topic>, Loads) {
    let mut readers: BTreeMap<Uuid, Vec<usize>> = BTreeMap::new();
    for (number, member) in spec.members.values().enumerate() {
        member.topics.iter().for_each(|topic| readers.entry(*topic).or_default().push(number));
    }
    let mut topics: BTreeMap<Uuid, Topic> = readers
        .into_iter()
        .map(|(id, readers)| {
            let count = usize::try_from((spec.partitions)(id)).unwrap_or(0);
            (id, Topic { id, readers, owners: vec![None; count] })
        })
        .collect();
    let mut loads = Loads::new(spec.members.len());
    for (number, member) in spec.members.values().enumerate() {
        for (topic, partitions) in spec.kept(member) {
            let Some(topic) = topics.get_mut(&topic) else { continue };
            for partition in partitions {
                let slot = usize::try_from(partition).ok().and_then(|at| topic.owners.get_mut(at));
                if let Some(slot) = slot.filter(|slot| slot.is_none()) {
                    *slot = Some(number);
                    loads.add(number);
                }
            }
        }
    }
    let mut topics: Vec<Topic> = topics.into_values().collect();
    topics.sort_by(|a, b| {
        let a_for_each = a.owners.len() * b.readers.len();
        let b_for_each = b.owners.len() * a.readers.len();
        b_for_each.cmp(&a_for_each).then(a.readers.len().cmp(&b.readers.len())).then(a.id.cmp(&b.id))
    });
    (topics, loads)
}

/// Moves partitions of one topic between its readers. Gives how many have moved.
fn balance(topic: &mut Topic, loads: &mut Loads) -> usize {
    if topic.readers.len() < 2 || loads.spread(&topic.readers) <= 1 {
        return 0;
    }
    let mut owned: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (partition, owner) in topic.owners.iter().enumerate() {
        owner.iter().for_each(|owner| owned.entry(*owner).or_default().push(partition));
    }
    let mut givers: BTreeSet<usize> = owned.keys().copied().collect();
    let mut moved = 0;
    while let (Some(most), Some(least)) = (loads.most(&givers), loads.least(&topic.readers)) {
        if loads.of(most) <= loads.of(least) + 1 {
            break;
        }
        let Some(partition) = owned.get_mut(&most).and_then(Vec::pop) else {
            givers.remove(&most);
            continue;
        };
        if let Some(slot) = topic.owners.get_mut(partition) {
            *slot = Some(least);
        }
        loads.remove(most);
        loads.add(least);
        moved += 1;
    }
    moved
}

fn finished(spec: &Spec<'_>, topics: &[Topic]) -> BTreeMap<String, Partitions> {
    let mut parts: Vec<Partitions> = vec![Partitions::new(); spec.members.len()];
    for topic in topics {
        for (partition, owner) in (0i32..).zip(&topic.owners) {
            if let Some(part) = owner.and_then(|owner| parts.get_mut(owner)) {
                part.entry(topic.id).or_default().insert(partition);
            }
        }
    }
    spec.members.keys().cloned().zip(parts).collect()
}
