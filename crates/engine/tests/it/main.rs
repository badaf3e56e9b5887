//! The engine from outside: sources in, sinks out.

mod rig;
mod word_count;
