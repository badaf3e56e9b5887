//! Results on standard output.

use std::io::{self, BufWriter, StdoutLock, Write};

/// Buffered standard output.
#[derive(Debug)]
pub struct Output(BufWriter<StdoutLock<'static>>);

impl Default for Output {
    fn default() -> Self {
        Self::new()
    }
}

impl Output {
    /// Takes standard output for itself.
    pub fn new() -> Self {
        Self(BufWriter::with_capacity(64 << 10, io::stdout().lock()))
    }

    /// Writes one line.
    ///
    /// # Errors
    /// When standard output takes no more.
    pub fn line(&mut self, text: impl AsRef<[u8]>) -> io::Result<()> {
        self.0.write_all(text.as_ref())?;
        self.0.write_all(b"\n")
    }

    /// Lets `write` write.
    ///
    /// # Errors
    /// When standard output takes no more.
    pub fn write(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        write(&mut self.0)
    }

    /// Hands over what is buffered.
    ///
    /// # Errors
    /// When standard output takes no more.
    pub fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
