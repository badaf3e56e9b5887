//! One file a command, and what they share: doors, the broker's address, the look of a record.

pub(crate) mod bootstrap;
pub(crate) mod bridge;
pub mod completions;
pub(crate) mod consume;
pub(crate) mod demo;
pub(crate) mod doors;
pub(crate) mod ended;
pub(crate) mod install_names;
pub(crate) mod jupyter;
pub(crate) mod kafka_server_start;
pub(crate) mod produce;
pub(crate) mod pyspark;
pub(crate) mod record_format;
pub(crate) mod spark_sql;
pub(crate) mod start;
pub(crate) mod submit;
pub(crate) mod topic;
pub(crate) mod version;
