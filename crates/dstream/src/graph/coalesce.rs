//! Which partitions are joined when there shall be fewer, without a shuffle.

use std::ops::Range;

use super::Kind;

impl Kind {
    /// Partition `index` of `to`, of a parent with `from` partitions: neighbours, as even as can be.
    pub(crate) fn coalesced(from: usize, to: usize, index: usize) -> Range<usize> {
        let bound = |index: usize| index.saturating_mul(from).checked_div(to).unwrap_or_default();
        bound(index)..bound(index + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_all_partitions_once() {
        type Case<'a> = (usize, usize, &'a [(usize, usize)]);
        let table: [Case<'_>; 4] = [
            (5, 2, &[(0, 2), (2, 5)]),
            (4, 4, &[(0, 1), (1, 2), (2, 3), (3, 4)]),
            (3, 1, &[(0, 3)]),
            (0, 1, &[(0, 0)]),
        ];
        for (from, to, expected) in table {
            let ranges: Vec<_> = (0..to).map(|index| Kind::coalesced(from, to, index)).collect();
            let ranges: Vec<_> = ranges.iter().map(|range| (range.start, range.end)).collect();
            assert_eq!(ranges, expected, "{from} to {to}");
        }
    }
}
