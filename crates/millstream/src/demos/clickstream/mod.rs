//! The click stream of a real web server: a log that is replayed, and two queries that count it.

mod access_log;
mod queries;
mod view;

use super::show::{Look, Replayed, Show, Stage, Words};
use super::window_table::{WindowTable, number};
use access_log::AccessLog;
use async_trait::async_trait;
use chrono::DateTime;
use millstream_engine::{EngineError, OutputMode, Query};
use std::sync::Arc;
use view::{PageRow, StatusRow, View};

/// The topic of raw log lines.
const CLICKSTREAM: &str = "clickstream";
/// The topic and name of the hourly query.
const CLICKS_BY_STATUS: &str = "clicks-by-status";
/// The topic and name of the sliding query.
const TOP_PAGES: &str = "top-pages";
/// The producer's `client.id`.
const PRODUCER: &str = "web-server";
/// Windows of `top-pages` that are open at a time: the oldest of them has run longest.
const OPEN: usize = 6;
/// Pages that are shown.
const PAGES: usize = 20;

/// The demo and what its queries have said so far.
#[derive(Debug, Default)]
pub struct Clickstream {
    /// Hits and bytes by status.
    statuses: Arc<WindowTable<(i64, i64)>>,
    /// Hits by page.
    pages: Arc<WindowTable<i64>>,
}

#[async_trait]
impl Show for Clickstream {
    fn words(&self) -> Words {
        Words {
            records: "log lines",
            done: "two queries counted them by hour and by page",
            results: CLICKS_BY_STATUS,
            command: "millstream demo",
        }
    }

    fn topics(&self) -> &'static [(&'static str, i32)] {
        &[(CLICKSTREAM, 1), (CLICKS_BY_STATUS, 1), (TOP_PAGES, 1)]
    }

    fn producers(&self) -> &'static [&'static str] {
        &[PRODUCER]
    }

    fn records(&self) -> Box<dyn Iterator<Item = Replayed> + Send> {
        let line = |value| Replayed { producer: PRODUCER, key: None, value, after_all: false };
        Box::new(AccessLog::new().map(line))
    }

    async fn start(&self, stage: &Stage) -> Result<Vec<Arc<Query>>, EngineError> {
        let (statuses, pages) = (Arc::clone(&self.statuses), Arc::clone(&self.pages));
        let hourly = stage.start(
            CLICKS_BY_STATUS,
            queries::clicks_by_status(stage)?,
            OutputMode::Update,
            "status",
            move |row| statuses.put(row, "status", (number(row, "hits"), number(row, "bytes"))),
        );
        let hourly = hourly.await?;
        let sliding =
            stage.start(TOP_PAGES, queries::top_pages(stage)?, OutputMode::Update, "page", move |row| {
                pages.put(row, "page", number(row, "hits"))
            });
        Ok(vec![hourly, sliding.await?])
    }

    fn look(&self, records: u64, watermark_ms: Option<i64>) -> Option<Box<dyn Look>> {
        if self.statuses.is_empty() || self.pages.is_empty() {
            return None;
        }
        let clicks_by_status = self.statuses.newest_first(|window_start, status, (hits, bytes)| StatusRow {
            window_start,
            status: status.to_owned(),
            hits: *hits,
            bytes: *bytes,
        });
        let page = |window_start, page: &str, hits: &i64| PageRow {
            window_start,
            page: page.to_owned(),
            hits: *hits,
        };
        let mut top_pages = self.pages.back(OPEN - 1, page);
        top_pages.sort_by(|one, other| other.hits.cmp(&one.hits).then_with(|| one.page.cmp(&other.page)));
        top_pages.truncate(PAGES);
        let watermark = watermark_ms.and_then(DateTime::from_timestamp_millis);
        Some(Box::new(View { records, watermark, clicks_by_status, top_pages }))
    }
}
