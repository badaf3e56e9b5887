//! What survives a restart: partitions of RDDs, and the driver's own words about a streaming run.

pub(crate) mod driver;
mod durable;
pub(crate) mod saved;
