//! `cargo xtask torture kill|crash-points|disk`: the runs that break things on purpose, any number of times.
//!
//! `kill` ends a real broker with `kill -9` under load and looks at what is left; `crash-points` lets the power of a
//! simulated disk go at every single operation of a scripted life of a broker; `disk` does random things to a log on
//! a simulated disk that loses and tears what was not synced. Each prints a seed that repeats a failure.

use crate::process;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The command line's words behind `torture`.
pub fn run(root: &Path, words: &[&str]) -> bool {
    match words {
        ["kill", rest @ ..] => kill(root, rest),
        ["crash-points", rest @ ..] => crash_points(root, rest),
        ["disk", rest @ ..] => disk(root, rest),
        _ => {
            eprintln!("error: torture is one of: kill, crash-points, disk");
            false
        }
    }
}

/// `--broker-only` takes the broker without the other doors, which is what builds in seconds.
fn kill(root: &Path, words: &[&str]) -> bool {
    let (alone, words) = taken(words, "--broker-only");
    let Some((programs, rest)) = programs(root, &words) else { return false };
    let server = if alone {
        programs.join("examples/serve")
    } else {
        let release = words.contains(&"--release").then_some("--release");
        let mut build = cargo(root);
        build.args(["build", "--locked", "--quiet", "--package", "millstream"]).args(release);
        if !process::shown(&mut build) {
            return false;
        }
        programs.join("millstream")
    };
    let mut torture = Command::new(programs.join("examples/torture"));
    torture.arg("kill").arg("--server").arg(server).arg("--data").arg(root.join(".cache/data/torture"));
    process::shown(torture.args(rest))
}

fn crash_points(root: &Path, words: &[&str]) -> bool {
    let Some((programs, rest)) = programs(root, words) else { return false };
    process::shown(Command::new(programs.join("examples/torture")).arg("crash-points").args(rest))
}

/// Builds the load and the bare broker, with `--release` optimised. Gives where they are, and the other words.
fn programs<'a>(root: &Path, words: &[&'a str]) -> Option<(PathBuf, Vec<&'a str>)> {
    let (release, rest) = taken(words, "--release");
    let mut build = cargo(root);
    build.args(["build", "--locked", "--quiet", "--package", "millstream-broker"]);
    build.args(["--example", "torture", "--example", "serve"]).args(release.then_some("--release"));
    let folder = target(root).join(if release { "release" } else { "debug" });
    process::shown(&mut build).then_some((folder, rest))
}

/// Whether this word is there, and the others.
fn taken<'a>(words: &[&'a str], word: &str) -> (bool, Vec<&'a str>) {
    let rest: Vec<&str> = words.iter().copied().filter(|one| *one != word).collect();
    (rest.len() < words.len(), rest)
}

/// The seeds of `crates/log`, in its own tests: `MILLSTREAM_SEED` repeats one.
fn disk(root: &Path, words: &[&str]) -> bool {
    let (release, rest) = taken(words, "--release");
    let seeds = match rest.as_slice() {
        [] => "100000",
        ["--seeds", seeds] => seeds,
        other => {
            eprintln!("error: 'torture disk {}': only --seeds N and --release are known", other.join(" "));
            return false;
        }
    };
    let mut cargo = cargo(root);
    cargo.args(["test", "--package", "millstream-log", "--locked", "--lib"]);
    cargo.args(release.then_some("--release"));
    cargo.args(["--", "log::tests::lives", "log::tests::crashes", "log::tests::transactions"]);
    process::shown(cargo.env("MILLSTREAM_SEEDS", seeds))
}

fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root);
    cargo
}

fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}
