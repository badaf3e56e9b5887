//! Consumer groups, from the broker's words to the page's.

use std::collections::BTreeMap;

use millstream_broker::{Activity, GroupDetail, GroupView, MemberView, Partitions};
use millstream_console::model::{Assigned, Group, GroupDetail as DetailView, GroupPartition, Lag, Member};

/// Every group.
pub fn all(activity: &Activity) -> Vec<Group> {
    activity.groups().into_iter().map(group).collect()
}

fn group(group: GroupView) -> Group {
    let mut lag: BTreeMap<String, u64> = BTreeMap::new();
    for offset in group.offsets {
        *lag.entry(offset.topic).or_default() += u64::try_from(offset.lag).unwrap_or(0);
    }
    Group {
        id: group.group,
        state: group.state,
        protocol: group.protocol.to_owned(),
        members: u32::try_from(group.members).unwrap_or(u32::MAX),
        lag: lag.into_iter().map(|(topic, records)| Lag { topic, records }).collect(),
    }
}

/// One group with everything about it.
pub fn detail(activity: &Activity, detail: GroupDetail) -> DetailView {
    let GroupDetail { view, assignor, epoch, since_ms, members } = detail;
    let reach = |topic: &str, partition| activity.reach(topic, partition).unwrap_or_default();
    let mut partitions: BTreeMap<(String, i32), GroupPartition> = BTreeMap::new();
    let readers = members.iter().flat_map(|member| {
        let of = member.assignment.iter().flat_map(|(topic, set)| set.iter().map(move |one| (topic, *one)));
        of.map(|(topic, partition)| (member.member_id.clone(), topic.clone(), partition))
    });
    for (member, topic, partition) in readers {
        let (start, end) = reach(&topic, partition);
        let row = GroupPartition {
            topic: topic.clone(),
            partition,
            start,
            end,
            member: Some(member),
            ..GroupPartition::default()
        };
        partitions.insert((topic, partition), row);
    }
    for offset in view.offsets {
        let row = partitions.entry((offset.topic.clone(), offset.partition)).or_default();
        let (start, _) = reach(&offset.topic, offset.partition);
        *row = GroupPartition {
            topic: offset.topic,
            partition: offset.partition,
            committed: Some(offset.committed),
            start,
            end: offset.high_watermark,
            lag: Some(u64::try_from(offset.lag).unwrap_or(0)),
            committed_ms: Some(offset.committed_ms).filter(|at| *at >= 0),
            member: row.member.take(),
        };
    }
    DetailView {
        state: view.state,
        protocol: view.protocol.to_owned(),
        assignor,
        epoch,
        since_ms,
        partitions: partitions.into_values().collect(),
        members: members.into_iter().map(member).collect(),
    }
}

fn member(member: MemberView) -> Member {
    Member {
        id: member.member_id,
        instance_id: member.instance_id,
        client_id: member.client_id,
        host: member.client_host,
        epoch: member.epoch,
        assignment: assigned(member.assignment),
        target: member.target.map(assigned),
    }
}

fn assigned(partitions: Partitions) -> Vec<Assigned> {
    let of = |(topic, partitions): (String, std::collections::BTreeSet<i32>)| Assigned {
        topic,
        partitions: partitions.into_iter().collect(),
    };
    partitions.into_iter().map(of).collect()
}
