//! The streaming engine on DataFusion: epochs, watermarks, state, checkpoints.
//!
//! A streaming query is Spark's micro-batch: a `DataFusion` plan whose leaves are streams, planned once and executed
//! once per epoch by [`epoch`]. Sources, sinks, operators and functions are one file each. The engine knows no broker:
//! it reads and writes topics through [`topics::TopicStore`].
//!
//! Start with [`Engine`], then [`Session`] (what one user sees), [`plan`] (building plans), [`Query`] (a running one).

pub mod builder;
pub mod checkpoint;
mod checks;
mod connectors;
mod console_out;
mod engine;
mod epoch;
mod error;
pub mod files;
pub mod functions;
pub mod operators;
mod options;
mod output_mode;
pub mod plan;
pub mod progress;
mod query;
mod session;
pub mod show;
pub mod sinks;
mod snapshot;
pub mod sources;
mod stream_plan;
pub mod topics;
mod trigger;
mod watermark_tracker;

pub use connectors::{Connector, Connectors};
pub use console_out::ConsoleOut;
pub use engine::{Engine, EngineConfig, QueryEvent};
pub use error::EngineError;
pub use options::Options;
pub use output_mode::OutputMode;
pub use query::{Query, QuerySpec, SinkSpec, Status};
pub use session::{ExplainMode, Session};
pub use snapshot::Snapshot;
pub use trigger::Trigger;
