//! Turns the `.proto` file into Rust with protox, a compiler that is itself Rust: nobody needs to install protoc.

use std::error::Error;

const ROOT: &str = "proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={ROOT}");
    let files = protox::compile(["millstream/v1/dstream.proto"], [ROOT])?;
    // Chunks of partitions are passed on as they are: no copies on the way.
    tonic_prost_build::configure().bytes(".").compile_fds(files)?;
    Ok(())
}
