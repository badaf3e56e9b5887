//! Fault runs of the broker: `kill` (a real process, `kill -9` at random moments) and `crash-points` (a simulated disk
//! whose power goes before, after or in the middle of every single operation).
//!
//! Both drive the same load with the same model. The load is raw requests, so that it is known to the byte what was
//! sent, what was acknowledged, and what nobody knows about; what nobody knows about is sent again after a restart,
//! as an idempotent producer does. `cargo xtask torture` builds and starts this.
//!
//! | thing | what must hold after any end of the process |
//! |---|---|
//! | idempotent producers | an acknowledged record is at its offset; each is there once; sequences in order |
//! | transactions (both protocols) | all records of all partitions and the group's offset, or none; told outcomes hold |
//! | readers | what was read once is read again |
//! | group offsets | never below what was acknowledged |
//! | compacted topic | the last acknowledged value of each key, or a later one |
//! | topics and settings | what was acknowledged is there; what was deleted is not |
//! | partitions | none is offline |

fn main() {}
