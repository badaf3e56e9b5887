//! Offsets by the time at which segment files were last written: all that ListOffsets 0 knows of time, for it is older
//! than the timestamps of records. Clients of Kafka 0.10.0 and before ask in it.

use std::time::UNIX_EPOCH;

use millstream_log::Log;

/// Which of the offsets are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// The end, and what comes before it.
    End,
    /// The log's start alone.
    Start,
    /// Those written not after this time, in ms.
    Time(i64),
}

/// Where segments begin and, if there is something in the last one, the log's end: newest first, at most `most`, none
/// above the high watermark. Looks at the files: may block.
pub(crate) fn offsets(log: &Log, before: Before, most: usize, now_ms: i64) -> Vec<i64> {
    let (start, shown) = (log.log_start_offset(), log.high_watermark());
    let segments = log.segments();
    let has_end = segments.last().is_some_and(|(_, size)| *size > 0);
    let begin = |base: i64| (base.max(start), modified(log, base).unwrap_or(now_ms));
    let mut known: Vec<(i64, i64)> = segments.into_iter().map(|(base, _)| begin(base)).collect();
    if has_end {
        known.push((log.log_end_offset(), now_ms));
    }
    let count = match before {
        Before::End => known.len(),
        Before::Start => known.len().min(1),
        Before::Time(time) => known.iter().rposition(|(_, at)| *at <= time).map_or(0, |last| last + 1),
    };
    let mut newest: Vec<i64> =
        known.into_iter().take(count).rev().take(most).map(|(offset, _)| offset).collect();
    let hidden = newest.iter().take_while(|offset| **offset > shown).count();
    if hidden > 0 {
        newest.splice(..hidden, [shown]);
    }
    newest
}

/// When a segment's file was last written, in ms; `None` if it is gone.
fn modified(log: &Log, base: i64) -> Option<i64> {
    let file = log.dir().join(format!("{base:020}.log"));
    let at = std::fs::metadata(file).ok()?.modified().ok()?;
    i64::try_from(at.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}
