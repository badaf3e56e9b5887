//! Makes a finding's input shorter while something stays wrong with it.

use std::time::{Duration, Instant};

use super::execution::Execution;
use super::watchdog::Watchdog;
use crate::target::Target;

/// How long it may take.
const TIME: Duration = Duration::from_secs(5);

/// Takes away ever smaller pieces, then sets bytes to 0.
pub fn minimise(target: &'static Target, mut input: Vec<u8>, watchdog: &Watchdog) -> Vec<u8> {
    let end = Instant::now() + TIME;
    let still_wrong = |input: &[u8]| Execution::of(target, input, watchdog).problem.is_some();
    let mut piece = input.len() / 2;
    while piece > 0 && Instant::now() < end {
        let mut at = 0;
        while at + piece <= input.len() && Instant::now() < end {
            let mut shorter = input.clone();
            shorter.drain(at..at + piece);
            if still_wrong(&shorter) { input = shorter } else { at += piece }
        }
        piece /= 2;
    }
    for at in 0..input.len() {
        if Instant::now() >= end {
            break;
        }
        let mut plainer = input.clone();
        if let Some(byte) = plainer.get_mut(at).filter(|byte| **byte != 0) {
            *byte = 0;
            if still_wrong(&plainer) {
                input = plainer;
            }
        }
    }
    input
}
