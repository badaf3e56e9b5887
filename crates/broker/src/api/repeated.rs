//! Things that a request names more than once, which several APIs refuse.

use std::collections::{BTreeMap, BTreeSet};

/// Those that are named once, in their order, and the names of the others.
pub(super) fn split<T, K: Ord>(items: Vec<T>, name: impl Fn(&T) -> K) -> (Vec<T>, BTreeSet<K>) {
    let mut counts: BTreeMap<K, usize> = BTreeMap::new();
    items.iter().for_each(|item| *counts.entry(name(item)).or_default() += 1);
    let once = items.into_iter().filter(|item| counts.get(&name(item)) == Some(&1)).collect();
    let repeated = counts.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect();
    (once, repeated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_twice_counts_for_nothing() {
        let (once, repeated) = split(vec!["b", "a", "c", "a", "a"], |name| *name);
        assert_eq!((once, repeated), (vec!["b", "c"], BTreeSet::from(["a"])));
    }
}
