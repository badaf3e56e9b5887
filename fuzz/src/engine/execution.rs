//! One input in one target, with panics caught.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use super::watchdog::Watchdog;
use crate::target::{Target, Trial};

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What came of an input.
pub struct Execution {
    /// What the target told.
    pub trial: Trial,
    /// What is wrong, if anything.
    pub problem: Option<String>,
}

impl Execution {
    /// Runs the input.
    pub fn of(target: &'static Target, input: &[u8], watchdog: &Watchdog) -> Self {
        catch_panics();
        watchdog.begin(target, input);
        let mut trial = Trial::default();
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input, &mut trial)));
        watchdog.end();
        let problem = match outcome {
            Ok(result) => result.err(),
            Err(_) => Some(PANIC.take().unwrap_or_else(|| "a panic without words".to_owned())),
        };
        Self { trial, problem }
    }
}

/// Panics leave their words and place here instead of on the terminal.
fn catch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        panic::set_hook(Box::new(|info| PANIC.set(Some(info.to_string()))));
    });
}
