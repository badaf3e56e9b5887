//! What honest messages take of the budget that refuses the others: see [`Reader`].
//!
//! A message of many elements may take more than four times its bytes where an element has few of them: an old version
//! without half of its struct's fields, short names, nulls. What is left then is the budget's base, and this says for how
//! many elements it lasts. Each message and version is tried with all arrays of one length, within an element one long or
//! empty, with and without nulls; the worst counts. A message that is not named has no such limit.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write};

use expect_test::expect;

use super::{Sample, Visitor, encoded, sample, visit_all};
use crate::message::Message;
use crate::reader::Reader;
use crate::sample::{Source, Terse};

/// Bytes of memory, and of the message.
fn cost<M: Message + Sample>(version: i16, terse: Terse) -> (usize, usize) {
    let bytes = encoded(&sample::<M>(&mut Source::Terse(terse), version), version);
    let mut reader = Reader::with_budget(bytes.clone(), usize::MAX);
    M::decode(&mut reader, version).unwrap();
    (usize::MAX - reader.budget(), bytes.len())
}

/// How many elements the base of the budget lasts for; `None` without an end.
fn most_elements<M: Message + Sample>(version: i16, inner: u32, text: usize, nulls: bool) -> Option<usize> {
    let [few, more] = [10, 20].map(|outer| cost::<M>(version, Terse::new(outer, inner, text, nulls)));
    let (memory, bytes) = (more.0 - few.0, more.1 - few.1);
    let excess = memory.checked_sub(bytes * Reader::BUDGET_PER_BYTE).filter(|excess| *excess > 0)?;
    Some(Reader::BUDGET_BASE * 10 / excess)
}

/// The limits of every message that has one, by versions that have the same.
struct Limits {
    inner: u32,
    text: usize,
    found: BTreeMap<(&'static str, usize), Vec<i16>>,
}

impl Visitor for Limits {
    fn visit<M: Message + Sample + PartialEq + Debug>(&mut self) {
        for version in M::VERSIONS.iter() {
            let limit = [false, true].into_iter().filter_map(|nulls| {
                // Nobody produces nothing.
                (!nulls || M::NAME != "ProduceRequest")
                    .then(|| most_elements::<M>(version, self.inner, self.text, nulls))?
            });
            if let Some(limit) = limit.min() {
                self.found.entry((M::NAME, limit)).or_default().push(version);
            }
        }
    }
}

/// The limits of fewer than `below` elements.
fn limits(inner: u32, text: usize, below: usize) -> String {
    let mut limits = Limits { inner, text, found: BTreeMap::new() };
    visit_all(&mut limits);
    let mut table = String::new();
    for ((name, most), versions) in limits.found.into_iter().filter(|((_, most), _)| *most < below) {
        let _ = writeln!(table, "{name} {versions:?}: {most}");
    }
    table
}

#[test]
fn names_of_eight_bytes_and_one_of_each() {
    expect![[r#"
        AlterPartitionReassignmentsRequest [0, 1]: 16128
        CreateTopicsResponse [0]: 1612
        CreateTopicsResponse [1, 2, 3, 4]: 2016
        DeleteTopicsResponse [0, 1, 2, 3, 4]: 8064
        DeleteTopicsResponse [5]: 16128
        DescribeConfigsResponse [0, 4]: 8064
        FetchResponse [0, 1, 2, 3]: 896
        FetchResponse [4]: 2688
        LeaveGroupRequest [4]: 16128
        ListPartitionReassignmentsResponse [0]: 8064
        OffsetFetchRequest [8]: 3225
        ProduceResponse [0, 1]: 2688
    "#]]
    .assert_eq(&limits(1, 8, usize::MAX));
}

#[test]
fn names_of_eight_bytes_and_nothing_within() {
    expect![[r#"
        CreateTopicsResponse [0]: 1612
        CreateTopicsResponse [1, 2, 3, 4]: 2016
        DeleteTopicsResponse [0, 1, 2, 3, 4]: 8064
        DeleteTopicsResponse [5]: 16128
        DescribeConfigsResponse [4]: 16128
        DescribeLogDirsResponse [2, 3]: 5376
        DescribeQuorumResponse [2]: 16128
        FetchRequest [12]: 2688
        FetchResponse [12]: 5376
        LeaveGroupRequest [4]: 16128
        OffsetCommitRequest [8, 9]: 5376
        OffsetCommitResponse [8, 9]: 5376
        OffsetFetchRequest [8]: 3225
        ProduceRequest [9, 10, 11, 12]: 5376
        ProduceResponse [9]: 5376
    "#]]
    .assert_eq(&limits(0, 8, usize::MAX));
}

#[test]
fn names_of_three_bytes_and_less_than_4000_elements() {
    expect![[r#"
        AlterConfigsRequest [2]: 2304
        AlterPartitionReassignmentsRequest [0, 1]: 2688
        AlterReplicaLogDirsRequest [2]: 3225
        CreateTopicsRequest [5, 6, 7]: 2688
        CreateTopicsResponse [0]: 1075
        CreateTopicsResponse [1, 2, 3, 4]: 1240
        DeleteTopicsResponse [0, 1, 2, 3, 4]: 2304
        DeleteTopicsResponse [5]: 2688
        DescribeConfigsRequest [4]: 3225
        DescribeConfigsResponse [4]: 948
        DescribeConfigsResponse [0]: 1344
        DescribeConfigsResponse [1, 2]: 1612
        DescribeConfigsResponse [3]: 2304
        DescribeGroupsResponse [5]: 1152
        DescribeGroupsResponse [6]: 1240
        DescribeGroupsResponse [0, 1, 2]: 3225
        FetchResponse [0, 1, 2, 3]: 701
        FetchResponse [4]: 1466
        IncrementalAlterConfigsRequest [1]: 2016
        JoinGroupResponse [6, 7, 8, 9]: 2688
        LeaveGroupRequest [4]: 2688
        LeaveGroupRequest [3, 5]: 3225
        ListGroupsResponse [3]: 2304
        ListGroupsResponse [0, 1, 2]: 2688
        ListPartitionReassignmentsResponse [0]: 2304
        OffsetFetchRequest [8]: 1075
        OffsetFetchRequest [9]: 2304
        OffsetFetchRequest [10]: 3225
        ProduceRequest [9, 10, 11, 12]: 1792
        ProduceResponse [0, 1]: 1466
    "#]]
    .assert_eq(&limits(1, 3, 4_000));
}
