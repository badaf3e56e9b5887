//! `cargo xtask bench broker`: Millstream's broker beside Apache Kafka's, from release binaries, as a table of ratios.

use crate::process::shown;
use crate::test::setup;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds what is measured and measures it; `words` are rows' names and the bench's own flags. True when it ran to
/// its end.
///
/// `--alone` measures the broker without the other doors, which builds in two minutes where the whole product takes
/// twenty; `--no-kafka` leaves Apache Kafka out.
pub fn run(root: &Path, words: &[&str]) -> bool {
    let alone = words.contains(&"--alone");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let mut product = Command::new("cargo");
    product.current_dir(root).args(["build", "--release", "--locked", "--package"]);
    let binary = if alone {
        product.args(["millstream-broker", "--example", "serve"]);
        target.join("release/examples/serve")
    } else {
        product.arg("millstream");
        target.join("release/millstream")
    };
    let mut bench = Command::new("cargo");
    bench.current_dir(root.join("bench")).env_remove("CARGO_TARGET_DIR");
    bench.args(["run", "--release", "--locked", "--", "broker"]).arg(&binary);
    bench.args(words.iter().filter(|word| **word != "--no-kafka"));
    if !words.contains(&"--no-kafka") {
        match setup::kafka_jars(root) {
            Ok(jars) => bench.arg("--kafka").arg(jars),
            Err(why) => {
                eprintln!("Apache Kafka cannot be set up: {why}; --no-kafka leaves it out");
                return false;
            }
        };
    }
    shown(&mut product) && shown(&mut bench)
}
