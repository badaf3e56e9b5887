//! Terminals: where the text of a session's console sinks goes.
//!
//! `millstream submit` attaches its terminal to the session of the program that it is about to start; the text then
//! flows to it. Without a terminal it goes to the server's standard output, as with Spark. A terminal that does not
//! read does not stop the query: what does not fit is left out, and said so.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use millstream_engine::ConsoleOut;
use tokio::sync::mpsc;

use crate::error::{Kind, Result, SparkError};
use crate::{Attached, Program};

/// Tables that wait for one terminal.
const WAITING: usize = 64;
/// Terminals at one time.
const MAX_TERMINALS: usize = 256;

/// The attached terminals by session id.
#[derive(Debug, Default)]
pub(crate) struct Consoles {
    terminals: Mutex<HashMap<String, Terminal>>,
    attached: Attached,
}

#[derive(Debug)]
struct Terminal {
    text: mpsc::Sender<String>,
    program: Arc<Program>,
    left_out: Arc<AtomicUsize>,
}

impl Consoles {
    /// No terminals yet; `attached` is told how many there are.
    pub(crate) fn new(attached: Attached) -> Self {
        Self { terminals: Mutex::default(), attached }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Terminal>> {
        self.terminals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Attaches a terminal; the newest one of a session gets the text.
    ///
    /// # Errors
    /// Too many terminals.
    pub(crate) fn attach(&self, session_id: &str, program: Program) -> Result<mpsc::Receiver<String>> {
        let mut terminals = self.lock();
        terminals.retain(|_, terminal| !terminal.text.is_closed());
        if terminals.len() >= MAX_TERMINALS {
            let text = format!("This server serves at most {MAX_TERMINALS} terminals at a time.");
            return Err(SparkError::plain(Kind::Spark, text));
        }
        let (text, receiver) = mpsc::channel(WAITING);
        let terminal = Terminal { text, program: Arc::new(program), left_out: Arc::default() };
        terminals.insert(session_id.to_owned(), terminal);
        self.attached.set(terminals.len());
        Ok(receiver)
    }

    /// Ends the text of a session; its terminal sees the end of the stream.
    pub(crate) fn detach(&self, session_id: &str) {
        let mut terminals = self.lock();
        terminals.remove(session_id);
        self.attached.set(terminals.len());
    }

    /// Ends the text of all sessions.
    pub(crate) fn detach_all(&self) {
        let mut terminals = self.lock();
        terminals.clear();
        self.attached.set(0);
    }

    /// The program that a terminal was attached for.
    pub(crate) fn program_of(&self, session_id: &str) -> Option<Arc<Program>> {
        self.lock().get(session_id).map(|terminal| Arc::clone(&terminal.program))
    }

    /// The engine's way to the terminal of a session, whether or not one is attached yet.
    pub(crate) fn output_of(self: &Arc<Self>, session_id: &str) -> ConsoleOut {
        let (consoles, session_id, stdout) = (Arc::clone(self), session_id.to_owned(), ConsoleOut::stdout());
        ConsoleOut::new(move |text| {
            if !consoles.write(&session_id, text) {
                stdout.write(text);
            }
        })
    }

    /// Hands text to the terminal of a session; false if there is none.
    fn write(&self, session_id: &str, text: &str) -> bool {
        let (sender, left_out) = match self.lock().get(session_id) {
            Some(terminal) => (terminal.text.clone(), Arc::clone(&terminal.left_out)),
            None => return false,
        };
        let missed = left_out.swap(0, Ordering::Relaxed);
        let text = match missed {
            0 => text.to_owned(),
            _ => format!("({missed} tables left out: this terminal did not read them in time)\n{text}"),
        };
        match sender.try_send(text) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                left_out.fetch_add(missed + 1, Ordering::Relaxed);
                true
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_to_the_terminal_and_what_does_not_fit_is_counted() {
        let consoles = Arc::new(Consoles::default());
        assert!(!consoles.write("s", "nobody is there"));
        let mut terminal = consoles.attach("s", Program::default()).unwrap();
        for n in 0..WAITING + 2 {
            assert!(consoles.write("s", &format!("{n}")));
        }
        assert_eq!(terminal.try_recv().as_deref(), Ok("0"));
        assert!(consoles.write("s", "late"));
        let texts: Vec<_> = std::iter::from_fn(|| terminal.try_recv().ok()).collect();
        assert_eq!(
            texts.last().map(String::as_str),
            Some("(2 tables left out: this terminal did not read them in time)\nlate")
        );
        drop(terminal);
        assert!(!consoles.write("s", "gone"));
    }
}
