//! Text files (and files of records of a fixed length) as Hadoop's input formats read them: paths, splits, lines.

mod lines;
mod paths;
mod pattern;
mod read;
mod split;
mod write;

pub(crate) use lines::{Line, LineCutter};
pub(crate) use paths::local;
pub(crate) use read::{read, utf8};
pub(crate) use split::{Split, of_file, splits};
pub(crate) use write::TextOutput;
