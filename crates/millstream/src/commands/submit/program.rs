//! The program's process: the user's Python in this terminal, with signals passed on and the exit code passed back.

use crate::error::CommandError;
use rustix::io::FdFlags;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsString;
use std::io::{IsTerminal, PipeReader, PipeWriter};
use std::os::fd::AsRawFd;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};
use std::{env, io};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

/// A program that is about to start.
#[derive(Debug)]
pub struct Start {
    /// The interpreter.
    pub python: PathBuf,
    /// Its arguments: the program and those of the program.
    pub words: Vec<OsString>,
    /// What goes before everything else on its Python path.
    pub search: Vec<PathBuf>,
    /// Its server, as PySpark wants it.
    pub remote: String,
    /// What else is in its environment.
    pub environment: Vec<(&'static str, OsString)>,
    /// What its SparkConf starts with, as JSON.
    pub conf: String,
}

/// A program that was started.
#[derive(Debug)]
pub struct RunningProgram {
    child: Child,
    /// The program ends when this does, also if we are killed.
    _lifeline: PipeWriter,
    signals: [(Signal, tokio::signal::unix::Signal); 3],
}

impl Start {
    /// Starts it, in this terminal.
    pub fn run(self) -> Result<RunningProgram, CommandError> {
        let python = self.python.display();
        let refused = |error| CommandError::failed(format!("{python}: cannot be run: {error}"));
        let kinds = [
            (Signal::INT, SignalKind::interrupt()),
            (Signal::TERM, SignalKind::terminate()),
            (Signal::HUP, SignalKind::hangup()),
        ];
        let [interrupt, terminate, hangup] =
            kinds.map(|(ours, kind)| signal(kind).map(|stream| (ours, stream)));
        let signals = [interrupt.map_err(refused)?, terminate.map_err(refused)?, hangup.map_err(refused)?];
        let (theirs, ours) = lifeline().map_err(refused)?;
        let child = Command::new(&self.python)
            .args(&self.words)
            .env("PYTHONPATH", python_path(&self.search)?)
            // As spark-submit does: what the program prints and what its queries print keep their order.
            .env("PYTHONUNBUFFERED", "1")
            .env("SPARK_REMOTE", &self.remote)
            .envs(self.environment)
            .env("MILLSTREAM_CONF", &self.conf)
            // As spark-submit does: text has the same hash in the program and in all of its workers.
            .env("PYTHONHASHSEED", env::var_os("PYTHONHASHSEED").unwrap_or_else(|| "0".into()))
            .env("MILLSTREAM_LIFELINE", theirs.as_raw_fd().to_string())
            .kill_on_drop(true)
            .spawn()
            .map_err(refused)?;
        Ok(RunningProgram { child, _lifeline: ours, signals })
    }
}

impl RunningProgram {
    /// Waits for the end. A signal that comes meanwhile is the program's to handle.
    pub async fn ended(&mut self) -> Result<ExitCode, CommandError> {
        loop {
            let [(_, interrupt), (_, terminate), (_, hangup)] = &mut self.signals;
            let which = tokio::select! {
                status = self.child.wait() => {
                    let status = status.map_err(|error| CommandError::failed(format!("lost the program: {error}")))?;
                    return Ok(exit_code(status));
                }
                _ = interrupt.recv() => 0,
                _ = terminate.recv() => 1,
                _ = hangup.recv() => 2,
            };
            if let Some((signal, _)) = self.signals.get(which) {
                self.pass_on(*signal);
            }
        }
    }

    /// Ctrl-C in a terminal reaches the program by itself, together with us.
    fn pass_on(&self, signal: Signal) {
        if signal == Signal::INT && std::io::stdin().is_terminal() {
            return;
        }
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It may just have ended.
            let _ = kill_process(pid, signal);
        }
    }
}

/// A pipe whose reading end the program gets. Its part of ours waits there: a read returns when nobody can write any
/// more, which is when this process has gone, by whatever signal.
fn lifeline() -> io::Result<(PipeReader, PipeWriter)> {
    let (theirs, ours) = io::pipe()?;
    rustix::io::fcntl_setfd(&theirs, FdFlags::empty())?;
    Ok((theirs, ours))
}

/// `PYTHONPATH` with these before the user's own.
pub fn python_path(search: &[PathBuf]) -> Result<OsString, CommandError> {
    let own = env::var_os("PYTHONPATH").unwrap_or_default();
    let own = env::split_paths(&own).filter(|path| !path.as_os_str().is_empty());
    env::join_paths(search.iter().cloned().chain(own))
        .map_err(|error| CommandError::usage(format!("PYTHONPATH cannot be made: {error}")))
}

/// The program's own code; as in a shell, 128 and the signal's number if a signal ended it.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
