//! The Kafka door: listeners, sessions, admission, long poll, and one file per API.
//!
//! A request's life is told in `connection`; what an API does is told at the top of its file in `api/`. The rest of
//! the process comes in through [`Topics`] and [`Activity`].

mod activity;
mod broker;
mod config;
mod error;
mod inside;

pub use activity::{Activity, ConnectionView, GroupOffset, GroupView, MemberView, TopicTraffic};
pub use broker::Broker;
pub use config::{BrokerConfig, Endpoint, ListenAddress};
pub use error::StartError;
pub use inside::{PartitionView, ReadRecords, TopicError, TopicView, Topics};
