//! The assignors: tables of what they give, and what holds whatever they are given.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::expect;
use proptest::prelude::*;

use super::story::{parsed, shown, topic_id};
use crate::consumer::assignment::Partitions;
use crate::consumer::assignor::{MemberSpec, RANGE, Spec, UNIFORM, assign};

const TOPICS: [&str; 4] = ["t", "u", "v", "w"];

type Members = Vec<(&'static str, &'static str, &'static str)>;

fn run(assignor: &str, counts: &[i32], members: &[(&str, &str, &str)]) -> BTreeMap<String, Partitions> {
    let counts: BTreeMap<_, _> =
        TOPICS.iter().zip(counts).map(|(name, count)| (topic_id(name), *count)).collect();
    let members = members
        .iter()
        .map(|(id, topics, last)| {
            let spec = MemberSpec {
                instance_id: id.strip_prefix("static-").map(str::to_owned),
                topics: topics.split_whitespace().map(topic_id).collect(),
                last: parsed(last),
            };
            ((*id).to_owned(), spec)
        })
        .collect();
    let partitions = |topic| counts.get(&topic).copied().unwrap_or(0);
    assign(assignor, &Spec { members, partitions: &partitions }).unwrap()
}

#[test]
fn what_they_give() {
    let table: [(&str, &[i32], Members); 9] = [
        (UNIFORM, &[4], vec![("a", "t", ""), ("b", "t", "")]),
        (UNIFORM, &[4], vec![("a", "t", "t:0,1,2,3"), ("b", "t", "")]),
        (UNIFORM, &[3, 2], vec![("a", "t u", "t:0,1"), ("b", "t u", "t:2 u:0,1"), ("c", "t u", "")]),
        (UNIFORM, &[2], vec![("a", "t", "t:0"), ("b", "t", "t:1"), ("c", "t", "")]),
        (UNIFORM, &[6, 3], vec![("a", "t", ""), ("b", "t u", ""), ("c", "u", "")]),
        (UNIFORM, &[4, 4], vec![("a", "t", "t:0,1,2,3"), ("b", "t u", "u:0,1,2,3"), ("c", "", "t:1")]),
        (RANGE, &[3, 3], vec![("a", "t u", ""), ("b", "t u", "")]),
        (RANGE, &[5], vec![("a", "t", ""), ("static-z", "t", ""), ("static-y", "t", "")]),
        (RANGE, &[3, 4], vec![("a", "t", ""), ("b", "t u", ""), ("c", "u", "")]),
    ];
    let mut told = String::new();
    for (assignor, counts, members) in table {
        let given = run(assignor, counts, &members);
        let rows: Vec<String> =
            given.iter().map(|(id, partitions)| format!("{id}=[{}]", shown(partitions))).collect();
        told.push_str(&format!("{assignor} {counts:?}: {}\n", rows.join(" ")));
    }
    expect![[r#"
        uniform [4]: a=[t:0,1] b=[t:2,3]
        uniform [4]: a=[t:0,1] b=[t:2,3]
        uniform [3, 2]: a=[t:0,1] b=[t:2 u:0] c=[u:1]
        uniform [2]: a=[t:0] b=[t:1] c=[]
        uniform [6, 3]: a=[t:0,2,4] b=[t:1,3,5] c=[u:0,1,2]
        uniform [4, 4]: a=[t:0,1,2,3] b=[u:0,1,2,3] c=[]
        range [3, 3]: a=[t:0,1 u:0,1] b=[t:2 u:2]
        range [5]: a=[t:4] static-y=[t:0,1] static-z=[t:2,3]
        range [3, 4]: a=[t:0,1] b=[t:2 u:0,1] c=[u:2,3]
    "#]]
    .assert_eq(&told);
}

fn sizes(given: &BTreeMap<String, Partitions>) -> BTreeMap<&str, usize> {
    given.iter().map(|(id, partitions)| (id.as_str(), partitions.values().map(BTreeSet::len).sum())).collect()
}

fn group() -> impl Strategy<Value = (Vec<i32>, Vec<BTreeSet<usize>>)> {
    let counts = prop::collection::vec(0..9i32, TOPICS.len());
    let members = prop::collection::vec(prop::collection::btree_set(0..TOPICS.len(), 0..4), 1..9);
    (counts, members)
}

proptest! {
    #[test]
    fn every_partition_that_is_read_has_one_reader_and_stays_where_it_is(
        (counts, subscriptions) in group(),
        assignor in prop::sample::select(vec![UNIFORM, RANGE]),
    ) {
        let names: Vec<(String, String)> = subscriptions
            .iter()
            .enumerate()
            .map(|(number, topics)| {
                let topics: Vec<&str> = topics.iter().map(|at| TOPICS[*at]).collect();
                (format!("m{number}"), topics.join(" "))
            })
            .collect();
        let members: Vec<(&str, &str, &str)> =
            names.iter().map(|(id, topics)| (id.as_str(), topics.as_str(), "")).collect();
        let given = run(assignor, &counts, &members);
        let mut seen = BTreeSet::new();
        for (id, topics) in &names {
            for (topic, partitions) in &given[id] {
                prop_assert!(topics.split(' ').any(|name| topic_id(name) == *topic));
                for partition in partitions {
                    prop_assert!(seen.insert((*topic, *partition)), "twice");
                }
            }
        }
        let read: usize = TOPICS
            .iter()
            .zip(&counts)
            .filter(|(name, _)| names.iter().any(|(_, topics)| topics.split(' ').any(|topic| topic == **name)))
            .map(|(_, count)| usize::try_from(*count).unwrap())
            .sum();
        prop_assert_eq!(seen.len(), read);
        // Given the same again, nobody has to move.
        let last: Vec<String> = names.iter().map(|(id, _)| shown(&given[id])).collect();
        let again: Vec<(&str, &str, &str)> = names
            .iter()
            .zip(&last)
            .map(|((id, topics), last)| (id.as_str(), topics.as_str(), last.as_str()))
            .collect();
        prop_assert_eq!(run(assignor, &counts, &again), given);
    }

    #[test]
    fn uniform_is_even_and_moves_no_more_than_it_must(count in 0..40i32, old in 1..7usize, new in 1..7usize) {
        let ids: Vec<String> = (0..7).map(|number| format!("m{number}")).collect();
        let members = |count: usize, last: &dyn Fn(&str) -> String| -> Vec<(String, String)> {
            ids.iter().take(count).map(|id| (id.clone(), last(id))).collect()
        };
        let assign = |members: Vec<(String, String)>| {
            let rows: Vec<(&str, &str, &str)> =
                members.iter().map(|(id, last)| (id.as_str(), "t", last.as_str())).collect();
            run(UNIFORM, &[count], &rows)
        };
        let before = assign(members(old, &|_| String::new()));
        let after = assign(members(new, &|id| before.get(id).map(shown).unwrap_or_default()));
        let spread = |given: &BTreeMap<String, Partitions>| {
            let sizes = sizes(given);
            sizes.values().max().unwrap() - sizes.values().min().unwrap()
        };
        prop_assert!(spread(&before) <= 1 && spread(&after) <= 1);
        let kept: usize = after
            .iter()
            .map(|(id, partitions)| {
                let last = before.get(id).and_then(|last| last.get(&topic_id("t")));
                let now = partitions.get(&topic_id("t"));
                last.zip(now).map_or(0, |(last, now)| last.intersection(now).count())
            })
            .sum();
        // Everybody who stays keeps its share, or all it had if that was less.
        let total = usize::try_from(count).unwrap();
        let most: usize = sizes(&before)
            .into_iter()
            .filter(|(id, _)| after.contains_key(*id))
            .map(|(_, size)| size.min(total / new))
            .sum();
        prop_assert!(kept >= most, "{kept} of {most}");
    }
}
