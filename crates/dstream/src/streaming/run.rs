//! The life of one streaming run.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use super::input::{Input, InputOf, Report, Start};
use super::{Command, Schedule, now_ms};
use crate::block::Store;
use crate::error::JobError;
use crate::graph::Nodes;
use crate::limits;
use crate::proto::streaming_event::Event;
use crate::proto::{Batch, Ended, InputRdd, Started, StreamingEvent};

/// Reports of inputs that wait for the run.
const REPORTS: usize = 16;

/// What a run is made of.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) nodes: Arc<Nodes>,
    pub(crate) store: Arc<Store>,
    pub(crate) schedule: Schedule,
    pub(crate) batch_ms: i64,
    pub(crate) block_ms: i64,
    pub(crate) inputs: Vec<InputOf>,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) events: mpsc::Sender<StreamingEvent>,
}

/// Why a run ended.
enum End {
    /// The driver wanted it, or is gone.
    Stopped,
    Failed(String),
}

/// Runs until the driver stops it or is gone, an input fails, or `ended` is done.
pub(crate) async fn run(run: Run, ended: impl Future<Output = ()> + Send) {
    let (reports, mut from_inputs) = mpsc::channel(REPORTS);
    let start = Start {
        store: Arc::clone(&run.store),
        reports,
        start_ms: now_ms(),
        batch_ms: run.batch_ms,
        block_ms: run.block_ms,
    };
    let mut live = Live {
        inputs: run.inputs.into_iter().map(|input| Input::start(input, &start)).collect(),
        nodes: run.nodes,
        schedule: run.schedule,
        events: run.events,
        waiting: VecDeque::new(),
        given: None,
        clock_until: None,
        stops: Vec::new(),
    };
    let mut commands = run.commands;
    let end = tokio::select! {
        end = live.run(&mut commands, &mut from_inputs) => end,
        () = ended => End::Stopped,
    };
    live.inputs.clear();
    live.forget_waiting();
    if let End::Failed(text) = end {
        live.send(Event::Failed(text)).await;
    }
    live.send(Event::Ended(Ended {})).await;
    // Dropping the stops' senders answers the calls.
}

struct Live {
    inputs: Vec<Input>,
    nodes: Arc<Nodes>,
    schedule: Schedule,
    events: mpsc::Sender<StreamingEvent>,
    /// Due, and not given to the driver.
    waiting: VecDeque<Batch>,
    /// Given to the driver, and not acknowledged.
    given: Option<i64>,
    /// A graceful stop: the clock goes on to this batch.
    clock_until: Option<i64>,
    stops: Vec<oneshot::Sender<()>>,
}

impl Live {
    async fn run(
        &mut self,
        commands: &mut mpsc::Receiver<Command>,
        reports: &mut mpsc::Receiver<Report>,
    ) -> End {
        self.send(Event::Started(Started { zero_ms: self.schedule.zero() })).await;
        loop {
            while let Some(time) = self.runs_on().then(|| self.schedule.due(now_ms())).flatten() {
                if let Err(error) = self.cut(time).await {
                    return End::Failed(error.to_string());
                }
                self.give().await;
            }
            if !self.runs_on() && self.waiting.is_empty() && self.given.is_none() {
                return End::Stopped;
            }
            let (events, wait) = (self.events.clone(), self.schedule.wait(now_ms()));
            tokio::select! {
                () = sleep(wait), if self.runs_on() => {}
                () = events.closed() => return End::Stopped,
                Some(command) = commands.recv() => match command {
                    Command::Acknowledge(time) => self.acknowledged(time).await,
                    Command::Stop { graceful, ended } => {
                        self.stops.push(ended);
                        if !graceful {
                            return End::Stopped;
                        }
                        self.inputs.iter_mut().for_each(Input::stop);
                        self.clock_until.get_or_insert(self.schedule.next());
                    }
                },
                Some(report) = reports.recv() => match report {
                    Report::Notice(text) => self.send(Event::Notice(text)).await,
                    Report::Failed(text) => return End::Failed(text),
                },
            }
        }
    }

    /// Whether the clock makes more batches.
    fn runs_on(&self) -> bool {
        self.clock_until.is_none_or(|last| self.schedule.next() <= last)
    }

    /// Makes the batch of this time.
    async fn cut(&mut self, time_ms: i64) -> Result<(), JobError> {
        if self.waiting.len() >= limits::WAITING_BATCHES {
            let text = format!("{} batches wait for the driver: it does not keep up", self.waiting.len());
            return Err(JobError::Limit(text));
        }
        let mut batch = Batch { time_ms, inputs: Vec::with_capacity(self.inputs.len()) };
        let mut notices = Vec::new();
        for input in &mut self.inputs {
            let (cut, notice) = input.cut(time_ms).await?;
            notices.extend(notice);
            let node = self.nodes.add_own(cut.kind, cut.partitions)?;
            batch.inputs.push(InputRdd {
                input_id: input.id,
                node_id: node.id,
                partitions: i64::try_from(cut.partitions).unwrap_or(i64::MAX),
                records: cut.records,
            });
        }
        self.waiting.push_back(batch);
        for notice in notices {
            self.send(Event::Notice(notice)).await;
        }
        Ok(())
    }

    /// Gives the next batch to the driver, if it has none.
    async fn give(&mut self) {
        if self.given.is_none()
            && let Some(batch) = self.waiting.pop_front()
        {
            self.given = Some(batch.time_ms);
            self.send(Event::Batch(batch)).await;
        }
    }

    async fn acknowledged(&mut self, time: i64) {
        // Another time than the given one is a driver that acknowledges twice: the batch it has stays its batch.
        if self.given == Some(time) {
            self.given = None;
            self.give().await;
        }
    }

    fn forget_waiting(&mut self) {
        let ids: Vec<_> =
            self.waiting.drain(..).flat_map(|batch| batch.inputs).map(|input| input.node_id).collect();
        self.nodes.forget(&ids);
    }

    /// A driver that is gone is noticed where the run waits.
    async fn send(&self, event: Event) {
        drop(self.events.send(StreamingEvent { event: Some(event) }).await);
    }
}
