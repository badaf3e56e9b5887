//! Which broadcast variables a worker has: it keeps them from task to task, and is told only the differences.

use std::collections::{BTreeMap, BTreeSet};

/// The ids that one worker has loaded.
#[derive(Debug, Default)]
pub(crate) struct Loaded(BTreeSet<i64>);

impl Loaded {
    /// What to say so that the worker has exactly those that are `needed`: to drop (as -id-1), then to load.
    pub(crate) fn difference<'a>(
        &mut self,
        needed: &'a BTreeMap<i64, String>,
    ) -> Vec<(i64, Option<&'a str>)> {
        let dropped = self.0.iter().filter(|id| !needed.contains_key(id)).map(|id| (-id - 1, None));
        let added =
            needed.iter().filter(|(id, _)| !self.0.contains(id)).map(|(id, path)| (*id, Some(path.as_str())));
        let said = dropped.chain(added).collect();
        self.0 = needed.keys().copied().collect();
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_differences_are_said() {
        let files = |ids: &[i64]| ids.iter().map(|id| (*id, format!("/{id}"))).collect::<BTreeMap<_, _>>();
        let mut loaded = Loaded::default();
        type Case<'a> = (&'a [i64], &'a [(i64, Option<&'a str>)]);
        let table: [Case<'_>; 4] = [
            (&[1, 2], &[(1, Some("/1")), (2, Some("/2"))]),
            (&[1, 2], &[]),
            (&[2, 3], &[(-2, None), (3, Some("/3"))]),
            (&[], &[(-3, None), (-4, None)]),
        ];
        for (needed, said) in table {
            assert_eq!(loaded.difference(&files(needed)), said, "{needed:?}");
        }
    }
}
