//! The demo: the click stream of a real web server through topics, queries, terminal and page.
//!
//! Nothing in it is staged. The log goes through the Kafka protocol on the real socket, two streaming queries built
//! with the engine's plan builder read that topic, and their results go to topics of their own as JSON.

pub mod access_log;
pub mod queries;
pub mod replay;
pub mod screen;
pub mod sink;
pub mod tables;
pub mod view;
