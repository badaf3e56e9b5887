//! Lines of standard input, without waiting for it.

use std::io::{self, BufRead, Read};
use std::thread;

use tokio::sync::mpsc::{self, Receiver, Sender};

/// The longest line, in bytes. Brokers refuse records of a megabyte unless told otherwise.
const MAX_LINE: u64 = 64 << 20;
/// Lines are handed on in pieces of about so many bytes.
const PIECE: usize = 64 << 10;

/// Reads standard input in a thread of its own, which nobody waits for: a read cannot be called off.
///
/// Pieces of lines come as soon as nothing more is there to be read at once; line ends (`\n`, `\r\n`) are taken off.
pub fn read_lines() -> Receiver<io::Result<Vec<Vec<u8>>>> {
    let (sender, receiver) = mpsc::channel(8);
    thread::spawn(move || {
        if let Err(error) = send_lines(&sender) {
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

fn send_lines(sender: &Sender<io::Result<Vec<Vec<u8>>>>) -> io::Result<()> {
    let mut input = io::BufReader::with_capacity(PIECE, io::stdin().lock());
    let (mut piece, mut size) = (Vec::new(), 0);
    loop {
        let mut line = Vec::new();
        let length = input.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line)?;
        if length as u64 > MAX_LINE {
            return Err(io::Error::other(format!("a line is longer than {} MiB", MAX_LINE >> 20)));
        }
        let is_end = length == 0;
        if !is_end {
            if line.last() == Some(&b'\n') {
                line.pop();
            }
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            size += length;
            piece.push(line);
        }
        let is_full = size >= PIECE || input.buffer().is_empty();
        if is_full && !piece.is_empty() {
            if sender.blocking_send(Ok(std::mem::take(&mut piece))).is_err() {
                return Ok(());
            }
            size = 0;
        }
        if is_end {
            return Ok(());
        }
    }
}
