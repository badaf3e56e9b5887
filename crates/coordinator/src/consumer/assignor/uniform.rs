//! Uniform, when all members read the same topics: everybody has as many partitions as the others, give or take one,
//! and keeps what it had as far as that allows.

use std::collections::{BTreeMap, BTreeSet};

use millstream_wire::Uuid;

use super::Spec;
use crate::consumer::assignment::Partitions;

pub(super) fn assign(spec: &Spec<'_>, topics: &BTreeSet<Uuid>) -> BTreeMap<String, Partitions> {
    let all = topics.iter().flat_map(|topic| (0..(spec.partitions)(*topic)).map(|index| (*topic, index)));
    let mut free: BTreeSet<(Uuid, i32)> = all.collect();
    let (total, members) = (free.len(), spec.members.len().max(1));
    let (share, mut extra) = (total / members, total % members);
    let mut assigned = BTreeMap::new();
    let mut hungry = Vec::new();
    for (index, (id, member)) in spec.members.iter().enumerate() {
        let may_have_one_more = extra > 0;
        let mut room = share + usize::from(may_have_one_more);
        let mut kept = Partitions::new();
        for (topic, partitions) in spec.kept(member) {
            for partition in partitions {
                // Another member may say that it had the same one: the first keeps it.
                if room > 0 && free.remove(&(topic, partition)) {
                    room -= 1;
                    kept.entry(topic).or_default().insert(partition);
                }
            }
        }
        let others_can_take_it = members - index > extra;
        let takes_one_more = may_have_one_more && !(room > 0 && others_can_take_it);
        if may_have_one_more && !takes_one_more {
            room -= 1;
        }
        extra -= usize::from(takes_one_more);
        if room > 0 {
            hungry.push((id.clone(), room));
        }
        assigned.insert(id.clone(), kept);
    }
    let mut free = free.into_iter();
    for (id, room) in hungry {
        let partitions = assigned.entry(id).or_default();
        for (topic, partition) in free.by_ref().take(room) {
            partitions.entry(topic).or_default().insert(partition);
        }
    }
    assigned
}
