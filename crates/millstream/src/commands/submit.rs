//! `millstream submit job.py`: runs a PySpark program, unchanged, against a Millstream server.
//!
//! The program runs in the user's own Python, in this terminal, with a session of its own on a server that is running
//! already or, if there is none, on one inside of this process. Its console sinks print here. When it ends, its
//! queries end, and its exit code is ours.

mod flags;
pub(super) mod interpreter;
pub(super) mod program;
pub(super) mod python_part;
pub(super) mod server;

use crate::error::CommandError;
use clap::Args;
use flags::SparkFlags;
use millstream_spark::{AttachError, Program, Terminal};
use program::{RunningProgram, Start};
use server::Target;
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How long text that is still on its way may take once the program has ended.
const LAST_TEXT: Duration = Duration::from_secs(5);

/// Run a PySpark program, unchanged, with its console output in this terminal.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  millstream submit structured_network_wordcount.py localhost 9999
  millstream submit --remote sc://other-machine:15002 job.py

The Python is that of $PYSPARK_DRIVER_PYTHON, $PYSPARK_PYTHON, the active virtual environment, or python3.
Without --remote, a server on 127.0.0.1:15002 is used; if none runs there, one is started for the program.")]
pub struct Submit {
    /// The server to run on [default: $SPARK_REMOTE, else sc://127.0.0.1:15002]
    #[arg(long, value_name = "sc://HOST:PORT")]
    remote: Option<String>,
    #[command(flatten)]
    spark: SparkFlags,
    /// The program, a Python file
    #[arg(value_name = "JOB.PY")]
    program: PathBuf,
    /// Arguments of the program
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

impl Submit {
    /// Runs the program to its end; the exit code is the program's.
    pub async fn run(self) -> Result<ExitCode, CommandError> {
        self.spark.explain();
        if !self.program.is_file() {
            let message = format!("{}: there is no such Python file", self.program.display());
            return Err(CommandError::usage(message));
        }
        let conf = self.spark.conf()?;
        let python = interpreter::of_program()?;
        let python_part = python_part::unpack()?;
        let target = Box::pin(Target::find_or_start("millstream submit", self.remote.as_deref())).await?;
        let program = Program {
            user: target.user.clone(),
            interpreter: python.clone(),
            directory: std::env::current_dir().unwrap_or_default(),
            environment: std::env::vars().collect(),
            conf,
        };
        let outcome = match attach(&target, program).await {
            Err(error) => Err(error),
            Ok(mut terminal) => {
                let mut search = vec![python_part];
                search.extend(self.spark.python_files());
                let words = [self.program.into_os_string()].into_iter().chain(self.args).collect();
                let started = Start { python, words, search, remote: target.url(), ties_itself: false }.run();
                let code = match started {
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
}

/// The terminal's tie to the session. A server of somebody else runs the program all the same.
pub(super) async fn attach(target: &Target, program: Program) -> Result<Option<Terminal>, CommandError> {
    match Terminal::attach(&target.address, &target.session_id, program).await {
        Ok(terminal) => Ok(Some(terminal)),
        Err(error @ AttachError::Foreign { .. }) => {
            eprintln!("millstream submit: {error}: text of console sinks stays on the server");
            Ok(None)
        }
        Err(error) => Err(CommandError::with_way_out(error.to_string(), "check --remote or $SPARK_REMOTE")),
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
pub(super) async fn finish(terminal: &mut Terminal) {
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
