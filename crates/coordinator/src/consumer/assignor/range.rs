//! Range: each topic's partitions in order, in even pieces, to its members in order.
//!
//! Members with an instance id come first, by that id; so a static member keeps its piece. Members that read the same
//! topics get the same numbers of each, which lets them join topics that are partitioned alike.

use std::collections::BTreeMap;

use super::{MemberSpec, Spec};
use crate::consumer::assignment::Partitions;

/// A topic while it is dealt out.
struct Piece {
    next: i32,
    size: i32,
    /// The first of the members get one more.
    extra: i32,
}

pub(super) fn assign(spec: &Spec<'_>) -> BTreeMap<String, Partitions> {
    let mut readers = BTreeMap::new();
    for topic in spec.members.values().flat_map(|member| &member.topics) {
        *readers.entry(*topic).or_insert(0i32) += 1;
    }
    let mut pieces: BTreeMap<_, Piece> = readers
        .into_iter()
        .map(|(topic, readers)| {
            let count = (spec.partitions)(topic);
            (topic, Piece { next: 0, size: count / readers, extra: count % readers })
        })
        .collect();
    let mut members: Vec<(&String, &MemberSpec)> = spec.members.iter().collect();
    members.sort_by_key(|(id, member)| {
        (member.instance_id.is_none(), member.instance_id.clone(), (*id).clone())
    });
    let mut assigned = BTreeMap::new();
    for (id, member) in members {
        let mut partitions = Partitions::new();
        for topic in &member.topics {
            let Some(piece) = pieces.get_mut(topic) else { continue };
            let size = piece.size + i32::from(piece.extra > 0);
            piece.extra = (piece.extra - 1).max(0);
            let end = piece.next + size;
            if piece.next < end {
                partitions.insert(*topic, (piece.next..end).collect());
            }
            piece.next = end;
        }
        assigned.insert(id.clone(), partitions);
    }
    assigned
}
