//! `millstream demo`: see it work, with one command.

use crate::clickstream::queries::{self, CLICKS_BY_STATUS, CLICKSTREAM, Source, TOP_PAGES};
use crate::clickstream::replay;
use crate::clickstream::screen::Screen;
use crate::clickstream::sink::JsonTopic;
use crate::clickstream::tables::Tables;
use crate::clickstream::view::grouped;
use crate::commands::doors::DoorFlags;
use crate::data_dir::DataDir;
use crate::error::CommandError;
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

/// See it work: the click stream of a real web server through topics, queries, terminal and page.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  millstream demo
  millstream demo --rate 500
  millstream demo --data-dir ./demo-data      keep what it writes")]
pub struct Demo {
    /// What to show
    #[arg(value_enum, default_value = "clickstream")]
    scene: Scene,
    /// Log lines a second
    #[arg(long, value_name = "LINES", default_value = "48", value_parser = rate)]
    rate: f64,
    #[command(flatten)]
    doors: DoorFlags,
}

/// What the demo can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scene {
    /// The click stream of a web server
    Clickstream,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| format!("'{text}' is no number"))?;
    let fits = (0.1..=1_000_000.0).contains(&rate);
    if fits { Ok(rate) } else { Err("lines a second go from 0.1 to 1000000".into()) }
}

impl Demo {
    /// Runs until Ctrl-C, then says what it did and how to go on.
    pub async fn run(self) -> Result<(), CommandError> {
        let Scene::Clickstream = self.scene;
        let scratch = Scratch::choose(self.doors.data_dir.clone());
        let data = DataDir::resolve(Some(scratch.path()))?;
        let server = Box::pin(Server::start(self.doors.server_options(data)?)).await?;
        let summary = server.summary();
        greet(&summary, self.doors.json);
        let outcome = Box::pin(self.play(&server, &summary)).await;
        server.stop().await;
        let lines = outcome?;
        if !self.doors.json {
            farewell(lines, &scratch);
        }
        Ok(())
    }

    /// Topics, queries, replay and screen until a signal comes; gives the number of lines written.
    async fn play(&self, server: &Server, summary: &Summary) -> Result<u64, CommandError> {
        let Some(kafka) = summary.kafka.clone() else {
            return Err(CommandError::usage(
                "--kafka off: the demo writes through the Kafka door, which must be open",
            ));
        };
        let tables = Arc::new(Tables::default());
        let started = start_queries(server, &kafka, &tables).await?;
        let screen = Screen::new(self.doors.json, self.rate, summary.console.clone());
        tokio::select! {
            () = signals::stop_requested() => Ok(tables.records()),
            failed = replay::run(&kafka, self.rate, &tables) => failed.map(|()| tables.records()),
            failed = draw(screen, &tables, &started) => failed.map(|()| tables.records()),
        }
    }
}

async fn start_queries(
    server: &Server,
    kafka: &str,
    tables: &Arc<Tables>,
) -> Result<Vec<Arc<Query>>, CommandError> {
    let topics = server.broker().topics();
    for topic in [CLICKSTREAM, CLICKS_BY_STATUS, TOP_PAGES] {
        match topics.create(topic, Some(1), &[]).await {
            Ok(_) | Err(TopicError::TopicExists { .. }) => {}
            Err(error) => return Err(CommandError::failed(format!("topic {topic}: {error}"))),
        }
    }
    let view = topics.get(CLICKSTREAM).map_err(|error| CommandError::failed(error.to_string()))?;
    let from = view.partitions.first().map_or(0, |partition| partition.high_watermark);
    let source = Source { bootstrap: kafka.to_owned(), from };
    let session = server.engine().open_session("demo", None).map_err(|error| engine_failed(&error))?;
    let store = server.topic_store();
    let (status, pages) = (Arc::clone(tables), Arc::clone(tables));
    let by_status =
        JsonTopic::new(store.clone(), kafka, CLICKS_BY_STATUS, "status", move |row| status.status_row(row));
    let by_page = JsonTopic::new(store, kafka, TOP_PAGES, "page", move |row| pages.page_row(row));
    let hourly = queries::clicks_by_status(&session, &source, by_status).await;
    let sliding = queries::top_pages(&session, &source, by_page).await;
    Ok(vec![hourly.map_err(|error| engine_failed(&error))?, sliding.map_err(|error| engine_failed(&error))?])
}

fn engine_failed(error: &EngineError) -> CommandError {
    CommandError::failed(format!("a query of the demo does not start: {error}"))
}

/// Draws at once when there is a first row, then twice a second. Ends when nobody reads or a query failed.
async fn draw(mut screen: Screen, tables: &Tables, queries: &[Arc<Query>]) -> Result<(), CommandError> {
    while tables.is_empty() && queries.iter().all(|query| query.is_active()) {
        tokio::time::sleep(FIRST_LOOK).await;
    }
    loop {
        if let Some(failed) = queries.iter().find(|query| !query.is_active()) {
            let reason = failed.exception_message().unwrap_or_else(|| "it was stopped".into());
            return Err(CommandError::failed(format!(
                "query {}: {reason}",
                failed.name().unwrap_or("unnamed")
            )));
        }
        let watermark = queries.first().and_then(|query| query.snapshot()).and_then(|last| last.watermark_ms);
        if screen.show(&tables.view(watermark)).is_err() {
            return Ok(());
        }
        tokio::time::sleep(REDRAW).await;
    }
}

#[expect(clippy::print_stdout, reason = "the demo's terminal is its result")]
fn greet(summary: &Summary, json: bool) {
    if json {
        println!("{}", serde_json::json!(summary));
        return;
    }
    let door = |address: &Option<String>| address.clone().unwrap_or_else(|| "off".into());
    println!("Kafka {}   Spark {}   data {}", door(&summary.kafka), door(&summary.spark), summary.data_dir);
    let kafka = summary.kafka.as_deref().unwrap_or_default();
    println!("In a second terminal: millstream consume {CLICKS_BY_STATUS} -b {kafka}");
    println!("Ctrl-C stops.\n");
}

#[expect(clippy::print_stdout, reason = "the demo's terminal is its result")]
fn farewell(lines: u64, scratch: &Scratch) {
    let lines = grouped(i64::try_from(lines).unwrap_or(i64::MAX));
    println!(
        "\n\n{lines} log lines went through topic {CLICKSTREAM}; two queries counted them by hour and by page."
    );
    match scratch {
        Scratch::Kept(path) => println!("What they wrote is in {}.", path.display()),
        Scratch::Temporary(_) => println!("What they wrote is gone; `--data-dir DIR` keeps it."),
    }
    println!("\nGo on with:");
    println!("  millstream start                     a server of your own, on the same addresses");
    println!("  millstream submit your_job.py        your PySpark program on it, unchanged");
    println!("  millstream demo --rate 5000          the same, a hundred times faster");
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
