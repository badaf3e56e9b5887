//! From a segment's file to a socket inside of the kernel: `sendfile`, where there is one like Linux's.
//!
//! Sending must not wait for a disk on the runtime's threads, so what may not be in the page cache is brought there
//! first ([`warm`]), on a thread that may wait.

use std::io;

use millstream_log::LogSlice;
use tokio::net::TcpStream;

/// Records below this size are copied: a few more system calls would cost more than the copy.
const WORTH_IT: usize = 32 * 1024;

/// The least that is worth a slice, or no size at all on a system without `sendfile`.
pub(crate) const fn at_least() -> Option<usize> {
    if cfg!(target_os = "linux") { Some(WORTH_IT) } else { None }
}

/// Sends from the front of a slice as much as the socket takes, and says how much that was; the slice stays as it is.
/// Nothing sent means that the file has become shorter.
#[cfg(target_os = "linux")]
pub(crate) fn send_some(stream: &TcpStream, slice: &LogSlice) -> io::Result<usize> {
    use tokio::io::Interest;

    let Some(file) = slice.file.fd() else { return Err(io::ErrorKind::Unsupported.into()) };
    stream.try_io(Interest::WRITABLE, || {
        let mut position = slice.position;
        Ok(rustix::fs::sendfile(stream, file, Some(&mut position), slice.length)?)
    })
}

/// Brings a slice into the page cache. Blocks.
#[cfg(target_os = "linux")]
pub(crate) fn warm(slice: &LogSlice) -> io::Result<()> {
    use std::num::NonZeroU64;

    use rustix::fs::{Advice, fadvise};

    /// What the kernel reads at once at least, so that a byte of each brings all of it.
    const STEP: usize = 64 * 1024;

    let Some(file) = slice.file.fd() else { return Ok(()) };
    fadvise(file, slice.position, NonZeroU64::new(slice.length as u64), Advice::WillNeed)?;
    let mut byte = Vec::with_capacity(1);
    for skip in (0..slice.length).step_by(STEP) {
        byte.clear();
        slice.file.read_at(&mut byte, 1, slice.position + skip as u64)?;
    }
    Ok(())
}

/// There are no slices to send.
#[cfg(not(target_os = "linux"))]
pub(crate) fn send_some(_: &TcpStream, _: &LogSlice) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// There are no slices to bring.
#[cfg(not(target_os = "linux"))]
pub(crate) fn warm(_: &LogSlice) -> io::Result<()> {
    Ok(())
}
