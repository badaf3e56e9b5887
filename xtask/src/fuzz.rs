//! `cargo xtask fuzz` and `cargo xtask differential`: build the workspace in `fuzz/` in its release profile and run it.
//! `cargo xtask test lint` looks at it in the same profile.

use crate::process::shown;
use crate::test::setup;
use std::path::Path;
use std::process::Command;

/// Fuzzes the targets named, or all; with a target and a file it runs that one input. True when nothing was found.
pub fn run(root: &Path, words: &[&str]) -> bool {
    let mut command = cargo(root, "millstream-fuzz");
    match words {
        [target, file] if Path::new(file).is_file() => {
            let file = std::path::absolute(file).unwrap_or_else(|_| file.into());
            command.arg("replay").arg(target).arg(file);
        }
        words => {
            command.arg("run").args(words);
        }
    }
    shown(&mut command)
}

/// Asks our decoder and independent ones about the same bytes; true when every difference is a permitted one.
///
/// # Errors
/// Why the other decoders cannot be had.
pub fn differential(root: &Path, words: &[&str]) -> Result<bool, String> {
    let (new, old) = (setup::kafka_jars(root)?, setup::kafka_decoders(root)?);
    let mut command = cargo(root, "millstream-differential");
    command.arg("--new").arg(new).arg("--old").arg(old).args(words);
    Ok(shown(&mut command))
}

/// Clippy over the workspace, in the profile in which it runs: the C libraries that it needs are compiled once for both.
pub fn clippy(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root.join("fuzz")).env_remove("CARGO_TARGET_DIR");
    command.args(["clippy", "--release", "--workspace", "--all-targets", "--locked", "--quiet"]);
    command.args(["--", "-D", "warnings"]);
    command
}

/// `cargo run` of one of the workspace's programs.
fn cargo(root: &Path, package: &str) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root.join("fuzz")).env_remove("CARGO_TARGET_DIR");
    command.args(["run", "--release", "--locked", "--quiet", "--package", package, "--"]);
    command
}
