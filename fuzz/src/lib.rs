//! Fuzz targets for everything that reads bytes from outside, on stable Rust.
//!
//! A *target* (`targets/`, one a file) takes an input, does with it what the product does, and says what must hold of
//! the result: what decodes is encoded again to an equal value, a walk counts what a decoder counts, a log that opens
//! opens again to the same. The *engine* (`engine/`) makes inputs: seeds that are valid messages of every API and
//! version, changed by mutators that know lengths, counts and checksums.
//!
//! What guides it: LLVM's coverage counters need a runtime with unsafe code (libFuzzer's, in C++), which the ordinary
//! test run shall not need. Instead a target reports *features* of what happened: which error at which depth, which
//! message with how many elements, how many bytes of memory. An input with a feature that was not seen before joins
//! the corpus.
//!
//! Each input runs under a counting allocator. What is held to a bound is the *peak of live bytes* above what was live
//! before ([`memory`]): memory that a sender can make us hold. The total of all allocations would count a growing
//! buffer several times over and says nothing about memory. The bound is `4 x input + 64 KiB` and what the target's
//! documentation adds to it.
//!
//! `fuzz run [TARGET...]` fuzzes, `fuzz replay TARGET FILE` runs one input, `fuzz list` names the targets. The corpus
//! (`corpus/TARGET.hex`) and earlier findings (`findings/TARGET.hex`) are kept as text, an input a line, and run first.

pub mod engine;
pub mod memory;
pub mod options;
pub mod random;
mod store;
pub mod target;
pub mod targets;

#[global_allocator]
static ALLOCATOR: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;
