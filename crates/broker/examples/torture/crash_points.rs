//! `crash-points`: a broker on a simulated disk lives a scripted life, and the process or the machine dies at every
//! single operation of it that changes the disk.
//!
//! The life is two starts with everything in them: topics made, grown, set, deleted; batches of every format and codec,
//! rolls, idempotent and transactional writes with their markers, offsets, retention, DeleteRecords, compaction with
//! its swap, metadata snapshots, a clean stop. A first run counts the operations. Then the life is lived again for each
//! number, three times: the process dies in the middle of that operation and all that it wrote before is there; the
//! machine dies before it and what was not synced is gone; the same, and chance says which of it is there.
//! Afterwards everything must hold that holds after `kill -9`, for one point in four again after another loss of power, which finds
//! nothing written but by the recovery and the checks. Threads of the broker take their turns as they like, so one
//! number is not always the same operation; what was hit is counted and told.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use millstream_broker::{Broker, BrokerConfig, ListenAddress, StartError};
use millstream_log::disk::{Crash, Disk, SimDisk};
use tokio::runtime::Runtime;

use crate::connection::{Connection, Door, Step, Trouble, wrong};
use crate::random::Random;
use crate::world::{BROKER, World};

/// Rounds of the load in each of the two starts.
const ROUNDS: [u64; 2] = [3, 2];
/// Pauses in which retention, the cleaner, the checkpoints and removals come to their turn.
const PAUSE: Duration = Duration::from_millis(45);

/// What differs from the broker that is killed: fewer files say the same.
const FEWER: [(&str, &str); 4] = [
    ("log.flush.offset.checkpoint.interval.ms", "150"),
    ("offsets.topic.num.partitions", "1"),
    ("transaction.state.log.num.partitions", "1"),
    ("metadata.log.max.record.bytes.between.snapshots", "4000"),
];

/// Which points, and where to go on.
pub struct Plan {
    /// One point in so many; 1 is each.
    pub every: u64,
    /// Only this one.
    pub at: Option<u64>,
    /// The first one.
    pub from: u64,
    /// Threads that live lives.
    pub threads: usize,
}

/// What happens to the disk at the point.
#[derive(Debug, Clone, Copy)]
enum End {
    KilledInside,
    LosesAll,
    Tears,
}

/// Runs the plan; true when nothing was wrong.
pub fn run(plan: &Plan) -> bool {
    let begun = Instant::now();
    let operations = match live("sim-count", None) {
        Ok(life) => life.operations,
        Err(trouble) => {
            eprintln!("without any crash: {}", sentence(&trouble));
            return false;
        }
    };
    println!("a life of {operations} operations, one in {} of them is the last", plan.every);
    // Some lives take more operations than the one that was counted.
    let last = operations + operations / 8;
    let points: Vec<u64> = match plan.at {
        Some(at) => vec![at],
        None => (plan.from..last).filter(|point| point % plan.every == 0).collect(),
    };
    let (next, failed) = (AtomicU64::new(0), AtomicBool::new(false));
    let hit: Mutex<BTreeMap<String, u64>> = Mutex::default();
    std::thread::scope(|scope| {
        for number in 0..plan.threads {
            let (points, next, failed, hit) = (&points, &next, &failed, &hit);
            scope.spawn(move || {
                while !failed.load(Ordering::Relaxed) {
                    let index = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or(usize::MAX);
                    let Some(point) = points.get(index).copied() else { return };
                    if let Err(sentence) = die_at(point, number, hit) {
                        failed.store(true, Ordering::Relaxed);
                        eprintln!("{sentence}\nagain: cargo xtask torture crash-points --at {point}");
                    }
                    if index % 200 == 199 {
                        println!("{:>6} points, {:>5} s", index + 1, begun.elapsed().as_secs());
                    }
                }
            });
        }
    });
    let hit = hit.into_inner().unwrap_or_default();
    hit.iter().for_each(|(what, times)| println!("{times:>6} x {what}"));
    let (count, deaths, seconds) = (points.len(), hit.values().sum::<u64>(), begun.elapsed().as_secs());
    println!(
        "{count} points, {deaths} deaths in {seconds} s: {}",
        if failed.load(Ordering::Relaxed) { "see above" } else { "everything holds after each" }
    );
    !failed.load(Ordering::Relaxed)
}

/// The three deaths at one point.
fn die_at(point: u64, thread: usize, hit: &Mutex<BTreeMap<String, u64>>) -> Result<(), String> {
    for end in [End::KilledInside, End::LosesAll, End::Tears] {
        match live(&format!("sim-{thread}"), Some((point, end))) {
            Ok(Life { refused, .. }) => {
                if let (Some(what), Ok(mut hit)) = (refused, hit.lock()) {
                    *hit.entry(kind_of(&what)).or_insert(0) += 1;
                }
            }
            Err(trouble) => return Err(format!("point {point}, {end:?}: {}", sentence(&trouble))),
        }
    }
    Ok(())
}

