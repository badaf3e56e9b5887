//! `millstream demo`: see it work, with one command.

use crate::commands::doors::DoorFlags;
use crate::data_dir::DataDir;
use crate::demos::clickstream::Clickstream;
use crate::demos::layout::grouped;
use crate::demos::traffic::Traffic;
use crate::demos::{Screen, Show, Stage, Words, Written, replay};
use crate::error::CommandError;
use crate::logging::LogFormat;
use crate::server::{Server, Summary};
use crate::signals;
use clap::{Args, ValueEnum};
use millstream_broker::TopicError;
use millstream_engine::{EngineError, Query};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How often the tables are drawn.
const REDRAW: Duration = Duration::from_millis(500);
/// How often we look whether there is something to draw for the first time.
const FIRST_LOOK: Duration = Duration::from_millis(20);

/// See it work: a web server's click stream or road sensors through topics, queries, terminal and page.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  millstream demo
  millstream demo traffic
  millstream demo --rate 500
  millstream demo --data-dir ./demo-data      keep what it writes")]
pub struct Demo {
    /// What to show
    #[arg(value_enum, default_value = "clickstream")]
    scene: Scene,
    /// Records a second
    #[arg(long, value_name = "RECORDS", default_value = "48", value_parser = rate)]
    rate: f64,
    #[command(flatten)]
    doors: DoorFlags,
}

/// What the demo can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scene {
    /// The click stream of a web server
    Clickstream,
    /// Road sensors: speeds by the hour, alerts where traffic is slow
    Traffic,
}

impl Scene {
    fn show(self) -> Box<dyn Show> {
        match self {
            Self::Clickstream => Box::new(Clickstream::default()),
            Self::Traffic => Box::new(Traffic::default()),
        }
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| format!("'{text}' is no number"))?;
    let fits = (0.1..=1_000_000.0).contains(&rate);
    if fits { Ok(rate) } else { Err("records a second go from 0.1 to 1000000".into()) }
}

impl Demo {
    /// What its flag says of log lines.
    pub fn log_format(&self) -> Option<LogFormat> {
        self.doors.log_format
    }

    /// Runs until Ctrl-C, then says what it did and how to go on.
    pub async fn run(self) -> Result<(), CommandError> {
        let show = self.scene.show();
        let scratch = Scratch::choose(self.doors.data_dir.clone());
        let data = DataDir::resolve(Some(scratch.path()))?;
        let server = Box::pin(Server::start(self.doors.server_options(data)?)).await?;
        let summary = server.summary();
        greet(&summary, show.words(), self.doors.json);
        let written = Written::default();
        let outcome = Box::pin(self.play(show.as_ref(), &server, &summary, &written)).await;
        server.stop().await;
        outcome?;
        if !self.doors.json {
            farewell(show.as_ref(), written.count(), &scratch);
        }
        Ok(())
    }

    /// Topics, queries, replay and screen until a signal comes.
    async fn play(
        &self,
        show: &dyn Show,
        server: &Server,
        summary: &Summary,
        written: &Written,
    ) -> Result<(), CommandError> {
        let Some(kafka) = summary.kafka.clone() else {
            return Err(CommandError::usage(
                "--kafka off: the demo writes through the Kafka door, which must be open",
            ));
        };
        let stage = set_stage(show, server, &kafka).await?;
        let queries = show.start(&stage).await.map_err(|error| engine_failed(&error))?;
        let screen = Screen::new(self.doors.json, self.rate, show.words(), summary.console.clone());
        tokio::select! {
            () = signals::stop_requested() => Ok(()),
            failed = replay(show, &kafka, self.rate, written) => failed,
            failed = draw(screen, show, written, &queries) => failed,
        }
    }
}

