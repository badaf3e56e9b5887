//! The offsets that are durable: group, topic, partition. Those of open transactions lie beside, by producer, until
//! the transaction ends.
//!
//! All groups' offsets lie in one tree: ten thousand groups with an offset each would otherwise be as many trees, each
//! with room for eleven.

mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::appends::TopicPartition;
use crate::{CommittedOffset, partition_for};
use place::{Parts, Place};

/// An offset and its place in the order of commits.
#[derive(Debug)]
struct Stored {
    number: u64,
    offset: CommittedOffset,
}

/// All groups' offsets.
#[derive(Debug, Default)]
pub(crate) struct Offsets {
    durable: BTreeMap<Place, Stored>,
    /// By producer.
    pending: BTreeMap<(i64, Place), Stored>,
    /// The same places, with the producers that have an offset pending there.
    unstable: BTreeSet<(Place, i64)>,
    commits: u64,
}

/// A transaction's end, as one partition of `__consumer_offsets` is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionEnd {
    /// Whose transaction it was.
    pub producer_id: i64,
    /// Whether its offsets count.
    pub committed: bool,
    /// The partition of `__consumer_offsets` that the marker lies in.
    pub partition: i32,
    /// How many partitions `__consumer_offsets` has.
    pub partitions: i32,
}

impl Offsets {
    pub(crate) fn get(&self, group_id: &str, topic: &str, partition: i32) -> Option<&CommittedOffset> {
        let parts: &dyn Parts = &(group_id, topic, partition);
        self.durable.get(parts).map(|stored| &stored.offset)
    }

    pub(crate) fn of_group(&self, group_id: &str) -> impl Iterator<Item = (&str, i32, &CommittedOffset)> {
        let first: &dyn Parts = &(group_id, "", i32::MIN);
        let behind = self.durable.range::<dyn Parts, _>((Bound::Included(first), Bound::Unbounded));
        let own = behind.take_while(move |(place, _)| place.group == group_id);
        own.map(|(place, stored)| (place.topic.as_str(), place.partition, &stored.offset))
    }

    /// The partitions of which an open transaction has an offset of this group.
    pub(crate) fn unstable(&self, group_id: &str) -> impl Iterator<Item = (&str, i32)> {
        let mut last = None;
        let own =
            self.unstable.range((Place::before(group_id), i64::MIN)..(Place::behind(group_id), i64::MIN));
        let other = own.filter(move |(place, _)| last.replace(place) != Some(place));
        other.map(|(place, _)| (place.topic.as_str(), place.partition))
    }

    /// Whether an open transaction has an offset of this group's partition.
    pub(crate) fn is_unstable(&self, group_id: &str, topic: &str, partition: i32) -> bool {
        let place = Place::new(group_id, topic, partition);
        self.unstable.range((place.clone(), i64::MIN)..=(place, i64::MAX)).next().is_some()
    }

    pub(crate) fn put(&mut self, group_id: &str, partition: TopicPartition, offset: CommittedOffset) {
        let (place, stored) = (self.place(group_id, &partition), self.numbered(offset));
        self.store(place, stored);
    }

    /// Notes an offset that counts if this producer's transaction is committed.
    pub(crate) fn put_pending(
        &mut self,
        producer_id: i64,
        group_id: &str,
        partition: TopicPartition,
        offset: CommittedOffset,
    ) {
        let (place, stored) = (self.place(group_id, &partition), self.numbered(offset));
        self.unstable.insert((place.clone(), producer_id));
        self.pending.insert((producer_id, place), stored);
    }

    /// A transaction has ended: its offsets of the groups of that partition take their place, unless a later commit
    /// has it, or are dropped.
    pub(crate) fn end_transaction(&mut self, end: TransactionEnd) {
        let id = end.producer_id;
        let next = id.checked_add(1).map(|next| (next, Place::before("")));
        let all = (Bound::Included((id, Place::before(""))), next.map_or(Bound::Unbounded, Bound::Excluded));
        let is_ended = |(_, place): &(i64, Place), _: &mut Stored| {
            partition_for(&place.group, end.partitions) == end.partition
        };
        let ended: Vec<_> = self.pending.extract_if(all, is_ended).collect();
        for ((_, place), stored) in ended {
            let unstable = (place, id);
            self.unstable.remove(&unstable);
            if end.committed {
                self.store(unstable.0, stored);
            }
        }
    }

    pub(crate) fn remove(&mut self, group_id: &str, topic: &str, partition: i32) {
        let place = Place::new(group_id, topic, partition);
        self.durable.remove(&place);
        self.remove_pending((place.clone(), i64::MIN), &Bound::Included((place, i64::MAX)));
    }

    pub(crate) fn remove_group(&mut self, group_id: &str) {
        let (first, end) = (Place::before(group_id), Place::behind(group_id));
        self.durable.extract_if(first.clone()..end.clone(), |_, _| true).for_each(drop);
        self.remove_pending((first, i64::MIN), &Bound::Excluded((end, i64::MIN)));
    }

    fn numbered(&mut self, offset: CommittedOffset) -> Stored {
        self.commits += 1;
        Stored { number: self.commits, offset }
    }

    fn store(&mut self, place: Place, stored: Stored) {
        if self.durable.get(&place).is_none_or(|before| before.number < stored.number) {
            self.durable.insert(place, stored);
        }
    }

    /// The place, which shares its texts with the one before it, where they are the same.
    fn place(&self, group_id: &str, (topic, partition): &TopicPartition) -> Place {
        let parts: &dyn Parts = &(group_id, topic.as_str(), *partition);
        let below =
            self.durable.range::<dyn Parts, _>((Bound::Unbounded, Bound::Included(parts))).next_back();
        match below.map(|(place, _)| place) {
            Some(below) if below.group == group_id => Place {
                group: below.group.clone(),
                topic: if below.topic == *topic { below.topic.clone() } else { topic.into() },
                partition: *partition,
            },
            _ => Place::new(group_id, topic, *partition),
        }
    }

    /// Forgets what is pending from one place to another.
    fn remove_pending(&mut self, from: (Place, i64), to: &Bound<(Place, i64)>) {
        let gone: Vec<_> = self.unstable.extract_if((Bound::Included(from), to.clone()), |_| true).collect();
        for (place, producer_id) in gone {
            self.pending.remove(&(producer_id, place));
        }
    }
}
