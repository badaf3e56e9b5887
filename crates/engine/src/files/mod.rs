//! Files as tables: text, CSV, JSON lines and Parquet, read and written as Spark does (SQL guide, "Data Sources").
//!
//! The file source and sink of streaming queries use the same formats; see [`crate::sources`] and [`crate::sinks`].

mod compact_log;
mod csv;
mod format;
mod infer;
mod json;
mod not_done;
mod parquet;
mod partition;
mod place;
mod save_mode;
mod scan;
mod sink_log;
mod table;
mod text;
mod type_name;
mod uri;
mod writer;

pub(crate) use compact_log::CompactLog;
pub(crate) use format::Format;
pub(crate) use partition::with_partitions;
pub(crate) use place::{FileEntry, Listing, Place};
pub use save_mode::{SaveMode, WriteSpec};
pub(crate) use scan::FileScan;
pub(crate) use sink_log::SinkLog;
pub(crate) use table::FileTable;
pub(crate) use type_name::type_name;
pub(crate) use uri::{from_uri, to_uri};
pub(crate) use writer::DirectoryWriter;
