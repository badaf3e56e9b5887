//! A streaming run: the clock, the inputs, and the batches that wait for the driver.
//!
//! At each batch time all inputs are cut, whether or not the driver keeps up: batches that are due wait in order, and
//! one at a time is given to the driver (Spark with one concurrent job). The driver runs its jobs and acknowledges.

mod directory;
mod input;
mod received;
mod run;
mod schedule;
mod socket_text;

use std::sync::{Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

pub(crate) use input::{InputOf, Source};
pub(crate) use run::{Run, run};
pub(crate) use schedule::{Schedule, now_ms};

use crate::error::CallError;

/// What the driver says to a run.
#[derive(Debug)]
pub(crate) enum Command {
    /// It is done with this batch.
    Acknowledge(i64),
    /// It shall end; `ended` is dropped when it has.
    Stop { graceful: bool, ended: oneshot::Sender<()> },
}

/// Commands that wait for the run.
const COMMANDS: usize = 16;

/// The run of a context, if there is one.
#[derive(Debug, Default)]
pub(crate) struct Streaming {
    commands: Mutex<Option<mpsc::Sender<Command>>>,
}

impl Streaming {
    /// Takes the place of the one run.
    ///
    /// # Errors
    /// There is one.
    pub(crate) fn begin(&self) -> Result<mpsc::Receiver<Command>, CallError> {
        let mut current = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|commands| !commands.is_closed()) {
            let text = "this SparkContext already has a StreamingContext that was started";
            return Err(CallError::NotNow(text.to_owned()));
        }
        let (commands, receiver) = mpsc::channel(COMMANDS);
        *current = Some(commands);
        Ok(receiver)
    }

    /// Says something to the run.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn tell(&self, command: Command) -> Result<(), CallError> {
        let commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let none = || CallError::NotNow("no StreamingContext is running".to_owned());
        commands.ok_or_else(none)?.send(command).await.map_err(|_| none())
    }
}