struct Life {
    operations: u64,
    refused: Option<String>,
}

/// A life, its end, and what is found afterwards.
fn live(root: &str, end: Option<(u64, End)>) -> Step<Life> {
    let disk = SimDisk::new();
    match end {
        Some((point, End::KilledInside)) => disk.power_fails_in(point),
        Some((point, _)) => disk.power_fails_at(point),
        None => {}
    }
    let mut world = World::new("", 3);
    let mut random = Random::new(7);
    let lived = script(&disk, root, &mut world, &mut random);
    let (operations, refused) = (disk.operations(), disk.refused());
    match lived {
        Err(Trouble::Wrong(sentence)) if refused.is_none() => return wrong(sentence),
        Err(Trouble::Down) if refused.is_none() => return wrong("the broker hung up by itself"),
        _ => {}
    }
    let how = match end {
        Some((_, End::KilledInside)) | None => Crash::Process,
        Some((_, End::LosesAll)) => Crash::LoseAll,
        Some((point, End::Tears)) => Crash::Tear(point),
    };
    // One in four loses its power a second time.
    let again = end.is_some_and(|(point, _)| point % 4 == 0).then_some(Crash::LoseAll);
    for how in [how].into_iter().chain(again) {
        disk.crash(how);
        let host = Host::start(&disk, root)?;
        let mut connection = Connection::open(&host.door)?;
        world.check(&mut connection, true).map_err(|trouble| {
            let refused = refused.as_deref().unwrap_or("nothing");
            Trouble::Wrong(format!("after {how:?} at '{refused}': {}", sentence(&trouble)))
        })?;
    }
    Ok(Life { operations, refused })
}

fn script(disk: &SimDisk, root: &str, world: &mut World, random: &mut Random) -> Step {
    for rounds in ROUNDS {
        let host = Host::start(disk, root)?;
        let mut connection = Connection::open(&host.door)?;
        world.set_up(&mut connection)?;
        for round in 0..rounds {
            world.round(&mut connection, random)?;
            if round % 2 == 1 {
                std::thread::sleep(PAUSE);
            }
            if disk.refused().is_some() {
                return Err(Trouble::Down);
            }
        }
        host.stop();
    }
    Ok(())
}

/// A broker in this process.
struct Host {
    runtime: Option<Runtime>,
    broker: Option<Broker>,
    door: Door,
}

impl Host {
    fn start(disk: &SimDisk, root: &str) -> Step<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let Ok(runtime) = runtime else { return wrong("no runtime") };
        let mut config = BrokerConfig::new(PathBuf::from(root));
        config.listen = Some(ListenAddress::new("127.0.0.1", 0));
        for (name, value) in BROKER.into_iter().chain(FEWER) {
            config.set(name, value).map_err(|error| Trouble::Wrong(error.to_string()))?;
        }
        let own: Arc<dyn Disk> = Arc::new(disk.until_crash());
        let broker = loop {
            match runtime.block_on(Broker::start_on(config.clone(), Arc::clone(&own))) {
                Ok(broker) => break broker,
                // The last thread of the broker before is not through yet.
                Err(StartError::DirectoryLocked { .. }) => std::thread::sleep(Duration::from_millis(1)),
                Err(_) if disk.refused().is_some() => return Err(Trouble::Down),
                Err(error) => return wrong(format_args!("no start: {error}")),
            }
        };
        let address = broker.addresses().first().copied();
        let address = address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        let watched = disk.clone();
        let door = Door { address, is_dead: Arc::new(move || watched.refused().is_some()) };
        Ok(Self { runtime: Some(runtime), broker: Some(broker), door })
    }

    /// A clean stop.
    fn stop(mut self) {
        if let (Some(runtime), Some(broker)) = (&self.runtime, self.broker.take()) {
            runtime.block_on(broker.shutdown());
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        drop(self.broker.take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }
}

fn sentence(trouble: &Trouble) -> &str {
    match trouble {
        Trouble::Down => "the broker is not there",
        Trouble::Wrong(sentence) => sentence,
    }
}

/// The operation with the kind of its file instead of the file.
fn kind_of(what: &str) -> String {
    let name = what.rsplit('/').next().unwrap_or(what);
    let verb = what.rsplit_once(' ').map_or(what, |(verb, _)| verb);
    let kind = match name.split_once('.') {
        Some((stem, ending))
            if !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') =>
        {
            format!("*.{ending}")
        }
        _ if verb.contains("directory") => "of a partition or the root".to_owned(),
        _ => name.to_owned(),
    };
    format!("{verb} {kind}")
}
