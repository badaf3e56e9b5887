//! How the doors see each other: the engine's view of topics, the page's view of everything.
//!
//! Neither the engine nor the console knows the broker. Each says in a trait of its own what it wants; these are the
//! implementations over the broker that runs in this process.

mod clients;
mod configs;
mod endpoints;
mod files;
mod foreign_topics;
mod groups;
mod house;
mod json_cells;
mod kafka_metrics;
mod missing_topic;
mod own_topics;
mod process;
mod record_rows;
mod results;
mod retention;
mod tail;
mod topics;
mod totals;
mod transactions;

pub use house::House;
pub use own_topics::OwnTopics;
pub use topics::ReachableTopics;
