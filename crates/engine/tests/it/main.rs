//! The engine from outside: sources in, sinks out.

mod errors;
mod restart;
mod rig;
mod sinks;
mod timing;
mod windows;
mod word_count;
