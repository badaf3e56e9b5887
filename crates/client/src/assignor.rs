//! The range assignor, Kafka's default: of each topic, every member gets a run of neighbouring partitions.

use std::collections::BTreeMap;

use crate::group::Assignment;

/// Divides the partitions of topics (name and count) among members (id and subscribed topics).
pub fn assign_ranges(
    members: &BTreeMap<String, Vec<String>>,
    topics: &BTreeMap<String, usize>,
) -> BTreeMap<String, Assignment> {
    let mut assigned: BTreeMap<String, Assignment> =
        members.keys().map(|member| (member.clone(), Assignment::new())).collect();
    for (topic, count) in topics {
        let subscribed: Vec<_> = members.iter().filter(|(_, topics)| topics.contains(topic)).collect();
        let Some(each) = count.checked_div(subscribed.len()) else { continue };
        let one_more = count % subscribed.len();
        let mut next = 0;
        for (position, (member, _)) in subscribed.into_iter().enumerate() {
            let end = next + each + usize::from(position < one_more);
            let range: Vec<i32> = (next..end).filter_map(|index| i32::try_from(index).ok()).collect();
            next = end;
            if !range.is_empty()
                && let Some(assignment) = assigned.get_mut(member)
            {
                assignment.insert(topic.clone(), range);
            }
        }
    }
    assigned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_get_neighbouring_partitions() {
        let cases = [
            (vec![("a", "t"), ("b", "t")], vec![("t", 5)], "a: t[0, 1, 2]; b: t[3, 4]"),
            (vec![("a", "t"), ("b", "t"), ("c", "t")], vec![("t", 2)], "a: t[0]; b: t[1]; c:"),
            (vec![("a", "t"), ("b", "u")], vec![("t", 1), ("u", 2)], "a: t[0]; b: u[0, 1]"),
            (vec![("a", "t u"), ("b", "t u")], vec![("t", 3), ("u", 3)], "a: t[0, 1] u[0, 1]; b: t[2] u[2]"),
            (vec![("a", "gone")], vec![("t", 3)], "a:"),
        ];
        for (members, topics, expected) in cases {
            let words = |text: &str| text.split(' ').map(str::to_owned).collect();
            let members = members.into_iter().map(|(id, topics)| (id.to_owned(), words(topics))).collect();
            let topics = topics.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
            let assigned = assign_ranges(&members, &topics);
            let text: Vec<_> = assigned
                .iter()
                .map(|(member, assignment)| {
                    let of = |(topic, partitions): (&String, &Vec<i32>)| format!(" {topic}{partitions:?}");
                    format!("{member}:{}", assignment.iter().map(of).collect::<String>())
                })
                .collect();
            assert_eq!(text.join("; "), expected);
        }
    }
}
