//! The files of a partition, from the broker's words to the page's.

use millstream_broker::Activity;
use millstream_console::ModelError;
use millstream_console::model::{File, PartitionFiles, SegmentFiles};

/// Segments whose files are listed.
const MOST: usize = 200;

/// Asks the disk, on a thread that may wait.
pub async fn of(activity: Activity, topic: &str, partition: i32) -> Result<PartitionFiles, ModelError> {
    let name = topic.to_owned();
    let asked = tokio::task::spawn_blocking(move || activity.files(&name, partition, MOST)).await;
    let unavailable = |error: &dyn std::fmt::Display| ModelError::Unavailable(error.to_string());
    let found = asked.map_err(|error| unavailable(&error))?;
    let found = found.ok_or_else(|| ModelError::NoSuchPartition(topic.to_owned(), partition))?;
    let (directory, listing) = found.map_err(|error| unavailable(&error))?;
    let file = |one: millstream_broker::FileView| File { name: one.name, size_bytes: one.size };
    let segment = |one: millstream_broker::SegmentListing| SegmentFiles {
        base: one.base_offset,
        first_ms: one.first_ms,
        files: one.files.into_iter().map(file).collect(),
    };
    Ok(PartitionFiles {
        directory,
        segments: listing.segments.into_iter().map(segment).collect(),
        others: listing.others.into_iter().map(file).collect(),
    })
}
