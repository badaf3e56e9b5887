//! What a target is, and what it says about an input.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use crate::memory;

/// Something that reads bytes.
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it reads, in a line.
    pub about: &'static str,
    /// Valid inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Reads an input; an error is a finding, and so is a panic.
    pub run: fn(&[u8], &mut Trial) -> Result<(), String>,
    /// Inputs are not made longer than this, in bytes.
    pub longest: usize,
}

/// One input's run.
#[derive(Debug, Default)]
pub struct Trial {
    /// What happened, hashed.
    pub features: Vec<u64>,
    /// The largest share of its bound of memory that a measured piece of work took, in per cent.
    pub peak_percent: usize,
}

impl Trial {
    /// Notes that something happened.
    pub fn feature(&mut self, what: impl Hash) {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        self.features.push(hasher.finish());
    }

    /// Does `work`, which may hold no more than the bound for `input` bytes, and `allowance` on top.
    pub fn bounded<T>(
        &mut self,
        what: &str,
        input: usize,
        allowance: usize,
        work: impl FnOnce() -> T,
    ) -> Result<T, String> {
        let (result, peak) = memory::peak_of(work);
        let bound = memory::bound(input).saturating_add(allowance);
        self.peak_percent = self.peak_percent.max(peak.saturating_mul(100) / bound.max(1));
        // The more memory for its size, the more interesting.
        self.feature(("memory", what, (peak / (input + 1)).min(64)));
        if peak > bound {
            return Err(format!(
                "{what}: {peak} bytes of memory for {input} bytes of input, allowed are {bound}"
            ));
        }
        Ok(result)
    }
}

/// How large a number is, for features: its number of bits.
pub fn scale(number: usize) -> u32 {
    usize::BITS - number.leading_zeros()
}

/// The name of an error's variant, for features.
pub fn variant(error: &impl std::fmt::Debug) -> String {
    let mut text = format!("{error:?}");
    text.truncate(text.find([' ', '(', '{']).unwrap_or(text.len()));
    text
}

/// A finding unless it holds.
pub fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