/// Makes the topics; what an earlier demo left in the first one is not counted again.
async fn set_stage(show: &dyn Show, server: &Server, kafka: &str) -> Result<Stage, CommandError> {
    let topics = server.broker().topics();
    for (topic, partitions) in show.topics() {
        match topics.create(topic, Some(*partitions), &[]).await {
            Ok(_) | Err(TopicError::TopicExists { .. }) => {}
            Err(error) => return Err(CommandError::failed(format!("topic {topic}: {error}"))),
        }
    }
    let topic = show.topics().first().map_or("", |(topic, _)| *topic);
    let view = topics.get(topic).map_err(|error| CommandError::failed(error.to_string()))?;
    Ok(Stage {
        session: server.engine().open_session("demo", None).map_err(|error| engine_failed(&error))?,
        store: server.topic_store(),
        kafka: kafka.to_owned(),
        topic,
        from: view.partitions.iter().map(|partition| partition.high_watermark).collect(),
    })
}

fn engine_failed(error: &EngineError) -> CommandError {
    CommandError::failed(format!("a query of the demo does not start: {error}"))
}

/// Draws at once when every table has a row, then twice a second. Ends when nobody reads or a query failed.
async fn draw(
    mut screen: Screen,
    show: &dyn Show,
    written: &Written,
    queries: &[Arc<Query>],
) -> Result<(), CommandError> {
    loop {
        if let Some(failed) = queries.iter().find(|query| !query.is_active()) {
            let reason = failed.exception_message().unwrap_or_else(|| "it was stopped".into());
            let name = failed.name().unwrap_or("unnamed");
            return Err(CommandError::failed(format!("query {name}: {reason}")));
        }
        let last = queries.first().and_then(|query| query.snapshot());
        // Before the second batch it stands at 1970.
        let watermark = last.and_then(|last| last.watermark_ms).filter(|watermark| *watermark > 0);
        let Some(look) = show.look(written.count(), watermark) else {
            tokio::time::sleep(FIRST_LOOK).await;
            continue;
        };
        if screen.show(look.as_ref()).is_err() {
            return Ok(());
        }
        tokio::time::sleep(REDRAW).await;
    }
}

#[expect(clippy::print_stdout, reason = "the demo's terminal is its result")]
fn greet(summary: &Summary, words: Words, json: bool) {
    if json {
        println!("{}", serde_json::json!(summary));
        return;
    }
    let door = |address: &Option<String>| address.clone().unwrap_or_else(|| "off".into());
    println!("Kafka {}   Spark {}   data {}", door(&summary.kafka), door(&summary.spark), summary.data_dir);
    let kafka = summary.kafka.as_deref().unwrap_or_default();
    println!("In a second terminal: millstream consume {} -b {kafka}", words.results);
    println!("Ctrl-C stops.\n");
}

#[expect(clippy::print_stdout, reason = "the demo's terminal is its result")]
fn farewell(show: &dyn Show, records: u64, scratch: &Scratch) {
    let records = grouped(i64::try_from(records).unwrap_or(i64::MAX));
    let Words { records: what, done, command, .. } = show.words();
    let topic = show.topics().first().map_or("", |(topic, _)| *topic);
    println!("\n\n{records} {what} went through topic {topic}; {done}.");
    match scratch {
        Scratch::Kept(path) => println!("What they wrote is in {}.", path.display()),
        Scratch::Temporary(_) => println!("What they wrote is gone; `--data-dir DIR` keeps it."),
    }
    println!("\nGo on with:");
    println!("  millstream start                     a server of your own, on the same addresses");
    println!("  millstream submit your_job.py        your PySpark program on it, unchanged");
    println!("  {:<36} the same, a hundred times faster", format!("{command} --rate 5000"));
}

/// Where the demo keeps its data: what was asked for, or a fresh directory that goes away with it.
#[derive(Debug)]
enum Scratch {
    Kept(PathBuf),
    Temporary(PathBuf),
}

impl Scratch {
    fn choose(asked: Option<PathBuf>) -> Self {
        asked.map_or_else(
            || Self::Temporary(std::env::temp_dir().join(format!("millstream-demo-{}", std::process::id()))),
            Self::Kept,
        )
    }

    fn path(&self) -> &std::path::Path {
        match self {
            Self::Kept(path) | Self::Temporary(path) => path,
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Self::Temporary(path) = self {
            // It is in the system's temporary directory: what cannot be removed now goes with the next boot.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}
