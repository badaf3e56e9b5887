//! Child processes: run one to its end, or keep one running and stop it when the test is over.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Runs `command` with its output shown; true when it ended with exit code 0.
pub fn shown(command: &mut Command) -> bool {
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("cannot start {:?}: {error}", command.get_program());
            false
        }
    }
}

/// Runs `command` to its end: whether it succeeded, and all that it printed (both streams, stdout first).
pub fn captured(command: &mut Command) -> (bool, String) {
    match command.stdin(Stdio::null()).output() {
        Ok(output) => {
            let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.push_str(&String::from_utf8_lossy(&output.stderr));
            (output.status.success(), text)
        }
        Err(error) => (false, format!("cannot start {:?}: {error}", command.get_program())),
    }
}

/// Like [`captured`], with both streams as they came: for a program that says on one what a line on the other is about.
pub fn interleaved(command: &mut Command) -> (bool, String) {
    let mut run = || -> std::io::Result<(bool, String)> {
        let (mut reader, writer) = std::io::pipe()?;
        let mut child = command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).spawn()?;
        // The command holds the pipe's other end, too: with it open the text would have no end.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        Ok((child.wait()?.success(), String::from_utf8_lossy(&bytes).into_owned()))
    };
    run().unwrap_or_else(|error| (false, format!("cannot start {:?}: {error}", command.get_program())))
}

/// Where `program` is: itself when it is a path, else the first of that name on the PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| path.is_file());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// A server under test: killed when dropped, so that no failing test leaves one behind.
pub struct Server {
    child: Child,
    lines: mpsc::Receiver<String>,
    /// The first line that the server printed on stdout (`start --json` prints its addresses there).
    pub first_line: String,
}

impl Server {
    /// Starts `command` and waits for its first line on stdout, at most `patience`.
    pub fn start(command: &mut Command, patience: Duration) -> Result<Self, String> {
        let program = format!("{:?}", command.get_program());
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {program}: {error}"))?;
        let (sender, lines) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                // Reads on even when nobody listens any more: a full pipe would stop the server.
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        let mut server = Self { child, lines, first_line: String::new() };
        server.first_line = server
            .next_line(patience)
            .ok_or_else(|| format!("{program} printed no first line within {patience:?}"))?;
        Ok(server)
    }

    /// The next line on stdout, if one comes within `patience`.
    pub fn next_line(&self, patience: Duration) -> Option<String> {
        self.lines.recv_timeout(patience).ok()
    }

    /// The process id, for tests that watch memory or send signals.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks for a clean stop (SIGTERM) and waits; true when the exit code was 0.
    pub fn terminate(mut self) -> bool {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        self.child.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_come_in_order() {
        let mut shell = Command::new("sh");
        let (succeeded, text) = interleaved(shell.args(["-c", "echo a; echo b >&2; echo c; exit 3"]));
        assert_eq!((succeeded, text.as_str()), (false, "a\nb\nc\n"));
    }
}
