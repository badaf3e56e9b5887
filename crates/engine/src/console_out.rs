//! Where the console sink's text goes: the user's own terminal by way of `submit`, or this process's stdout.

use std::io::Write as _;
use std::sync::Arc;

/// A receiver of console text. One call is one batch: header, table and the empty line after it.
#[derive(Clone)]
pub struct ConsoleOut(Arc<dyn Fn(&str) + Send + Sync>);

impl ConsoleOut {
    /// Sends the text to `receive`, which must not block for long: the query waits for it.
    pub fn new(receive: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(receive))
    }

    /// Writes to this process's standard output.
    pub fn stdout() -> Self {
        Self::new(|text| {
            let mut out = std::io::stdout().lock();
            // A closed pipe must not stop the query: Spark's goes on, too.
            let _ignored = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        })
    }

    /// Hands over `text`.
    pub fn write(&self, text: &str) {
        (self.0)(text);
    }
}

impl Default for ConsoleOut {
    fn default() -> Self {
        Self::stdout()
    }
}

impl std::fmt::Debug for ConsoleOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConsoleOut")
    }
}
