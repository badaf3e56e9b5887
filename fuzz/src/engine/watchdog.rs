//! Notices an input that does not come to an end: the one finding that the engine cannot return from.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::store;
use crate::target::Target;

/// No input of a few kilobytes takes this long, however loaded the machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct Running {
    target: &'static Target,
    input: Vec<u8>,
    since: Instant,
}

/// Knows what runs and since when.
pub struct Watchdog(Arc<Mutex<Option<Running>>>);

impl Watchdog {
    /// Starts its thread, which lasts as long as the process.
    pub fn start() -> Self {
        let shared: Arc<Mutex<Option<Running>>> = Arc::default();
        let watched = Arc::clone(&shared);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(PATIENCE / 4);
                look(&watched);
            }
        });
        Self(shared)
    }

    /// An input begins.
    pub fn begin(&self, target: &'static Target, input: &[u8]) {
        let running = Running { target, input: input.to_vec(), since: Instant::now() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
    }

    /// It has come to an end.
    pub fn end(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn look(watched: &Mutex<Option<Running>>) {
    let running = watched.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(Running { target, input, since }) = running.as_ref() else { return };
    if since.elapsed() > PATIENCE {
        println!("FINDING in {}: no end after {PATIENCE:?}", target.name);
        match store::finding(target, input) {
            Ok(path) => println!("  again: cargo xtask fuzz {} {}", target.name, path.display()),
            Err(error) => println!("  {error}"),
        }
        std::process::exit(1);
    }
}
