//! The Spark door: Spark Connect messages to plans, sessions.
//!
//! A call's life: [`service`] takes it, one file of [`rpc`] answers it; a plan becomes DataFusion's by [`plan`] (one
//! file a relation) and [`expr`] (one file a kind of expression), with types translated by [`types`]; commands are
//! one file each in [`execute`] and [`stream`]; answers flow through an operation's buffer in [`session`], so that a
//! client whose connection breaks can go on where it was. Errors carry Spark's class, condition and text ([`error`]).
//!
//! The binary calls [`serve`]; `millstream submit` holds a [`Terminal`] on it.

mod attached;
mod console;
pub mod error;
mod execute;
mod expr;
mod plan;
mod proto;
mod python;
mod rpc;
mod server;
mod service;
mod session;
mod sql;
mod sql_client;
mod stream;
mod submit;
mod terminal;
mod types;

pub use attached::Attached;
pub use server::serve;
pub use sql_client::{SqlClient, SqlRows};
pub use terminal::{AttachError, Program, Terminal};
pub use types::type_name_in_sql;
