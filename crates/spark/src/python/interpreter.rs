//! Which Python runs a session's functions, and in which surroundings.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;

use millstream_engine::EngineError;
use tokio::process::Command;

use crate::Program;

/// An interpreter with its environment and directory.
#[derive(Debug, Clone)]
pub(crate) struct Interpreter {
    program: PathBuf,
    /// `None` means the server's own surroundings.
    surroundings: Option<(HashMap<String, String>, PathBuf)>,
}

impl Interpreter {
    /// The program's, if `millstream submit` told; else what `PYSPARK_PYTHON` names in the server's environment.
    ///
    /// # Errors
    /// Neither is there; `what` names what needs it.
    pub(crate) fn of(program: Option<&Program>, what: &str) -> Result<Self, EngineError> {
        if let Some(program) = program {
            let surroundings = Some((program.environment.clone(), program.directory.clone()));
            return Ok(Self { program: program.interpreter.clone(), surroundings });
        }
        match std::env::var_os("PYSPARK_PYTHON").filter(|python| !python.is_empty()) {
            Some(python) => Ok(Self { program: python.into(), surroundings: None }),
            None => Err(EngineError::unsupported(format!(
                "{what} runs in a Python of your choice, and this server knows none: start the program with \
                 `millstream submit`, or start the server with PYSPARK_PYTHON set to an interpreter that has PySpark"
            ))),
        }
    }

    /// As it is named in messages.
    pub(crate) fn name(&self) -> String {
        self.program.display().to_string()
    }

    /// A process of it, not started yet; it ends with the handle.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        if let Some((environment, directory)) = &self.surroundings {
            command.env_clear().envs(environment).current_dir(directory);
        }
        let has_home = match &self.surroundings {
            Some((environment, _)) => environment.contains_key("SPARK_HOME"),
            None => std::env::var_os("SPARK_HOME").is_some(),
        };
        if !has_home {
            // PySpark's client looks for an installation of Spark when a worker imports it, and ends without one.
            command.env("SPARK_HOME", std::env::temp_dir());
        }
        command
            .env_remove("SPARK_REMOTE")
            .env_remove("MASTER")
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}
