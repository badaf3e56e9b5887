//! The headers in front of requests and responses; see [`crate::frame`].

include!(concat!(env!("OUT_DIR"), "/header.rs"));
