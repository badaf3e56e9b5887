//! The course, line by line: every program of `tests/course`, in the order of its name, against the real binary.
//!
//! A program is `PYTHON tests/course/NN_name.py BINARY`. It starts what it needs by itself, on free ports and in
//! directories of its own, and prints one line a check. What it needs of the machine its first lines say: `# pip:`
//! names packages for its virtual environment, `# apt:` a program and the system package that has it.

use super::{binary, setup};
use crate::process::captured;
use crate::report::Report;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs all programs, each in the virtual environment that it asks for.
pub fn run(root: &Path, report: &mut Report) {
    let (binary, programs) = match (binary(root), programs(&root.join("tests/course"))) {
        (Ok(binary), Ok(programs)) => (binary, programs),
        (Err(why), _) | (_, Err(why)) => return report.fail("course", &why),
    };
    for program in programs {
        let name = program.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match prepared(root, &program) {
            Ok(python) => run_one(root, report, &name, &python, &program, &binary),
            Err(why) => report.skip(&name, &why),
        }
    }
}

/// The programs to run: files whose name begins with the number of the course's line that they test.
fn programs(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let numbered = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(|first: char| first.is_ascii_digit())
            && path.extension().is_some_and(|extension| extension == "py")
    };
    let mut programs: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(numbered).collect();
    programs.sort();
    Ok(programs)
}

/// Sets up what the program's `#` lines ask for: its Python.
fn prepared(root: &Path, program: &Path) -> Result<PathBuf, String> {
    let text = std::fs::read_to_string(program).map_err(|error| format!("{}: {error}", program.display()))?;
    let mut packages = Vec::new();
    for line in text.lines().take_while(|line| line.starts_with('#')) {
        if let Some(wanted) = line.strip_prefix("# pip:") {
            packages.extend(wanted.split_whitespace());
        } else if let Some((name, package)) =
            line.strip_prefix("# apt:").and_then(|wanted| wanted.trim().split_once(' '))
        {
            setup::system_program(&[name], package.trim())?;
        }
    }
    packages.sort_unstable();
    setup::python(root, &environment(&packages), &packages)
}

/// The name of the environment with these packages: programs that ask for the same share one.
fn environment(packages: &[&str]) -> String {
    let names = packages.iter().map(|package| {
        package.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').collect::<String>()
    });
    format!("course-{}", names.collect::<Vec<_>>().join("-"))
}

fn run_one(root: &Path, report: &mut Report, name: &str, python: &Path, program: &Path, binary: &Path) {
    let own = root.join(".cache/data/course").join(name);
    let _ = std::fs::remove_dir_all(&own);
    if let Err(error) = std::fs::create_dir_all(&own) {
        return report.fail(name, &format!("{}: {error}", own.display()));
    }
    let mut command = Command::new(python);
    command.arg(program).arg(binary).current_dir(&own).env("PYSPARK_PYTHON", python);
    // No server of a test may use the data of the person who runs it.
    command.env("XDG_DATA_HOME", own.join("data")).env("XDG_CACHE_HOME", own.join("cache"));
    let (succeeded, output) = captured(&mut command);
    report.read_lines(name, succeeded, &output);
}
