//! `GET /api/topics/{name}/partitions`: what a topic keeps and lets go next, once. The event stream sends the same form.

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde::Serialize;

use crate::{
    api::{App, fresh},
    error::ApiError,
    meter::json,
    model::{Model, ModelError, Partition, Retention},
};

/// Partitions that are listed.
const PARTITIONS: usize = 100;
/// Segments of a partition that are listed: the oldest, for these go, and the one that grows.
const SEGMENTS: usize = 20;

/// A topic's partitions, bounded.
#[derive(Debug, Serialize)]
pub(crate) struct PartitionsView<'a> {
    topic: &'a str,
    retention: Retention,
    /// How many there are; more than are listed when there are very many.
    partitions_total: usize,
    partitions: Vec<Partition>,
}

impl<'a> PartitionsView<'a> {
    pub(crate) fn of(model: &dyn Model, topic: &'a str) -> Result<Self, ModelError> {
        let mut found = model.partitions(topic, PARTITIONS)?;
        let partitions_total = found.partitions_total;
        found.partitions.truncate(PARTITIONS);
        found.partitions.iter_mut().for_each(bound);
        Ok(Self { topic, retention: found.retention, partitions_total, partitions: found.partitions })
    }
}

fn bound(partition: &mut Partition) {
    partition.segments_total = partition.segments.len();
    if partition.segments.len() > SEGMENTS {
        let active = partition.segments.pop();
        partition.segments.truncate(SEGMENTS - 1);
        partition.segments.extend(active);
    }
}

/// Answers the request.
pub(crate) async fn partitions(
    State(app): State<App>,
    Path(topic): Path<String>,
) -> Result<Response, ApiError> {
    Ok(fresh(json(&PartitionsView::of(&*app.model, &topic)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Segment;

    #[test]
    fn the_oldest_segments_are_listed_and_the_one_that_grows() {
        for (count, starts) in
            [(3, vec![0, 1, 2]), (20, (0..20).collect()), (50, (0..19).chain([49]).collect())]
        {
            let segment = |start| Segment { start, ..Segment::default() };
            let mut partition =
                Partition { segments: (0..count).map(segment).collect(), ..Partition::default() };
            bound(&mut partition);
            let listed: Vec<i64> = partition.segments.iter().map(|segment| segment.start).collect();
            assert_eq!((listed, partition.segments_total), (starts, usize::try_from(count).unwrap()));
        }
    }
}
