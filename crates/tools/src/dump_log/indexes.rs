//! `.index` and `.timeindex`: their entries, each held against the batch that it points to.

use std::path::Path;

use super::batches::{At, Segment};
use super::{Complaints, DumpLog, base_offset, failed, read};
use crate::failure::Failure;
use crate::output::Output;

/// Last offset of a batch, and where it starts.
type Position = (i64, u64);

/// The entries of an offset index. Room that was only reserved is zeros; an entry that is all zeros ends it.
fn positions(bytes: &[u8], base: i64) -> Vec<Position> {
    let entry = |bytes: &[u8]| {
        let (relative, position) = (first(bytes), first(bytes.get(4..).unwrap_or_default()));
        (base.saturating_add(relative.into()), u64::from(position))
    };
    let entries = bytes.chunks_exact(8).map(entry).enumerate();
    entries.take_while(|(at, (offset, _))| *at == 0 || *offset != base).map(|(_, entry)| entry).collect()
}

fn first(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

pub(super) fn offsets(
    command: &DumpLog,
    path: &Path,
    complaints: &mut Complaints,
    output: &mut Output,
) -> Result<(), Failure> {
    let base = base_offset(path)?;
    let log = path.with_extension("log");
    let segment = Segment::open(&log, None).map_err(failed(&log))?;
    let bytes = read(path)?;
    if bytes.len() < 8 {
        return Ok(output.line(format!("{} is empty.", path.display()))?);
    }
    if command.index_sanity_check {
        let last = positions(&bytes, base).last().map_or(base, |(offset, _)| *offset);
        sane(path, bytes.len() % 8 == 0, last >= base)?;
        return Ok(output.line(format!("{} passed sanity check.", path.display()))?);
    }
    for entry @ (offset, position) in positions(&bytes, base) {
        check_offset(&segment, entry, command.max_message_size, path, complaints)?;
        if !command.verify_index_only {
            output.line(format!("offset: {offset} position: {position}"))?;
        }
    }
    Ok(())
}

/// Checks an offset index, and prints nothing.
pub(crate) fn check_offsets(path: &Path, largest: u64, complaints: &mut Complaints) -> Result<(), Failure> {
    let base = base_offset(path)?;
    let log = path.with_extension("log");
    let segment = Segment::open(&log, None).map_err(failed(&log))?;
    let bytes = read(path)?;
    if bytes.len() < 8 {
        return Ok(());
    }
    let entries = positions(&bytes, base);
    entries.into_iter().try_for_each(|entry| check_offset(&segment, entry, largest, path, complaints))
}

/// Does the batch at the position end with the offset?
fn check_offset(
    segment: &Segment,
    (offset, position): Position,
    largest: u64,
    path: &Path,
    complaints: &mut Complaints,
) -> Result<(), Failure> {
    let found = match segment.at(position)? {
        At::Batch(header) if header.size_in_bytes() as u64 <= largest => {
            header.base_offset.saturating_add(header.last_offset_delta.into())
        }
        _ => {
            return Err(Failure::new(format!(
                "{}: offset {offset} points to position {position}, where no whole batch of at most {largest} bytes is",
                path.display(),
            )));
        }
    };
    if found != offset {
        let title = format!("Mismatches in :{}", shown(path));
        complaints.note(title, format!("  Index offset: {offset}, log offset: {found}"));
    }
    Ok(())
}

pub(super) fn times(
    command: &DumpLog,
    path: &Path,
    complaints: &mut Complaints,
    output: &mut Output,
) -> Result<(), Failure> {
    let base = base_offset(path)?;
    let (log, index) = (path.with_extension("log"), path.with_extension("index"));
    let segment = Segment::open(&log, None).map_err(failed(&log))?;
    let positions = positions(&read(&index)?, base);
    let bytes = read(path)?;
    let entries = timestamps(&bytes, base);
    if command.index_sanity_check {
        let last = entries.last().map_or(base, |(_, offset)| *offset);
        sane(path, bytes.len() % 12 == 0, last >= base)?;
        return Ok(output.line(format!("{} passed sanity check.", path.display()))?);
    }
    let mut previous = -1;
    for (time, offset) in entries {
        check_time(&segment, &positions, (time, offset), previous, path, complaints)?;
        if !command.verify_index_only {
            output.line(format!("timestamp: {time} offset: {offset}"))?;
        }
        previous = time;
    }
    Ok(())
}

/// Checks a time index, and prints nothing.
pub(crate) fn check_times(path: &Path, _: u64, complaints: &mut Complaints) -> Result<(), Failure> {
    let base = base_offset(path)?;
    let (log, index) = (path.with_extension("log"), path.with_extension("index"));
    let segment = Segment::open(&log, None).map_err(failed(&log))?;
    let positions = positions(&read(&index)?, base);
    let mut previous = -1;
    for entry in timestamps(&read(path)?, base) {
        // An index that was only reserved, or that holds nothing, begins with zeros.
        if entry == (0, base) && previous < 0 {
            break;
        }
        check_time(&segment, &positions, entry, previous, path, complaints)?;
        previous = entry.0;
    }
    Ok(())
}

/// The entries of a time index: timestamp and offset. Room that was only reserved is zeros.
fn timestamps(bytes: &[u8], base: i64) -> Vec<(i64, i64)> {
    let entry = |bytes: &[u8]| {
        let time = bytes.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes));
        (time, base.saturating_add(first(bytes.get(8..).unwrap_or_default()).into()))
    };
    let entries = bytes.chunks_exact(12).map(entry).enumerate();
    entries.take_while(|(at, (_, offset))| *at == 0 || *offset != base).map(|(_, entry)| entry).collect()
}

/// Is the largest timestamp of the batch that ends with this offset the one that the index tells?
fn check_time(
    segment: &Segment,
    positions: &[Position],
    (time, offset): (i64, i64),
    previous: i64,
    path: &Path,
    complaints: &mut Complaints,
) -> Result<(), Failure> {
    let below = positions.iter().take_while(|(indexed, _)| *indexed <= offset).last();
    let mut position = below.map_or(0, |(_, position)| *position);
    let title = |what: &str| format!("{what} :{}", shown(path));
    while let At::Batch(header) = segment.at(position)? {
        let last = header.base_offset.saturating_add(header.last_offset_delta.into());
        if last < offset {
            position += header.size_in_bytes() as u64;
            continue;
        }
        if last > offset {
            let line = format!("Indexed offset: {offset}, found log offset: {last}");
            complaints.note(title("The following indexed offsets are not found in"), line);
            return Ok(());
        }
        let records = segment.records(position, &header)?;
        let found = records.iter().map(|record| record.timestamp).max().unwrap_or(-1);
        if found != time {
            let line = format!("  Index timestamp: {time}, log timestamp: {found}");
            complaints.note(title("Found timestamp mismatch in"), line);
        }
        if previous >= time {
            let line = format!("  Index timestamp: {time}, Previously indexed timestamp: {previous}");
            complaints.note(title("Found out of order timestamp in"), line);
        }
        return Ok(());
    }
    let line = format!("Indexed offset: {offset}, found log offset: -1");
    complaints.note(title("The following indexed offsets are not found in"), line);
    Ok(())
}

fn sane(path: &Path, is_whole: bool, is_sorted: bool) -> Result<(), Failure> {
    let why = match (is_whole, is_sorted) {
        (false, _) => "its length is no multiple of an entry's",
        (_, false) => "its last offset is below its first",
        _ => return Ok(()),
    };
    let way_out = "A broker makes it again from the .log when it starts.";
    Err(Failure::with_way_out(format!("{}: the index is damaged: {why}", path.display()), way_out))
}

fn shown(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
