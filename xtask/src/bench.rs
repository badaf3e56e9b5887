//! `cargo xtask bench first`: builds the release binary and the bench's own workspace, then measures.

use crate::process::shown;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Start to first acknowledged record, first table, memory, end-to-end latency; true when it ran to its end.
pub fn first(root: &Path) -> bool {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let mut product = Command::new("cargo");
    product.current_dir(root).args(["build", "--release", "--locked", "--package", "millstream"]);
    let mut bench = Command::new("cargo");
    bench.current_dir(root.join("bench")).env_remove("CARGO_TARGET_DIR");
    bench.args(["run", "--release", "--locked", "--", "first"]).arg(target.join("release/millstream"));
    shown(&mut product) && shown(&mut bench)
}
