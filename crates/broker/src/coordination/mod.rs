//! What the drivers of groups and of transactions have in common: a state machine without a clock and without I/O is
//! asked and answers later ([`Waiters`]), has its records written to an internal topic ([`InternalTopic`]) and is told
//! when they are durable ([`Appends`]), and is woken at its deadlines ([`deadlines`]).
//!
//! All state here lies beside the state machine's, under its driver's lock.

mod appends;
pub(crate) mod deadlines;
mod internal_topic;
mod waiters;

pub(crate) use appends::{Append, Appends, until_durable};
pub(crate) use deadlines::NextTick;
pub(crate) use internal_topic::{InternalTopic, NotMade};
pub(crate) use waiters::{Waiters, answered};
