//! `GET /api/events`: the one connection that a page lives on, as server-sent events.
//!
//! Each half second brings a `view`; with `?topic=NAME` also a `tail`, and `partitions` whenever they changed,
//! with `?query=ID` a `result` and a `progress` likewise, so that one connection carries all that is looked at. A page that looks at something else
//! connects anew. `?group=ID` brings a `group`, `?list=groups` (or `transactions`, `connections`, with the words that
//! those paths take) a part of that list, `?broker` the broker's `configs`; a topic and a group bring their `configs` too. All of these
//! come when they have changed, the lists once a second. What a name no longer stands for comes as `trouble`.
//!
//! The stream is made as fast as it is read: each step asks the model for what is newest, so a slow page loses
//! records of the tail (and sees how many), never memory.

use std::{collections::HashMap, convert::Infallible, sync::Arc};

use axum::{
    body::Body,
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use bytes::{BufMut, Bytes, BytesMut};
use futures::{Stream, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    api::{
        App, configs,
        group::GroupView,
        list::{Ask, List},
        partitions::PartitionsView,
        result::bounded,
        tail::TailView,
    },
    error::ApiError,
    meter::{Frames, json},
    model::{ConfigOwner, Cursor, Model, ModelError},
};

/// Event streams at one time.
pub(crate) const STREAMS: usize = 32;
/// Records of a tail in one step: 200 a second are more than an eye can follow.
const TAIL: usize = 100;
/// Half seconds between two looks at a list.
const LIST_STEPS: u64 = 2;
/// Rows of a live result.
const ROWS: usize = 500;

/// What the page looks at.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Focus {
    topic: Option<String>,
    query: Option<String>,
    group: Option<String>,
    /// The broker itself: whatever its value.
    broker: Option<String>,
    list: Option<List>,
    find: Option<String>,
    sort: Option<String>,
    from: Option<usize>,
    limit: Option<usize>,
}

impl Focus {
    fn ask(&self) -> Ask {
        Ask { find: self.find.clone(), sort: self.sort.clone(), from: self.from, limit: self.limit }
    }
}

/// Answers `GET /api/events`.
pub(crate) async fn events(State(app): State<App>, Query(focus): Query<Focus>) -> Result<Response, ApiError> {
    let place =
        Arc::clone(&app.streams).try_acquire_owned().map_err(|_| ApiError::TooManyStreams(STREAMS))?;
    let feed = Feed {
        model: app.model,
        frames: app.frames,
        focus,
        steps: 0,
        cursor: None,
        sent: HashMap::new(),
        result_version: None,
        progress_batch: None,
        troubled: false,
        _place: place,
    };
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(feed.stream())).into_response())
}

/// One page's stream and what it has been sent.
struct Feed {
    model: Arc<dyn Model>,
    frames: Frames,
    focus: Focus,
    steps: u64,
    cursor: Option<Cursor>,
    /// What was sent last, by the event's name.
    sent: HashMap<&'static str, Bytes>,
    result_version: Option<u64>,
    progress_batch: Option<Option<u64>>,
    troubled: bool,
    _place: OwnedSemaphorePermit,
}

impl Feed {
    fn stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(self, |mut feed| async move {
            if feed.steps > 0 {
                // The channel closes when the server stops: the stream ends.
                feed.frames.changed().await?;
            }
            let bytes = feed.step().await;
            Some((Ok(bytes), feed))
        })
    }

    async fn step(&mut self) -> Bytes {
        let mut out = BytesMut::new();
        let frame = self.frames.next().await;
        if self.steps == 0 {
            // Milliseconds until the browser tries again after the connection was lost.
            out.put_slice(b"retry: 1000\n");
        }
        event(&mut out, "view", if self.steps > 0 { &frame.step } else { &frame.whole });
        let seen = match self.focus.clone() {
            Focus { topic: Some(topic), .. } => self.topic(&mut out, topic).await,
            Focus { query: Some(query), .. } => self.query(&mut out, &query),
            Focus { group: Some(group), .. } => self.group(&mut out, group),
            Focus { broker: Some(_), .. } => self.configs(&mut out, &ConfigOwner::Broker),
            Focus { list: Some(list), .. } => {
                if self.steps.is_multiple_of(LIST_STEPS) {
                    let part = list.part(&*self.model, &self.focus.ask());
                    self.changed(&mut out, list.name(), part);
                }
                Ok(())
            }
            _ => Ok(()),
        };
        self.steps += 1;
        match seen {
            Ok(()) => self.troubled = false,
            Err(error) if !self.troubled => {
                self.troubled = true;
                event(&mut out, "trouble", &json(&Trouble { error: error.to_string() }));
            }
            Err(_) => {}
        }
        out.freeze()
    }

    /// Sends what differs from what was sent last.
    fn changed(&mut self, out: &mut BytesMut, name: &'static str, data: Bytes) {
        if self.sent.get(name) != Some(&data) {
            event(out, name, &data);
            self.sent.insert(name, data);
        }
    }

    fn configs(&mut self, out: &mut BytesMut, owner: &ConfigOwner) -> Result<(), ModelError> {
        let configs = configs::of(&*self.model, owner)?;
        self.changed(out, "configs", configs);
        Ok(())
    }

    async fn topic(&mut self, out: &mut BytesMut, topic: String) -> Result<(), ModelError> {
        let first = self.cursor.is_none();
        let tail = self.model.tail(&topic, self.cursor.as_ref(), TAIL).await?;
        event(out, "tail", &json(&TailView::new(&topic, first, &tail)));
        self.cursor = Some(tail.next);
        let partitions = json(&PartitionsView::of(&*self.model, &topic)?);
        self.changed(out, "partitions", partitions);
        self.configs(out, &ConfigOwner::Topic(topic))
    }

    fn group(&mut self, out: &mut BytesMut, group: String) -> Result<(), ModelError> {
        let view = json(&GroupView::of(&*self.model, &group)?);
        self.changed(out, "group", view);
        self.configs(out, &ConfigOwner::Group(group))
    }

    fn query(&mut self, out: &mut BytesMut, query: &str) -> Result<(), ModelError> {
        let progress = self.model.progress(query)?;
        let batch = progress.points.last().map(|point| point.batch_id);
        if self.progress_batch != Some(batch) {
            self.progress_batch = Some(batch);
            event(out, "progress", &json(&progress));
        }
        let result = self.model.result(query)?;
        if self.result_version != Some(result.version) {
            self.result_version = Some(result.version);
            event(out, "result", &json(&bounded(&result, ROWS)));
        }
        Ok(())
    }
}

/// What went wrong with what the page looks at.
#[derive(Serialize)]
struct Trouble {
    error: String,
}

/// JSON of one line needs no further framing.
fn event(out: &mut BytesMut, name: &str, data: &[u8]) {
    out.reserve(name.len() + data.len() + 16);
    out.put_slice(b"event: ");
    out.put_slice(name.as_bytes());
    out.put_slice(b"\ndata: ");
    out.put_slice(data);
    out.put_slice(b"\n\n");
}
