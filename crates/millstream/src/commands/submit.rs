//! `millstream submit job.py`: runs a PySpark program, unchanged, against a Millstream server.
//!
//! The program runs in the user's own Python, in this terminal, with a session of its own on a server that is running
//! already or, if there is none, on one inside of this process. Its console sinks print here. When it ends, its
//! queries end, and its exit code is ours.

mod flags;
pub(super) mod interpreter;
pub(super) mod program;
pub(super) mod python_part;
pub(super) mod runner;
pub(super) mod server;

use crate::error::CommandError;
use clap::Args;
pub use flags::SparkFlags;
pub use runner::Runner;
pub use server::Target;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

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
        self.spark.explain("submit");
        if !self.program.is_file() {
            let message = format!("{}: there is no such Python file", self.program.display());
            return Err(CommandError::usage(message));
        }
        let runner = Runner::new("millstream submit", self.remote.as_deref(), &self.spark)?;
        let mut arguments = vec![self.program.into_os_string()];
        arguments.extend(self.args);
        Box::pin(runner.run(&arguments, &[])).await
    }
}
