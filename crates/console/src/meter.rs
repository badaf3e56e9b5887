//! The meter: reads the model twice a second and turns its counters into the view that all pages share.
//!
//! One reading serves any number of pages: it is serialised once and handed out through a watch channel, which holds
//! the newest frame only. A page that is slow misses frames; nothing queues up. While nobody looks, a reading is taken
//! every few seconds only, so that a page that is opened has a last minute to show.

mod reading;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until, timeout},
};

use crate::{meter::reading::Meter, model::Model, view::View};

/// Between two readings.
pub(crate) const STEP: Duration = Duration::from_millis(500);

/// Between two readings that nobody looks at.
const REST: Duration = Duration::from_secs(5);
/// Who has looked this lately goes on looking.
const LOOKING_MS: u64 = 10_000;
/// A reading takes about a millisecond; one that takes longer than this is not waited for.
const PATIENCE: Duration = Duration::from_millis(100);

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
#[derive(Debug, Clone)]
pub(crate) struct Frames {
    receiver: watch::Receiver<Arc<Frame>>,
    looking: Arc<Looking>,
}

/// When somebody looked last.
#[derive(Debug, Default)]
struct Looking {
    last_ms: AtomicU64,
    begins: Notify,
}

impl Looking {
    fn is_on(&self) -> bool {
        now_ms().saturating_sub(self.last_ms.load(Ordering::Relaxed)) < LOOKING_MS
    }
}

impl Frames {
    /// The newest frame. If nobody has looked for long, a new reading is taken for it.
    pub(crate) async fn next(&mut self) -> Arc<Frame> {
        let rested = !self.looking.is_on();
        self.looking.last_ms.store(now_ms(), Ordering::Relaxed);
        if rested {
            self.receiver.mark_unchanged();
            self.looking.begins.notify_one();
            // Without a newer one, the frame there is will do.
            let _ = timeout(PATIENCE, self.receiver.changed()).await;
        }
        Arc::clone(&self.receiver.borrow_and_update())
    }

    /// Waits for another frame; `None` when the server stops.
    pub(crate) async fn changed(&mut self) -> Option<()> {
        self.receiver.changed().await.ok()
    }
}

/// Takes a first reading and starts the task that goes on with it until `stop` is true; then the channel closes.
pub(crate) fn start(model: Arc<dyn Model>, mut stop: watch::Receiver<bool>) -> Frames {
    let mut meter = Meter::default();
    let (sender, receiver) = watch::channel(Arc::new(read(&mut meter, model.as_ref())));
    let looking = Arc::<Looking>::default();
    let looks = Arc::clone(&looking);
    tokio::spawn(async move {
        let mut next = Instant::now() + STEP;
        loop {
            tokio::select! {
                () = sleep_until(next) => {}
                () = looks.begins.notified() => {}
                _ = stop.wait_for(|stop| *stop) => break,
            };
            sender.send_replace(Arc::new(read(&mut meter, model.as_ref())));
            next = Instant::now().max(next) + if looks.is_on() { STEP } else { REST };
        }
    });
    Frames { receiver, looking }
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
