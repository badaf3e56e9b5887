//! Everything that goes on at once: topics of each kind, and who writes, reads and changes them.

use std::sync::atomic::{AtomicBool, Ordering};

use millstream_wire::ErrorCode;
use millstream_wire::messages::find_coordinator::FindCoordinatorRequest;

use crate::administrator::{self, Administrator};
use crate::connection::{Connection, Door, Step, Trouble, accepted, wrong};
use crate::groups::Committer;
use crate::old_formats::OldFormats;
use crate::random::Random;
use crate::reader::Reader;
use crate::sequenced::{Fate, Sequenced};
use crate::transactional::Transactional;

/// Settings of the broker under which everything happens often.
pub const BROKER: [(&str, &str); 10] = [
    ("offsets.topic.num.partitions", "3"),
    ("transaction.state.log.num.partitions", "3"),
    ("log.cleaner.backoff.ms", "40"),
    ("log.cleaner.dedupe.buffer.size", "1048576"),
    ("log.retention.check.interval.ms", "50"),
    ("log.flush.offset.checkpoint.interval.ms", "70"),
    ("log.segment.delete.delay.ms", "60"),
    ("metadata.log.max.record.bytes.between.snapshots", "2000"),
    ("auto.create.topics.enable", "false"),
    ("transaction.max.timeout.ms", "86400000"),
];

/// An index entry a batch: a segment is rolled after so many batches.
const fn indexed(bytes_of_index: &str) -> [(&str, &str); 2] {
    [("index.interval.bytes", "0"), ("segment.index.bytes", bytes_of_index)]
}

/// A topic's name, its partitions, its settings.
type NewTopic = (String, i32, Vec<(&'static str, &'static str)>);

/// The load, and what must hold of it.
pub struct World {
    topics: Vec<NewTopic>,
    is_set_up: bool,
    producers: Vec<Sequenced>,
    old: OldFormats,
    transactions: Vec<Transactional>,
    committer: Committer,
    administrator: Administrator,
    readers: Vec<Reader>,
}

impl World {
    /// Topics, groups and ids of its own by this suffix; segments of about so many batches.
    pub fn new(suffix: &str, batches: u32) -> Self {
        let name = |kind: &str| format!("{kind}{suffix}");
        let index: &'static str = if batches < 8 { "32" } else { "400" };
        let kept = indexed(index).to_vec();
        let with = |more: &[(&'static str, &'static str)]| [&kept[..], more].concat();
        let topics = vec![
            (name("kept"), 3, kept.clone()),
            (name("short"), 1, with(&[("retention.bytes", "3000")])),
            (name("table"), 2, with(&COMPACTED)),
            (name("tx-a"), 2, kept.clone()),
            (name("tx-b"), 1, kept.clone()),
            (name("tx-table"), 1, with(&COMPACTED)),
        ];
        let of_transactions = [(name("tx-a"), 2), (name("tx-b"), 1)];
        let transactional = |id: &str, second_protocol| {
            Transactional::new(&name(id), second_protocol, &of_transactions, &name("tx-table"))
        };
        Self {
            producers: vec![
                Sequenced::new("p", &name("kept"), 3, Fate::Kept),
                Sequenced::new("q", &name("kept"), 2, Fate::Kept),
                Sequenced::new("r", &name("short"), 1, Fate::Retained),
                Sequenced::new("s", &name("table"), 2, Fate::Compacted),
            ],
            old: OldFormats::new(&name("kept")),
            transactions: vec![transactional("one", false), transactional("two", true)],
            committer: Committer::new(&name("group"), &name("kept")),
            administrator: Administrator::new(&name("temp"), &name("short")),
            readers: vec![
                Reader::new(&name("kept"), 0, false),
                Reader::new(&name("short"), 0, false),
                Reader::new(&name("tx-a"), 0, true),
                Reader::new(&name("tx-b"), 0, true),
            ],
            topics,
            is_set_up: false,
        }
    }

    /// Makes the topics that there are not, and lets the internal ones roll and be compacted often.
    pub fn set_up(&mut self, connection: &mut Connection) -> Step {
        if self.is_set_up {
            return Ok(());
        }
        for (name, partitions, settings) in &self.topics {
            match administrator::create(connection, name, *partitions, settings)? {
                ErrorCode::NONE | ErrorCode::TOPIC_ALREADY_EXISTS => {}
                code => return wrong(format_args!("topic {name} was answered with {code:?}")),
            }
        }
        for (key_type, topic) in [(0, "__consumer_offsets"), (1, "__transaction_state")] {
            // Made when somebody asks for the first time.
            let find = FindCoordinatorRequest { key: "any".into(), key_type, ..Default::default() };
            accepted(connection.call(&find, 2)?.error_code, || format!("a coordinator of {topic}"))?;
            for (name, value) in indexed("200").iter().chain(&[("min.cleanable.dirty.ratio", "0.1")]) {
                let code = administrator::alter(connection, topic, name, value)?;
                accepted(code, || format!("{name} of {topic}"))?;
            }
        }
        self.is_set_up = true;
        Ok(())
    }

