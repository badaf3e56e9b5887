//! The counting allocator's view of one piece of work.

use crate::ALLOCATOR;

/// What any input may cost beyond its own size.
const BASE: usize = 64 * 1024;
/// Bytes that each byte of input may become.
const PER_BYTE: usize = 4;

/// Runs `work`; returns with its result the peak of live bytes above what was live when it began.
pub fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = work();
    (result, ALLOCATOR.peak_usage().saturating_sub(before))
}

/// The most bytes that an input of this many bytes may become.
pub const fn bound(input: usize) -> usize {
    input.saturating_mul(PER_BYTE).saturating_add(BASE)
}
