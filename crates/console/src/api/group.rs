//! `GET /api/groups/{id}`: a group in full, once. The event stream sends the same form.

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Serialize;

use crate::{
    api::{App, fresh, list::cut},
    error::ApiError,
    meter::json,
    model::{Assigned, GroupDetail, Model, ModelError},
};

/// Partitions that are listed: of more, those that are furthest behind.
const PARTITIONS: usize = 500;
/// Members that are listed.
const MEMBERS: usize = 200;
/// Partitions of one member that are listed.
const ASSIGNED: usize = 1_000;

/// A group, bounded.
#[derive(Debug, Serialize)]
pub(crate) struct GroupView<'a> {
    id: &'a str,
    /// Records behind, of all partitions.
    lag_total: u64,
    partitions_total: usize,
    members_total: usize,
    #[serde(flatten)]
    detail: GroupDetail,
}

impl<'a> GroupView<'a> {
    pub(crate) fn of(model: &dyn Model, id: &'a str) -> Result<Self, ModelError> {
        Ok(Self::bounded(id, model.group(id)?))
    }

    fn bounded(id: &'a str, mut detail: GroupDetail) -> Self {
        let lag_total = detail.partitions.iter().filter_map(|partition| partition.lag).sum();
        let (partitions_total, members_total) = (detail.partitions.len(), detail.members.len());
        if partitions_total > PARTITIONS {
            detail.partitions.sort_by_key(|partition| std::cmp::Reverse(partition.lag));
            detail.partitions.truncate(PARTITIONS);
            detail.partitions.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
        }
        detail.members.truncate(MEMBERS);
        for member in &mut detail.members {
            [&mut member.client_id, &mut member.host].into_iter().for_each(cut);
            [Some(&mut member.assignment), member.target.as_mut()].into_iter().flatten().for_each(fewer);
        }
        Self { id, lag_total, partitions_total, members_total, detail }
    }
}

fn fewer(assignment: &mut Vec<Assigned>) {
    let mut left = ASSIGNED;
    for topic in assignment.iter_mut() {
        topic.partitions.truncate(left);
        left -= topic.partitions.len();
    }
    assignment.retain(|topic| !topic.partitions.is_empty());
}

/// Answers the request.
pub(crate) async fn group(State(app): State<App>, Path(id): Path<String>) -> Result<Response, ApiError> {
    Ok(fresh(json(&GroupView::of(&*app.model, &id)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{GroupPartition, Member};

    #[test]
    fn of_many_partitions_those_that_are_behind_are_listed() {
        let partition = |n: i32| GroupPartition {
            topic: "t".into(),
            partition: n,
            lag: Some(u64::from(n.unsigned_abs())),
            ..GroupPartition::default()
        };
        let all = Assigned { topic: "t".into(), partitions: (0..10_000).collect() };
        let member = Member { assignment: vec![all.clone(), all], ..Member::default() };
        let detail = GroupDetail {
            partitions: (0..10_000).map(partition).collect(),
            members: vec![member; 300],
            ..GroupDetail::default()
        };
        let view = GroupView::bounded("g", detail);
        assert_eq!((view.partitions_total, view.members_total, view.lag_total), (10_000, 300, 49_995_000));
        let listed: Vec<i32> = view.detail.partitions.iter().map(|partition| partition.partition).collect();
        assert_eq!(listed, (9_500..10_000).collect::<Vec<_>>());
        assert_eq!(view.detail.members.len(), MEMBERS);
        let assigned = &view.detail.members[0].assignment;
        assert_eq!((assigned.len(), assigned[0].partitions.len()), (1, ASSIGNED));
    }
}
