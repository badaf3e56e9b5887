//! Consumer groups told as stories, and as whatever a random source makes of them.

mod assignors;
mod epochs;
mod failures;
mod migration;
mod offsets;
mod random;
mod regexes;
mod restart;
mod static_members;
mod story;
