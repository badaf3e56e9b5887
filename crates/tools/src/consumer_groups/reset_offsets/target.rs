//! Where a group's offsets are set to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use millstream_client::{Client, OffsetAt};

use super::{Offsets, To, csv, instant};
use crate::command_line::remark;
use crate::failure::Failure;

/// One of Kafka's eight ways.
#[derive(Debug)]
pub(super) enum Target {
    Earliest,
    Latest,
    Current,
    Offset(i64),
    ShiftBy(i64),
    /// Milliseconds since 1970.
    Time(i64),
    File(PathBuf),
}

impl Target {
    /// The way that the flags name, if they name one.
    pub(super) fn of(to: &To) -> Result<Option<Self>, Failure> {
        Ok(match to {
            To { to_earliest: true, .. } => Some(Self::Earliest),
            To { to_latest: true, .. } => Some(Self::Latest),
            To { to_current: true, .. } => Some(Self::Current),
            To { to_offset: Some(offset), .. } => Some(Self::Offset(*offset)),
            To { shift_by: Some(count), .. } => Some(Self::ShiftBy(*count)),
            To { to_datetime: Some(text), .. } => Some(Self::Time(instant::of_text(text)?)),
            To { by_duration: Some(text), .. } => Some(Self::Time(instant::before_now(text)?)),
            To { from_file: Some(path), .. } => Some(Self::File(path.clone())),
            _ => None,
        })
    }

    /// The new offsets of these partitions, within what is in the log.
    pub(super) async fn offsets(
        &self,
        client: &mut Client,
        group: &str,
        partitions: Vec<(String, i32)>,
        groups: &[String],
    ) -> Result<Offsets, Failure> {
        match self {
            Self::Earliest => find(client, &partitions, OffsetAt::Earliest).await,
            Self::Latest => find(client, &partitions, OffsetAt::Latest).await,
            Self::Time(time) => at_time(client, &partitions, *time).await,
            Self::Offset(offset) => {
                let wanted = partitions.into_iter().map(|partition| (partition, *offset)).collect();
                within_log(client, wanted).await
            }
            Self::ShiftBy(count) => {
                let wanted = shifted(client, group, partitions, *count).await?;
                within_log(client, wanted).await
            }
            Self::Current => current(client, group, partitions).await,
            Self::File(path) => from_file(client, group, path, groups).await,
        }
    }
}

/// The offsets of a place in each partition.
async fn find(client: &mut Client, partitions: &[(String, i32)], at: OffsetAt) -> Result<Offsets, Failure> {
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for (topic, index) in partitions {
        topics.entry(topic).or_default().push(*index);
    }
    let mut offsets = Offsets::new();
    for (topic, indexes) in topics {
        let found = client.find_offsets(topic, &indexes, at).await?;
        offsets.extend(found.into_iter().map(|(index, offset)| ((topic.to_owned(), index), offset)));
    }
    Ok(offsets)
}

async fn at_time(client: &mut Client, partitions: &[(String, i32)], time: i64) -> Result<Offsets, Failure> {
    let mut offsets = find(client, partitions, OffsetAt::Timestamp(time)).await?;
    let later: Vec<_> =
        partitions.iter().filter(|partition| !offsets.contains_key(*partition)).cloned().collect();
    for (topic, index) in &later {
        remark(format!(
            "\nWarn: Partition {index} from topic {topic} is empty. Falling back to latest known offset."
        ));
    }
    offsets.extend(find(client, &later, OffsetAt::Latest).await?);
    Ok(offsets)
}

async fn shifted(
    client: &mut Client,
    group: &str,
    partitions: Vec<(String, i32)>,
    count: i64,
) -> Result<Offsets, Failure> {
    let committed = client.committed_offsets(group).await?;
    let shift = |partition: (String, i32)| match committed.get(&partition) {
        Some(current) => Ok((partition, current.offset.saturating_add(count))),
        None => Err(Failure::new(format!(
            "Cannot shift offset for partition {}-{} since there is no current committed offset",
            partition.0, partition.1
        ))),
    };
    partitions.into_iter().map(shift).collect()
}

async fn current(
    client: &mut Client,
    group: &str,
    partitions: Vec<(String, i32)>,
) -> Result<Offsets, Failure> {
    let committed = client.committed_offsets(group).await?;
    let (read, new): (Vec<_>, Vec<_>) =
        partitions.into_iter().partition(|partition| committed.contains_key(partition));
    let mut offsets = find(client, &new, OffsetAt::Latest).await?;
    offsets.extend(read.into_iter().filter_map(|partition| {
        let current = committed.get(&partition)?.offset;
        Some((partition, current))
    }));
    Ok(offsets)
}

async fn from_file(
    client: &mut Client,
    group: &str,
    path: &Path,
    groups: &[String],
) -> Result<Offsets, Failure> {
    let plans = csv::read(path, if let [only] = groups { Some(only.as_str()) } else { None })?;
    match plans.get(group) {
        Some(offsets) => within_log(client, offsets.clone()).await,
        None => {
            remark(format!("No reset plan for group {group} found"));
            Ok(Offsets::new())
        }
    }
}

/// Offsets that are not in the log become its nearest end.
async fn within_log(client: &mut Client, wanted: Offsets) -> Result<Offsets, Failure> {
    let partitions: Vec<_> = wanted.keys().cloned().collect();
    let first = find(client, &partitions, OffsetAt::Earliest).await?;
    let end = find(client, &partitions, OffsetAt::Latest).await?;
    let mut offsets = Offsets::new();
    for (partition, offset) in wanted {
        let (first, end) = (first.get(&partition).copied(), end.get(&partition).copied());
        let name = format!("{}-{}", partition.0, partition.1);
        let set = match (first, end) {
            (_, Some(end)) if offset > end => {
                remark(format!(
                    "WARN New offset ({offset}) is higher than latest offset for topic partition {name}. Value will be \
                     set to {end}"
                ));
                end
            }
            (Some(first), _) if offset < first => {
                remark(format!(
                    "WARN New offset ({offset}) is lower than earliest offset for topic partition {name}. Value will be \
                     set to {first}"
                ));
                first
            }
            _ => offset,
        };
        offsets.insert(partition, set);
    }
    Ok(offsets)
}
