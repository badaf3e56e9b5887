//! `kafka-delete-records`: cuts partitions off below an offset.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

use crate::bootstrap::{Bootstrap, Settings};
use crate::command_line::parse;
use crate::failure::Failure;
use crate::java_map::{hash_of_partition, in_map_order};
use crate::kafka_exception::exception;
use crate::output::Output;
use crate::partitions_file;

/// Delete the records of partitions below an offset
#[derive(Debug, Parser)]
#[command(
    name = "kafka-delete-records",
    version,
    arg_required_else_help = true,
    after_help = "Example, with {\"partitions\": [{\"topic\": \"clicks\", \"partition\": 0, \"offset\": 100}], \"version\": 1}
in the file (offset -1 deletes all that is there):
  kafka-delete-records --bootstrap-server localhost:9092 --offset-json-file offsets.json"
)]
struct DeleteRecords {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// A file with the client's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// A JSON file with topic, partition and offset
    #[arg(long, value_name = "FILE")]
    offset_json_file: PathBuf,
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: DeleteRecords = parse(arguments)?;
    let offsets = command.offsets()?;
    let settings = Settings::read(command.command_config.as_ref(), &[], &[])?;
    let mut client = command.bootstrap.connect("adminclient-1", &settings).await?;
    let mut output = Output::new();
    output.line("Executing records delete operation")?;
    let outcome = client.delete_records(&offsets).await?;
    output.line("Records delete operation completed:")?;
    let rows = in_map_order(outcome, |((topic, partition), _)| hash_of_partition(topic, *partition));
    let mut has_failed = false;
    for ((topic, partition), result) in rows {
        let line = match result {
            Ok(first) => format!("partition: {topic}-{partition}\tlow_watermark: {first}"),
            Err(code) => {
                has_failed = true;
                format!("partition: {topic}-{partition}\terror: {}", exception(code, None))
            }
        };
        output.line(line)?;
    }
    output.flush()?;
    if has_failed { Err(Failure::Said) } else { Ok(()) }
}

impl DeleteRecords {
    fn offsets(&self) -> Result<BTreeMap<(String, i32), i64>, Failure> {
        let file = partitions_file::read(&self.offset_json_file)?;
        let version = partitions_file::version(&file);
        if version != 1 {
            return Err(Failure::new(format!("Not supported version field value {version}")));
        }
        let rows = partitions_file::rows(&file)?;
        if let Some(twice) = partitions_file::duplicates(&rows) {
            let message = format!("Offset json file contains duplicate topic partitions: {twice}");
            return Err(Failure::new(message));
        }
        rows.iter().map(|row| Ok(((row.topic.clone(), row.partition), row.integer("offset")?))).collect()
    }
}
