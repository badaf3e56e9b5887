//! `millstream completions SHELL`: a script that completes command lines.

use clap::{Args, Command};
use millstream_tools::{Output, Shell};

use super::ended::Ended;
use crate::error::CommandError;

/// Print a script that completes command lines in a shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  millstream completions bash > ~/.local/share/bash-completion/completions/millstream
  millstream completions zsh > ~/.zfunc/_millstream
  millstream completions fish > ~/.config/fish/completions/millstream.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints the script for all commands of `whole`.
    pub fn run(&self, whole: &Command) -> Result<(), CommandError> {
        let mut output = Output::new();
        let script = millstream_tools::completions(whole, self.shell);
        let written = output.write(|out| out.write_all(script.as_bytes())).and_then(|()| output.flush());
        Ended::settle(written.map_err(Ended::from))
    }
}
