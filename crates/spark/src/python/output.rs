//! What a worker prints: to the program's terminal, without the lines that PySpark's workers print about themselves.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use millstream_engine::ConsoleOut;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::oneshot;

/// How PySpark's workers begin their own lines, which go to the server's log with Apache Spark.
const CHATTER: [&str; 2] = ["Streaming ForeachBatch worker ", "Streaming query listener worker "];
/// Bytes of one line that are kept; the rest of the line follows as the next one.
const MAX_LINE: u64 = 64 << 10;
/// Last lines of the error output that an error message may quote.
const QUOTED: usize = 20;

/// The last lines of a worker's error output.
#[derive(Debug, Clone, Default)]
pub(super) struct LastLines(Arc<Mutex<VecDeque<String>>>);

impl LastLines {
    fn add(&self, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == QUOTED {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }

    /// As one text.
    pub(super) fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().map(String::as_str).collect()
    }
}

/// Passes standard output on; the first line that says `pyspark VERSION` goes to `version` instead.
pub(super) async fn pass_on(
    out: impl AsyncRead + Unpin,
    console: ConsoleOut,
    version: oneshot::Sender<String>,
) {
    let mut version = Some(version);
    each_line(out, |line| {
        if let Some(found) = line.strip_prefix("pyspark ")
            && let Some(version) = version.take()
        {
            // Nobody waits any more if the worker took too long.
            let _ = version.send(found.trim().to_owned());
        } else if !CHATTER.iter().any(|chatter| line.starts_with(chatter)) {
            console.write(line);
        }
    })
    .await;
}

/// Passes error output on, and keeps the end of it.
pub(super) async fn pass_on_errors(out: impl AsyncRead + Unpin, console: ConsoleOut, last: LastLines) {
    each_line(out, |line| {
        last.add(line);
        console.write(line);
    })
    .await;
}

/// Lines with their ends; a last one without an end, too. Ends when the process has closed the pipe.
async fn each_line(out: impl AsyncRead + Unpin, mut take: impl FnMut(&str)) {
    let mut reader = BufReader::new(out);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = tokio::io::AsyncReadExt::take(&mut reader, MAX_LINE);
        match bounded.read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => take(&String::from_utf8_lossy(&line)),
        }
    }
}
