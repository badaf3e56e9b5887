//! The meter: reads the model twice a second and turns its counters into the view that all pages share.
//!
//! One reading serves any number of pages: it is serialised once and handed out through a watch channel, which holds
//! the newest frame only. A page that is slow misses frames; nothing queues up.

mod reading;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{sync::watch, time::MissedTickBehavior};

use crate::{meter::reading::Meter, model::Model, view::View};

/// Between two readings.
pub(crate) const STEP: Duration = Duration::from_millis(500);

/// One reading, ready to send.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The view, with its histories.
    pub(crate) view: View,
    /// The view as JSON with its histories: what a page starts from.
    pub(crate) whole: Bytes,
    /// The view as JSON without them: what a page goes on with.
    pub(crate) step: Bytes,
}

/// Frames, the newest only.
pub(crate) type Frames = watch::Receiver<Arc<Frame>>;

/// Takes a first reading and starts the task that goes on with it until `stop` is true; then the channel closes.
pub(crate) fn start(model: Arc<dyn Model>, mut stop: watch::Receiver<bool>) -> Frames {
    let mut meter = Meter::default();
    let (sender, receiver) = watch::channel(Arc::new(read(&mut meter, model.as_ref())));
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(STEP);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        ticks.tick().await;
        loop {
            tokio::select! {
                _ = ticks.tick() => sender.send_replace(Arc::new(read(&mut meter, model.as_ref()))),
                _ = stop.wait_for(|stop| *stop) => break,
            };
        }
    });
    receiver
}

fn read(meter: &mut Meter, model: &dyn Model) -> Frame {
    let view = meter.read(model.snapshot(), now_ms());
    let mut bare = view.clone();
    bare.history = None;
    bare.topics.iter_mut().for_each(|topic| topic.history = None);
    Frame { whole: json(&view), step: json(&bare), view }
}

/// Our own types always serialise: their maps have text keys and they hold no foreign `Serialize`.
pub(crate) fn json(value: &impl serde::Serialize) -> Bytes {
    serde_json::to_vec(value).map_or_else(|_| Bytes::from_static(b"null"), Bytes::from)
}

/// The wall clock in milliseconds since 1970 UTC.
pub(crate) fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| u64::try_from(since.as_millis()).ok()).unwrap_or_default()
}
