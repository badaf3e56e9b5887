//! The demos: real data through topics, queries, terminal and page.
//!
//! Nothing in them is staged. What was once measured goes through the Kafka protocol on the real socket again, streaming
//! queries built with the engine's plan builder read those topics, and their results go to topics of their own as
//! JSON. What differs from one demo to the next is a [`Show`].

pub mod clickstream;
mod json_topic;
pub mod layout;
mod replay;
mod screen;
mod show;
pub mod traffic;
mod window_table;

pub use replay::{Written, replay};
pub use screen::Screen;
pub use show::{Look, Show, Stage, Words};
