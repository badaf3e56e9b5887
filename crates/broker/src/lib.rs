//! The Kafka door: listeners, sessions, admission, long poll, and one file per API.
//!
//! A request's life is told in `connection`; what an API does is told at the top of its file in `api/`. The rest of
//! the process comes in through [`Topics`] and [`Activity`].

mod accept;
mod activity;
mod admission;
mod answer;
mod api;
mod broker;
mod catalog;
mod checkpoints;
mod cleaned_to;
mod cleaner;
mod closing;
mod config;
mod config_changes;
mod connection;
mod connections;
mod coordination;
mod data_dir;
mod error;
mod features;
mod fetch_sessions;
mod fetched;
mod flows;
mod flusher;
mod frame;
mod group_settings;
mod groups;
mod housekeeping;
mod inside;
mod led_topic;
mod limits;
mod listener;
mod loggers;
mod operations;
mod partition;
mod partition_dir;
mod producer_ids;
mod replay;
mod request_times;
mod retention;
mod segment_times;
mod sendfile;
mod settings;
mod shared;
mod traffic;
mod transactions;
mod turns;

pub use activity::{
    Activity, ConfigOwner, ConfigView, ConnectionView, Flow, GroupDetail, GroupOffset, GroupView, MemberView,
    OpenTransactionView, Partitions, TopicTraffic, TransactionView,
};
pub use api::{ApiRow, api_table};
pub use broker::Broker;
pub use config::{BrokerConfig, Endpoint, ListenAddress, SocketOptions};
pub use error::StartError;
pub use fetch_sessions::FetchSessionCounts;
pub use inside::{PartitionView, ReadRecords, TopicError, TopicView, Topics};
pub use limits::Limit;
pub use listener::bind;
pub use loggers::{LogLevel, Loggers, ROOT_LOGGER};
pub use millstream_log::{FileView, Listing, SegmentListing};
pub use request_times::{RequestView, TimesView};
pub use retention::{Departure, PartitionRetention, Reason, Segment, TopicRetention};
pub use settings::SettingError;
