//! `kill`: a real process is started, loaded, and ended with `kill -9` at a random moment; what it left is looked at.
//!
//! Now and then it is ended while it starts, or while it stops in order. Every twenty-five cycles the load gets topics of
//! its own, so that a cycle costs the same in the end as in the beginning; at the very end all of them are looked at.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::connection::{Connection, Door, Step, Trouble, wrong};
use crate::random::Random;
use crate::world::{BROKER, World};

/// How long a start may take.
const START: Duration = Duration::from_secs(20);
/// Cycles over the same topics.
const GENERATION: u64 = 25;

/// What to run, on what, how often.
pub struct Plan {
    /// `serve` of this crate's examples, or the whole binary.
    pub server: PathBuf,
    /// Where data directory and log go; emptied first, removed when all is well.
    pub folder: PathBuf,
    /// How often it is killed.
    pub cycles: u64,
    /// What chance begins with.
    pub seed: u64,
}

struct Server {
    child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Run {
    plan: Plan,
    door: Door,
    random: Random,
    worlds: Vec<World>,
    slowest_start: Duration,
}

/// Runs the plan; true when nothing was wrong.
pub fn run(plan: Plan) -> bool {
    let begun = Instant::now();
    let (seed, cycles, folder) = (plan.seed, plan.cycles, plan.folder.clone());
    let _ = fs::remove_dir_all(&folder);
    if let Err(error) = fs::create_dir_all(&folder) {
        eprintln!("error: {}: {error}", folder.display());
        return false;
    }
    let Some(address) = free_address(seed) else {
        eprintln!("error: no port is free");
        return false;
    };
    let door = Door { address, is_dead: Arc::new(|| false) };
    println!("{cycles} cycles, seed {seed}, {}", plan.server.display());
    let mut run =
        Run { plan, door, random: Random::new(seed), worlds: Vec::new(), slowest_start: Duration::ZERO };
    for cycle in 0..cycles {
        if let Err(trouble) = run.cycle(cycle) {
            return failed(&run.plan, cycle, &trouble);
        }
        if (cycle + 1) % 20 == 0 {
            let (records, transactions) = run.counts();
            let (seconds, start) = (begun.elapsed().as_secs(), run.slowest_start.as_millis());
            println!(
                "{:>6} killed, {seconds:>5} s, {records} records and {transactions} transactions checked, slowest start {start} ms",
                cycle + 1
            );
        }
    }
    if let Err(trouble) = run.look_at_everything() {
        return failed(&run.plan, cycles, &trouble);
    }
    let ((records, transactions), seconds) = (run.counts(), begun.elapsed().as_secs());
    println!(
        "{cycles} cycles in {seconds} s: {records} acknowledged records and {transactions} transactions, nothing lost, torn, twice or out of order"
    );
    drop(run);
    let _ = fs::remove_dir_all(&folder);
    true
}

fn failed(plan: &Plan, cycle: u64, trouble: &Trouble) -> bool {
    let (folder, server, seed) = (plan.folder.display(), plan.server.display(), plan.seed);
    match trouble {
        Trouble::Down => eprintln!("cycle {cycle}: the broker is not there"),
        Trouble::Wrong(sentence) => eprintln!("cycle {cycle}: {sentence}"),
    }
    eprintln!("the directory is kept: {folder} (data, server.log)");
    eprintln!(
        "again: cargo xtask torture kill --seed {seed} --cycles {}  (the server was {server})",
        cycle + 1
    );
    false
}

impl Run {
    fn cycle(&mut self, cycle: u64) -> Step {
        if cycle.is_multiple_of(GENERATION) {
            self.worlds.push(World::new(&format!("-{}", cycle / GENERATION), 50));
        }
        if self.random.one_in(10) {
            let server = self.start()?;
            std::thread::sleep(Duration::from_micros(self.random.below(80_000)));
            drop(server);
        }
        let mut server = self.start()?;
        let mut connection = self.connect(&mut server)?;
        let Self { random, worlds, door, .. } = self;
        let Some(world) = worlds.last_mut() else { return wrong("there is no load") };
        let deeply = random.one_in(4);
        world.forget(random);
        world.check(&mut connection, deeply)?;
        let quits = AtomicBool::new(false);
        let pause = Duration::from_micros(20_000 + random.below(500_000));
        let (way, grace) = (random.below(12), Duration::from_micros(random.below(40_000)));
        let gentle = if self.plan.server.ends_with("serve") { Signal::INT } else { Signal::TERM };
        std::thread::scope(|scope| {
            let loading = scope.spawn(|| world.run(door, random, &quits));
            std::thread::sleep(pause);
            if way < 2 {
                quits.store(true, Ordering::Release);
                let id = i32::try_from(server.child.id()).ok().and_then(Pid::from_raw);
                let _ = id.map(|id| kill_process(id, gentle));
                if way == 0 {
                    let _ = server.child.wait();
                } else {
                    std::thread::sleep(grace);
                }
            }
            drop(server);
            loading.join().unwrap_or_else(|_| wrong("the load has panicked"))
        })
    }

    /// Every topic that there ever was, after a last start.
    fn look_at_everything(&mut self) -> Step {
        let mut server = self.start()?;
        let mut connection = self.connect(&mut server)?;
        self.worlds.iter_mut().try_for_each(|world| world.check(&mut connection, true))
    }

    fn counts(&self) -> (usize, usize) {
        let counts = self.worlds.iter().map(World::counts);
        counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    fn start(&self) -> Step<Server> {
        let Plan { server, folder, .. } = &self.plan;
        let port = self.door.address.port().to_string();
        let settings = BROKER.map(|(name, value)| format!("{name}={value}"));
        let mut command = Command::new(server);
        if server.ends_with("serve") {
            command.arg(folder.join("data/kafka")).arg(port).args(settings);
        } else {
            command.arg("start").arg("--data-dir").arg(folder.join("data"));
            command.args(["--kafka", &format!("127.0.0.1:{port}"), "--spark", "off", "--console", "off"]);
            command.args(settings.iter().flat_map(|setting| ["--override", setting]));
        }
        let log = |name: &str| File::options().create(true).append(true).open(folder.join(name));
        let (Ok(output), Ok(errors)) = (log("server.log"), log("server.log")) else {
            return wrong("the server's log cannot be written");
        };
        match command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn() {
            Ok(child) => Ok(Server { child }),
            Err(error) => wrong(format_args!("{} does not start: {error}", server.display())),
        }
    }

    fn connect(&mut self, server: &mut Server) -> Step<Connection> {
        let begun = Instant::now();
        loop {
            match Connection::open(&self.door) {
                Err(Trouble::Down) if begun.elapsed() < START => {
                    if let Ok(Some(status)) = server.child.try_wait() {
                        return wrong(format_args!("the start ended with {status}, see server.log"));
                    }
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(Trouble::Down) => return wrong(format_args!("no start within {} s", START.as_secs())),
                outcome => {
                    self.slowest_start = self.slowest_start.max(begun.elapsed());
                    return outcome;
                }
            }
        }
    }
}

/// A port below those that the system gives to others.
fn free_address(seed: u64) -> Option<SocketAddr> {
    let first = 20_000 + u16::try_from(seed % 5_000).unwrap_or(0);
    let addresses = (first..first + 500).map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    addresses.into_iter().find(|address| TcpListener::bind(address).is_ok())
}
