//! Results on standard output.

use std::io::{self, BufWriter, StdoutLock, Write};

use super::ended::Ended;

/// Buffered standard output whose failures are the command's.
pub(crate) struct Output(BufWriter<StdoutLock<'static>>);

impl Output {
    /// Takes standard output for itself.
    pub(crate) fn new() -> Self {
        Self(BufWriter::with_capacity(64 << 10, io::stdout().lock()))
    }

    /// Writes one line.
    pub(crate) fn line(&mut self, text: impl AsRef<[u8]>) -> Result<(), Ended> {
        self.write(|out| {
            out.write_all(text.as_ref())?;
            out.write_all(b"\n")
        })
    }

    /// Lets `write` write.
    pub(crate) fn write(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Ended> {
        write(&mut self.0).map_err(|error| Ended::io("standard output", &error))
    }

    /// Hands over what is buffered.
    pub(crate) fn flush(&mut self) -> Result<(), Ended> {
        self.0.flush().map_err(|error| Ended::io("standard output", &error))
    }
}
