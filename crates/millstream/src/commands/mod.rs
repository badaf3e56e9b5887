//! One file a command, and what they share: the broker's address, standard output, the look of a record.

pub(crate) mod bootstrap;
pub(crate) mod consume;
pub(crate) mod ended;
pub(crate) mod output;
pub(crate) mod produce;
pub(crate) mod record_format;
pub(crate) mod topic;
