//! Files as tables: text, CSV, JSON lines and Parquet, read and written as Spark does (SQL guide, "Data Sources").
//!
//! The file source and sink of streaming queries use the same formats; see [`crate::sources`] and [`crate::sinks`].

mod save_mode;

pub use save_mode::{SaveMode, WriteSpec};
