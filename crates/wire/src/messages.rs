//! Requests and responses, one module an API, generated from `schemas/api/`.

include!(concat!(env!("OUT_DIR"), "/messages.rs"));
