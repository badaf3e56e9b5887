//! Directories of JSON files to which tests add one step at a time, and a sink that keeps what came out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use millstream_engine::builder::Frame;
use millstream_engine::functions::ddl;
use millstream_engine::sinks::{Sink, SinkBatch};
use millstream_engine::{EngineError, Options, Session};

/// A directory that a file source reads.
#[derive(Clone)]
pub(crate) struct Feed {
    pub(crate) directory: PathBuf,
    steps: Arc<Mutex<u64>>,
}

impl Feed {
    pub(crate) fn new(root: &Path, name: &str) -> Self {
        let directory = root.join(name);
        std::fs::create_dir_all(&directory).unwrap();
        Self { directory, steps: Arc::default() }
    }

    /// Adds a file with these lines; each file is ten seconds newer than the one before.
    pub(crate) fn push(&self, lines: &[String]) {
        let mut steps = self.steps.lock().unwrap();
        *steps += 1;
        let beside = self.directory.join(".new");
        std::fs::write(&beside, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        let time = UNIX_EPOCH + Duration::from_secs(1_700_000_000 + *steps * 10);
        std::fs::File::options().write(true).open(&beside).unwrap().set_modified(time).unwrap();
        std::fs::rename(&beside, self.directory.join(format!("{:03}.json", *steps))).unwrap();
    }

    /// The directory as a stream.
    pub(crate) fn stream(&self, session: &Arc<Session>, schema: &str) -> Frame {
        let options: Options = [("path", self.directory.to_string_lossy())].into_iter().collect();
        let arrow::datatypes::DataType::Struct(fields) = ddl::parse(schema).unwrap() else {
            panic!("{schema}")
        };
        let schema = Arc::new(arrow::datatypes::Schema::new(fields));
        Frame::new(session, session.read_stream("json", &options, Some(schema)).unwrap())
    }
}

/// What came out, by batch; each batch's rows sorted, times without their day.
#[derive(Debug, Default)]
pub(crate) struct Collected(Mutex<BTreeMap<u64, Vec<String>>>);

impl Collected {
    pub(crate) fn batch(&self, number: u64) -> String {
        self.0.lock().unwrap().get(&number).map(|rows| rows.join("; ")).unwrap_or_default()
    }

    /// All rows of all batches, sorted.
    pub(crate) fn all(&self) -> Vec<String> {
        let mut rows: Vec<String> = self.0.lock().unwrap().values().flatten().cloned().collect();
        rows.sort();
        rows
    }
}

#[async_trait]
impl Sink for Collected {
    fn description(&self) -> String {
        "Collected".to_owned()
    }

    async fn add_batch(&self, batch: SinkBatch) -> Result<(), EngineError> {
        let number = batch.batch_id;
        let mut rows = Vec::new();
        for batch in batch.collect().await? {
            let columns: Vec<_> =
                batch.columns().iter().map(|column| millstream_engine::show::cells(column, "UTC")).collect();
            for row in 0..batch.num_rows() {
                let cells: Vec<&str> = columns.iter().map(|cells| cells[row].as_str()).collect();
                rows.push(cells.join(" ").replace("2023-11-14 ", ""));
            }
        }
        rows.sort();
        self.0.lock().unwrap().insert(number, rows);
        Ok(())
    }
}
