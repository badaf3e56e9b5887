//! The inputs that brought something new.

use std::collections::HashSet;

use crate::random::Random;

/// The most features that are told apart; what comes later is not news.
const MOST_FEATURES: usize = 1 << 20;

/// Inputs, each with a feature that none before it had.
#[derive(Debug, Default)]
pub struct Corpus {
    inputs: Vec<Vec<u8>>,
    seen: HashSet<u64>,
    /// How many of the inputs are seeds or were kept.
    seeds: usize,
}

impl Corpus {
    /// Takes the input if it brings something new.
    pub fn offer(&mut self, input: Vec<u8>, features: &[u64]) {
        if self.seen.len() >= MOST_FEATURES {
            return;
        }
        let before = self.seen.len();
        self.seen.extend(features);
        if self.seen.len() > before {
            self.inputs.push(input);
        }
    }

    /// What comes from now on was found by mutation.
    pub fn end_of_seeds(&mut self) {
        self.seeds = self.inputs.len();
    }

    /// An input to change: half of the time one that was found lately.
    pub fn pick(&self, random: &mut Random) -> &[u8] {
        let count = self.inputs.len();
        let at = if random.one_in(2) {
            count.saturating_sub(1 + random.small(count))
        } else {
            random.below(count)
        };
        self.inputs.get(at).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many inputs there are.
    pub fn size(&self) -> usize {
        self.inputs.len()
    }

    /// How many features have been seen.
    pub fn features(&self) -> usize {
        self.seen.len()
    }

    /// What mutation has found.
    pub fn into_found(mut self) -> Vec<Vec<u8>> {
        self.inputs.split_off(self.seeds.min(self.inputs.len()))
    }
}
