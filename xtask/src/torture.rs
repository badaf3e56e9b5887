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

/// `--broker-only` takes the broker without the other doors, which is what CI has built already.
fn kill(root: &Path, words: &[&str]) -> bool {
    let alone = words.contains(&"--broker-only");
    let rest: Vec<&str> = words.iter().copied().filter(|word| *word != "--broker-only").collect();
    let target = target(root);
    let server = if alone {
        target.join("debug/examples/serve")
    } else {
        let release = target.join("release/millstream");
        if release.exists() { release } else { target.join("debug/millstream") }
    };
    let package = if server.ends_with("serve") { ("millstream-broker", "serve") } else { ("millstream", "") };
    let is_built = server.starts_with(target.join("release")) || build(root, package.0, package.1);
    if !is_built || !build(root, "millstream-broker", "torture") {
        return false;
    }
    let mut torture = Command::new(target.join("debug/examples/torture"));
    torture
        .arg("kill")
        .arg("--server")
        .arg(server)
        .arg("--data")
        .arg(root.join(".cache/data/torture"))
        .args(rest);
    process::shown(&mut torture)
}

fn crash_points(root: &Path, words: &[&str]) -> bool {
    if !build(root, "millstream-broker", "torture") {
        return false;
    }
    process::shown(Command::new(target(root).join("debug/examples/torture")).arg("crash-points").args(words))
}

/// The seeds of `crates/log`, in its own tests: `MILLSTREAM_SEED` repeats one.
fn disk(root: &Path, words: &[&str]) -> bool {
    let seeds = match words {
        [] => "100000",
        ["--seeds", seeds] => seeds,
        other => {
            eprintln!("error: 'torture disk {}': only --seeds N is known", other.join(" "));
            return false;
        }
    };
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args([
        "test",
        "--package",
        "millstream-log",
        "--locked",
        "--lib",
        "--",
        "log::tests::lives",
        "log::tests::crashes",
        "log::tests::transactions",
    ]);
    process::shown(cargo.env("MILLSTREAM_SEEDS", seeds))
}

fn build(root: &Path, package: &str, example: &str) -> bool {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args(["build", "--locked", "--quiet", "--package", package]);
    if !example.is_empty() {
        cargo.args(["--example", example]);
    }
    process::shown(&mut cargo)
}

fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}
