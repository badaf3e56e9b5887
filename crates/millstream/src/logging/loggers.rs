//! The process's loggers, for Kafka's broker loggers (KIP-412): their levels are changed by giving the filter new
//! directives. A line that is not written costs what it did before, for the answer is kept at its place in the program
//! until the filter changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Debug, Formatter};
use std::sync::{Arc, Mutex, PoisonError};

use millstream_broker::{LogLevel, Loggers, ROOT_LOGGER};
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::{EnvFilter, Layer};

use super::levels::{Levels, logger};

/// Our crates: loggers that are there before the first line of theirs is reached.
const CRATES: [&str; 11] = [
    "millstream",
    "millstream_broker",
    "millstream_client",
    "millstream_cluster",
    "millstream_console",
    "millstream_coordinator",
    "millstream_dstream",
    "millstream_engine",
    "millstream_log",
    "millstream_rabbitmq",
    "millstream_spark",
];

/// Gives the running filter new directives; says whether it could.
type Reload = Box<dyn Fn(EnvFilter) -> bool + Send + Sync>;

/// The loggers whose lines the program has come to.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(Arc<Mutex<BTreeSet<&'static str>>>);

impl<S: Subscriber> Layer<S> for Seen {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(metadata.target());
        Interest::always()
    }
}

/// The loggers of this process.
pub(super) struct ProcessLoggers {
    seen: Seen,
    levels: Mutex<Levels>,
    reload: Reload,
}

impl ProcessLoggers {
    /// Those of a filter that began with these directives.
    pub(super) fn new(directives: &str, seen: Seen, reload: Reload) -> Self {
        Self { seen, levels: Mutex::new(Levels::parse(directives)), reload }
    }
}

impl Debug for ProcessLoggers {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.debug_struct("ProcessLoggers").field("levels", &self.levels).finish_non_exhaustive()
    }
}

impl Loggers for ProcessLoggers {
    fn levels(&self) -> BTreeMap<String, LogLevel> {
        let levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = self.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        let names = seen.iter().chain(&CRATES).map(|target| logger(target)).chain(levels.loggers());
        names.chain([ROOT_LOGGER.to_owned()]).map(|name| (name.clone(), levels.of(&name))).collect()
    }

    fn alter(&self, changes: &[(String, Option<LogLevel>)]) {
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        changes.iter().for_each(|(name, level)| levels.set(name, *level));
        let is_done = (self.reload)(EnvFilter::builder().parse_lossy(levels.directives()));
        drop(levels);
        for (logger, level) in changes {
            let level = level.map_or("that of the logger above it", LogLevel::name);
            if is_done {
                tracing::warn!(logger, level, "the level of a logger was changed");
            } else {
                tracing::error!(logger, level, "the level of a logger could not be changed");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tracing::Level;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::reload;

    use super::*;

    /// Counts the lines that get through.
    #[derive(Clone, Default)]
    struct Written(Arc<AtomicUsize>);

    impl<S: Subscriber> Layer<S> for Written {
        fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
            if *event.metadata().level() == Level::DEBUG {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn a_level_acts_at_once_and_what_was_reached_is_listed() {
        let (filter, handle) = reload::Layer::new(EnvFilter::new("info"));
        let (seen, written) = (Seen::default(), Written::default());
        let subscriber = tracing_subscriber::registry().with(written.clone()).with(filter).with(seen.clone());
        let loggers =
            ProcessLoggers::new("info", seen, Box::new(move |filter| handle.reload(filter).is_ok()));
        tracing::subscriber::with_default(subscriber, || {
            let line = || tracing::debug!(target: "millstream_test::inner", "a step");
            let set = |name: &str, level| loggers.alter(&[(name.to_owned(), level)]);
            let count = || written.0.load(Ordering::Relaxed);
            line();
            assert_eq!((count(), loggers.levels().get("millstream_test.inner")), (0, None));
            set("millstream", Some(LogLevel::Debug));
            line();
            assert_eq!(count(), 1);
            assert_eq!(loggers.levels()["millstream_test.inner"], LogLevel::Debug);
            set("millstream_test.inner", Some(LogLevel::Warn));
            line();
            assert_eq!((count(), loggers.levels()["millstream_test.inner"]), (1, LogLevel::Warn));
            set("millstream_test.inner", None);
            line();
            assert_eq!(count(), 2);
            set("millstream", None);
            line();
            assert_eq!((count(), loggers.levels()["millstream"]), (2, LogLevel::Info));
        });
    }
}
