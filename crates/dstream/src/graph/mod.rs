//! The graph of nodes: what the driver calls RDDs.
//!
//! A node never changes what it stands for. It lives as long as the driver or a child holds it, and what was computed
//! for it (a shuffle's buckets, persisted partitions) lives as long as the node.

mod coalesce;
mod define;
mod node;
mod nodes;
mod source;

pub(crate) use define::{Definer, TextOf};
pub(crate) use node::{Kind, Node, Shuffled};
pub(crate) use nodes::Nodes;
pub(crate) use source::Source;
