//! Turns the `.proto` files into Rust with protox, a compiler that is itself Rust: nobody needs to install protoc.

use std::error::Error;

const ROOT: &str = "proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={ROOT}");
    // The Spark side is a server, and the client of `millstream spark-sql`.
    let spark = protox::compile(["spark/connect/base.proto", "google/rpc/status.proto"], [ROOT])?;
    tonic_prost_build::configure()
        .extern_path(".google.protobuf.Any", "crate::proto::Any")
        .compile_fds(spark)?;
    let submit = protox::compile(["millstream/v1/submit.proto"], [ROOT])?;
    tonic_prost_build::configure().compile_fds(submit)?;
    Ok(())
}
