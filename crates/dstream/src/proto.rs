//! The messages of `millstream.v1.Dstream`, generated from `proto/millstream/v1/dstream.proto`.

#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::all,
    clippy::too_many_lines,
    reason = "generated code"
)]

tonic::include_proto!("millstream.v1");
