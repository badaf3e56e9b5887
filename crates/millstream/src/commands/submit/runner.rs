//! Runs the user's Python with a session: finds interpreter and server, ties the terminal to the session, prints what
//! the session's queries and workers print, and ends the session with the program.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use millstream_spark::{AttachError, Program, Terminal};

use super::flags::SparkFlags;
use super::program::{RunningProgram, Start, python_path};
use super::server::Target;
use super::{interpreter, python_part};
use crate::error::CommandError;

/// How long text that is still on its way may take once the program has ended.
const LAST_TEXT: Duration = Duration::from_secs(5);

/// What a program is run with.
#[derive(Debug)]
pub struct Runner {
    /// The command that runs it, for messages.
    command: &'static str,
    remote: Option<String>,
    python: PathBuf,
    python_part: PathBuf,
    python_files: Vec<PathBuf>,
    conf: HashMap<String, String>,
    /// What the program's own SparkConf starts with, as JSON.
    context: String,
}

impl Runner {
    /// Finds the interpreter and unpacks our part for it.
    pub fn new(
        command: &'static str,
        remote: Option<&str>,
        flags: &SparkFlags,
    ) -> Result<Self, CommandError> {
        let conf = flags.conf()?;
        Ok(Self {
            command,
            remote: remote.map(str::to_owned),
            context: flags.context(&conf),
            conf,
            python: interpreter::of_program()?,
            python_part: python_part::unpack()?,
            python_files: flags.python_files(),
        })
    }

    /// The interpreter.
    pub fn python(&self) -> &Path {
        &self.python
    }

    /// Where our Python part lies.
    pub fn python_part(&self) -> &Path {
        &self.python_part
    }

    /// Runs the interpreter with these arguments and more environment to its end; the exit code is the program's.
    pub async fn run(
        self,
        arguments: &[OsString],
        environment: &[(&'static str, OsString)],
    ) -> Result<ExitCode, CommandError> {
        let target = Box::pin(Target::find_or_start(self.command, self.remote.as_deref())).await?;
        let outcome = match attach(&target, self.program(&target, arguments)?).await {
            Err(error) => Err(error),
            Ok(mut terminal) => {
                let mut search = vec![self.python_part.clone()];
                search.extend(self.python_files.iter().cloned());
                let started = Start {
                    python: self.python,
                    words: arguments.to_vec(),
                    search,
                    remote: target.url(),
                    environment: environment.to_vec(),
                    conf: self.context,
                };
                let code = match started.run() {
                    Ok(program) => follow(program, terminal.as_mut()).await,
                    Err(error) => Err(error),
                };
                if let Some(terminal) = terminal.as_mut() {
                    finish(terminal).await;
                }
                code
            }
        };
        target.stop().await;
        outcome
    }

    /// What the server's Python workers need to know: they import what lies beside the program, as it does itself.
    fn program(&self, target: &Target, arguments: &[OsString]) -> Result<Program, CommandError> {
        let directory = std::env::current_dir().unwrap_or_default();
        let beside =
            arguments.first().map(Path::new).filter(|program| program.is_file()).and_then(Path::parent);
        let mut search = vec![self.python_part.clone()];
        search.extend(self.python_files.iter().cloned());
        search.push(directory.join(beside.unwrap_or(Path::new(""))));
        let mut environment: HashMap<String, String> = std::env::vars().collect();
        environment.insert("PYTHONPATH".to_owned(), python_path(&search)?.to_string_lossy().into_owned());
        Ok(Program {
            user: target.user.clone(),
            interpreter: self.python.clone(),
            directory,
            environment,
            conf: self.conf.clone(),
        })
    }
}

/// The terminal's tie to the session. A server of somebody else runs the program all the same.
pub async fn attach(target: &Target, program: Program) -> Result<Option<Terminal>, CommandError> {
    match Terminal::attach(&target.address, &target.session_id, program).await {
        Ok(terminal) => Ok(Some(terminal)),
        Err(error @ AttachError::Foreign { .. }) => {
            eprintln!("millstream submit: {error}: text of console sinks stays on the server");
            Ok(None)
        }
        Err(error @ AttachError::Unreachable { .. }) => Err(CommandError::with_way_out(
            error.to_string(),
            "`millstream start` starts one at 127.0.0.1:15002; without --remote and $SPARK_REMOTE one is started for \
             the program",
        )),
        Err(error) => Err(CommandError::with_way_out(
            error.to_string(),
            "check --remote or $SPARK_REMOTE: Spark's door is at 15002 if not told otherwise",
        )),
    }
}

/// Prints the session's text until the program ends.
async fn follow(
    mut program: RunningProgram,
    mut terminal: Option<&mut Terminal>,
) -> Result<ExitCode, CommandError> {
    loop {
        let text = async {
            match terminal.as_mut() {
                Some(terminal) => terminal.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            code = program.ended() => return code,
            text = text => match text {
                Some(text) => print(&text),
                // The server is gone; the program will notice and say so.
                None => terminal = None,
            }
        }
    }
}

/// Prints what the session still has to say.
pub async fn finish(terminal: &mut Terminal) {
    terminal.detach().await;
    let rest = async {
        while let Some(text) = terminal.next().await {
            print(&text);
        }
    };
    // A server that does not end its text must not hold up the end of the program.
    let _ = tokio::time::timeout(LAST_TEXT, rest).await;
}

fn print(text: &[u8]) {
    let mut out = std::io::stdout().lock();
    // A reader that went away (`| head`) must not stop the program.
    let _ = out.write_all(text).and_then(|()| out.flush());
}
