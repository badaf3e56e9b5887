//! `millstream pyspark`: the user's Python at a prompt, with `spark` and `sc` ready.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::submit::{Runner, SparkFlags};
use crate::error::CommandError;

/// Open a Python shell with `spark` and `sc` ready.
#[derive(Debug, Args)]
#[command(
    after_help = "The Python is that of $PYSPARK_DRIVER_PYTHON (ipython works, too) with $PYSPARK_DRIVER_PYTHON_OPTS,
$PYSPARK_PYTHON, the active virtual environment, or python3.
Without --remote, a server on 127.0.0.1:15002 is used; if none runs there, one is started for the shell."
)]
pub struct PySpark {
    /// The server to run on [default: $SPARK_REMOTE, else sc://127.0.0.1:15002]
    #[arg(long, value_name = "sc://HOST:PORT")]
    remote: Option<String>,
    #[command(flatten)]
    spark: SparkFlags,
    /// A program to run instead, with its arguments
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

impl PySpark {
    /// Runs the shell to its end; the exit code is the interpreter's.
    pub async fn run(self) -> Result<ExitCode, CommandError> {
        self.spark.explain("pyspark");
        let runner = Runner::new("millstream pyspark", self.remote.as_deref(), &self.spark)?;
        if !self.args.is_empty() {
            return Box::pin(runner.run(&self.args, &[])).await;
        }
        let options = std::env::var("PYSPARK_DRIVER_PYTHON_OPTS").unwrap_or_default();
        let mut arguments: Vec<OsString> = options.split_whitespace().map(OsString::from).collect();
        if arguments.is_empty() && is_plain_python(runner.python()) {
            // Prompts also when the input is no terminal: `echo 'spark.range(3).show()' | millstream pyspark`.
            arguments.push("-i".into());
        }
        let startup = runner.python_part().join("millstream_submit").join("shell.py");
        Box::pin(runner.run(&arguments, &[("PYTHONSTARTUP", startup.into_os_string())])).await
    }
}

fn is_plain_python(interpreter: &Path) -> bool {
    interpreter.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("python"))
}
