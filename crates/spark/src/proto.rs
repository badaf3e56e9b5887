//! The messages of the wire, generated from `proto/` by the build script.
//!
//! `spark.connect` carries the names and numbers of Spark Connect 4.2, which are a superset of those of 3.5 to 4.1;
//! `millstream.v1` is our own service for `millstream submit`; `google.rpc` is gRPC's error detail.

/// `google.protobuf.Any`: a message with its type's name beside it.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Any {
    /// `type.googleapis.com/` and the message's full name.
    #[prost(string, tag = "1")]
    pub type_url: String,
    /// The message's bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// Spark Connect.
#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::all,
    clippy::too_many_lines,
    reason = "generated code"
)]
pub mod connect {
    tonic::include_proto!("spark.connect");
}

/// What `millstream submit` and the server say to each other.
#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::all,
    clippy::too_many_lines,
    reason = "generated code"
)]
pub mod submit {
    tonic::include_proto!("millstream.v1");
}

/// gRPC's rich error model.
#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::all,
    clippy::too_many_lines,
    reason = "generated code"
)]
pub mod rpc {
    tonic::include_proto!("google.rpc");
}
