//! Which Python runs the program: the one that `spark-submit` would take.

use crate::error::CommandError;
use std::env;
use std::path::{Path, PathBuf};

/// The first of `$PYSPARK_DRIVER_PYTHON`, `$PYSPARK_PYTHON`, the active virtual environment's, `python3`, `python`.
pub fn of_program() -> Result<PathBuf, CommandError> {
    first_of(&["PYSPARK_DRIVER_PYTHON", "PYSPARK_PYTHON"])
}

/// The same for notebooks: there, `$PYSPARK_DRIVER_PYTHON` is as a rule `jupyter` itself.
pub fn of_notebooks() -> Result<PathBuf, CommandError> {
    first_of(&["PYSPARK_PYTHON"])
}

fn first_of(variables: &[&str]) -> Result<PathBuf, CommandError> {
    for name in variables {
        if let Some(python) = env::var_os(name).filter(|python| !python.is_empty()) {
            return on_path(Path::new(&python)).ok_or_else(|| {
                let python = python.to_string_lossy();
                CommandError::usage(format!("${name} is '{python}', which is no program that can be run"))
            });
        }
    }
    let environment = env::var_os("VIRTUAL_ENV").map(|root| Path::new(&root).join("bin/python"));
    let candidates = environment.into_iter().chain(["python3".into(), "python".into()]);
    candidates.into_iter().find_map(|python| on_path(&python)).ok_or_else(|| {
        CommandError::with_way_out(
            "there is no Python: neither a virtual environment, nor python3, nor python",
            "install Python 3.10 or later, or name one in PYSPARK_PYTHON",
        )
    })
}

/// A program as the shell finds it: by its path, or by its name along `$PATH`.
fn on_path(program: &Path) -> Option<PathBuf> {
    if program.components().count() > 1 {
        return program.is_file().then(|| program.to_owned());
    }
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(program)).find(|candidate| candidate.is_file())
}