    /// One step of everybody in turn.
    pub fn round(&mut self, connection: &mut Connection, random: &mut Random) -> Step {
        for producer in &mut self.producers {
            producer.step(connection, random)?;
        }
        self.old.step(connection)?;
        for transactional in &mut self.transactions {
            transactional.step(connection, random)?;
        }
        self.committer.step(connection)?;
        self.administrator.step(connection, random)?;
        self.readers.iter_mut().try_for_each(|reader| reader.step(connection))
    }

    /// Everybody at once until the broker is gone. `quits` says that it was asked to go, and may answer accordingly.
    pub fn run(&mut self, door: &Door, random: &mut Random, quits: &AtomicBool) -> Step {
        let Self { producers, old, transactions, committer, administrator, readers, .. } = self;
        std::thread::scope(|scope| {
            let mut threads = Vec::new();
            for one in producers {
                let mut random = random.fork();
                threads.push(scope.spawn(move || until_gone(door, quits, |at| one.step(at, &mut random))));
            }
            for one in transactions {
                let mut random = random.fork();
                threads.push(scope.spawn(move || until_gone(door, quits, |at| one.step(at, &mut random))));
            }
            let mut chance = random.fork();
            threads.push(scope.spawn(move || {
                until_gone(door, quits, |at| {
                    administrator.step(at, &mut chance)?;
                    std::thread::sleep(std::time::Duration::from_millis(5));
                    Ok(())
                })
            }));
            threads.push(scope.spawn(move || {
                until_gone(door, quits, |at| {
                    committer.step(at)?;
                    old.step(at)?;
                    std::thread::sleep(std::time::Duration::from_millis(2));
                    readers.iter_mut().try_for_each(|reader| reader.step(at))
                })
            }));
            let ends = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| wrong("a panic")));
            ends.fold(Ok(()), Result::and)
        })
    }

    /// Clients of some transactions are gone with the broker.
    pub fn forget(&mut self, random: &mut Random) {
        for transactional in &mut self.transactions {
            if random.one_in(3) {
                transactional.forget();
            }
        }
    }

    /// Whatever was not answered is sent again, then everything that must hold is looked at; `deeply`, also before
    /// that, and what was read is read again.
    pub fn check(&mut self, connection: &mut Connection, deeply: bool) -> Step {
        self.set_up(connection)?;
        self.administrator.check(connection)?;
        self.committer.check(connection)?;
        if deeply {
            // What was acknowledged must be there by itself.
            self.producers.iter().try_for_each(|producer| producer.check(connection))?;
        }
        self.producers.iter_mut().try_for_each(|producer| producer.finish(connection))?;
        self.producers.iter().try_for_each(|producer| producer.check(connection))?;
        self.old.check(connection)?;
        self.transactions.iter_mut().try_for_each(|one| one.finish(connection))?;
        self.transactions.iter_mut().try_for_each(|one| one.check(connection))?;
        if deeply { self.readers.iter().try_for_each(|reader| reader.check(connection)) } else { Ok(()) }
    }

    /// Acknowledged records and ended transactions.
    pub fn counts(&self) -> (usize, usize) {
        let records = self.producers.iter().map(Sequenced::acknowledged).sum();
        (records, self.transactions.iter().map(Transactional::ended).sum())
    }
}

const COMPACTED: [(&str, &str); 4] = [
    ("cleanup.policy", "compact"),
    ("min.cleanable.dirty.ratio", "0.1"),
    ("delete.retention.ms", "100"),
    ("max.message.bytes", "100000"),
];

/// Steps until the broker is gone, which is no error.
fn until_gone(door: &Door, quits: &AtomicBool, mut step: impl FnMut(&mut Connection) -> Step) -> Step {
    let run = |step: &mut dyn FnMut(&mut Connection) -> Step| -> Step {
        let mut connection = Connection::open(door)?;
        loop {
            step(&mut connection)?;
        }
    };
    match run(&mut step) {
        Err(Trouble::Wrong(_)) if quits.load(Ordering::Acquire) => Ok(()),
        Err(Trouble::Down) => Ok(()),
        other => other,
    }
}
