//! `millstream jupyter`: the user's own Jupyter, whose notebooks run on Millstream as they are.
//!
//! Every kernel gets a session of its own on a server that is running already or, if there is none, on one inside of
//! this process. What their console sinks print appears in the notebooks. When Jupyter ends, their queries end.

use super::submit::program::Start;
use super::submit::runner::{attach, finish};
use super::submit::server::Target;
use super::submit::{interpreter, python_part};
use crate::error::CommandError;
use clap::Args;
use millstream_spark::Program;
use std::ffi::OsString;
use std::process::ExitCode;

/// What `python -m` runs of our Python part.
const MODULE: &str = "millstream_submit.jupyter";
/// Tells our Python part that each process ties its sessions to itself.
const MARK: &str = "MILLSTREAM_NOTEBOOK";

/// Open your Jupyter: notebooks written for Spark run in it, unchanged.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  millstream jupyter
  millstream jupyter notebook clickstream.ipynb
  millstream jupyter nbconvert --to notebook --execute clickstream.ipynb

The Python is that of $PYSPARK_PYTHON, the active virtual environment, or python3. Without --remote, a server on
127.0.0.1:15002 is used; if none runs there, one is started for as long as Jupyter runs.")]
pub struct Jupyter {
    /// The server to run on [default: $SPARK_REMOTE, else sc://127.0.0.1:15002]
    #[arg(long, value_name = "sc://HOST:PORT")]
    remote: Option<String>,
    /// What `jupyter` is to be called with [default: lab, or notebook if that is what is installed]
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

impl Jupyter {
    /// Runs Jupyter to its end; the exit code is Jupyter's.
    pub async fn run(self) -> Result<ExitCode, CommandError> {
        let python = interpreter::of_notebooks()?;
        let search = vec![python_part::unpack()?];
        let target = Box::pin(Target::find_or_start("millstream jupyter", self.remote.as_deref())).await?;
        let outcome = match attach(&target, Program { user: target.user.clone(), ..Program::default() }).await
        {
            Err(error) => Err(error),
            Ok(mut terminal) => {
                let words = ["-m", MODULE].into_iter().map(OsString::from).chain(self.args).collect();
                let environment = vec![(MARK, OsString::from("1"))];
                let (remote, conf) = (target.shared_url(), "{}".to_owned());
                let start = Start { python, words, search, remote, environment, conf };
                let code = match start.run() {
                    Ok(mut jupyter) => jupyter.ended().await,
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
