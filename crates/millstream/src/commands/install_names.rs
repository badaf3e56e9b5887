//! `millstream install-names DIR`: Kafka's and Spark's command names as links to this binary.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::error::CommandError;

/// Write bin/ with Kafka's and Spark's command names and config/server.properties.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  millstream install-names kafka && cd kafka
  bin/kafka-storage.sh format --standalone -t my-cluster -c config/server.properties
  bin/kafka-server-start.sh config/server.properties

The links point to this binary; run it again when the binary has moved.")]
pub struct InstallNames {
    /// Where bin/ and config/ shall lie
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Replace what others have written there: an edited server.properties, programs of the same names
    #[arg(long)]
    force: bool,
}

impl InstallNames {
    /// Writes the files and says what was kept as it was.
    pub fn run(self) -> Result<ExitCode, CommandError> {
        let binary = std::env::current_exe()
            .map_err(|error| CommandError::failed(format!("where this binary lies: {error}")))?;
        let installed = millstream_tools::install_names(&self.directory, &binary, self.force)
            .map_err(|error| CommandError::failed(error.to_string()))?;
        for path in &installed.kept {
            eprintln!("kept {}, which is not as it was installed; --force replaces it", path.display());
        }
        eprintln!("{} names in {}", installed.links, self.directory.join("bin").display());
        Ok(ExitCode::SUCCESS)
    }
}
