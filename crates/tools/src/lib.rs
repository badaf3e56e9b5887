//! Apache Kafka's commands under Apache Kafka's names: Kafka's flags in, Kafka's output text out; and the commands of
//! our own that need no server: [`Native`].
//!
//! One command a file or a folder. [`Tool::named`] finds the command of a name as a person types it
//! (`kafka-topics`, `kafka-topics.sh`), [`Tool::run`] runs it. A command speaks to any Kafka cluster; only
//! `storage`, `dump_log` and `native/log` touch a disk. The crate sees neither broker nor engine: what `kafka-server-start` starts is up to the binary,
//! which reads the file through [`ServerProperties`].
//!
//! Invariants: results go to stdout and remarks to stderr; every wait is bounded; an option that does nothing here
//! says so; the exit code is 0 when the work is done and 1 otherwise, as with Kafka's own scripts.

mod administrator;
mod bootstrap;
mod bounded_file;
mod broker_api_versions;
mod client_metrics;
mod clock;
mod cluster;
mod command_line;
mod completions;
mod config_names;
mod configs;
mod console_consumer;
mod console_producer;
mod consumer_groups;
mod delete_records;
mod dump_log;
mod failure;
mod features;
mod get_offsets;
mod groups;
mod install_names;
mod java_map;
mod kafka_exception;
mod leader_election;
mod lines;
mod log_dirs;
mod metadata_quorum;
mod names;
mod native;
mod nearest;
mod output;
mod partitions_file;
mod pattern;
mod perf_test;
mod plain_words;
mod reassign_partitions;
mod running_servers;
mod server_properties;
mod server_stop;
mod signals;
mod storage;
mod table;
mod topics;
mod transactions;
mod verifiable;
mod zookeeper;

pub use completions::{Shell, completions};
pub use config_names::meant_config;
pub use install_names::{InstallError, Installed, install_names};
pub use lines::read_lines;
pub use names::{INSTALLED_NAMES, Tool};
pub use native::Native;
pub use nearest::nearest;
pub use output::Output;
pub use plain_words::without_error_numbers;
pub use running_servers::Running;
pub use server_properties::{DoorAt, PropertiesError, ServerProperties, settings_of_environment};
pub use signals::stop_requested;
