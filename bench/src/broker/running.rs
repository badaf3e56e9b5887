//! The two sides: how each is started on a data directory, stopped in order, and killed.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::process::{Cpu, memory_mib};

/// How long a start or a stop may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// As Kafka's scripts start a server.
const JVM: [&str; 8] = [
    "-Xmx1G",
    "-Xms1G",
    "-server",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-Djava.awt.headless=true",
];

/// A kind of broker.
pub trait Side {
    /// Its name in messages.
    fn name(&self) -> &'static str;

    /// Makes an empty data directory ready.
    fn format(&self, folder: &Path, port: u16) -> Result<(), String>;

    /// The command that serves `folder` on `port`.
    fn command(&self, folder: &Path, port: u16) -> Command;

    /// The signal on which it stops in order.
    fn stops_on(&self) -> &'static str {
        "-TERM"
    }
}

/// The product.
pub struct Millstream {
    /// The release binary, or the `serve` example.
    pub binary: PathBuf,
    /// It is the `serve` example.
    pub alone: bool,
}

/// Apache Kafka from its jars.
pub struct Kafka {
    /// Their folder.
    pub jars: PathBuf,
}

impl Side for Millstream {
    fn name(&self) -> &'static str {
        "Millstream"
    }

    fn format(&self, _: &Path, _: u16) -> Result<(), String> {
        Ok(())
    }

    fn command(&self, folder: &Path, port: u16) -> Command {
        let mut command = Command::new(&self.binary);
        if self.alone {
            command.arg(folder).arg(port.to_string());
        } else {
            command.args(["start", "--json", "--spark", "off", "--console", "off", "--kafka"]);
            command.arg(format!("127.0.0.1:{port}")).arg("--data-dir").arg(folder);
        }
        command
    }

    fn stops_on(&self) -> &'static str {
        // The example stops on Ctrl-C.
        if self.alone { "-INT" } else { "-TERM" }
    }
}

impl Kafka {
    fn java(&self, class: &str) -> Command {
        let mut command = Command::new("java");
        command.args(JVM).arg("-cp").arg(format!("{}/*", self.jars.display())).arg(class);
        command
    }

    fn properties(folder: &Path) -> PathBuf {
        folder.join("server.properties")
    }
}

impl Side for Kafka {
    fn name(&self) -> &'static str {
        "Apache Kafka"
    }

    fn format(&self, folder: &Path, port: u16) -> Result<(), String> {
        let (log, controller) = (folder.join("log"), free_port()?);
        let text = format!(
            "process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
",
            log.display()
        );
        let properties = Self::properties(folder);
        fs::write(&properties, text).map_err(|error| error.to_string())?;
        let mut format = self.java("kafka.tools.StorageTool");
        format.args(["format", "--standalone", "-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c"]).arg(&properties);
        let output = format.output().map_err(|error| format!("java: {error}"))?;
        if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    fn command(&self, folder: &Path, _: u16) -> Command {
        let mut command = self.java("kafka.Kafka");
        command.arg(Self::properties(folder));
        command
    }
}

/// A free port of the loopback.
fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    Ok(listener.local_addr().map_err(|error| error.to_string())?.port())
}

/// A data directory, and the port at which it is served.
pub struct Place {
    folder: TempDir,
    port: u16,
}

impl Place {
    /// An empty one.
    pub fn new(side: &dyn Side) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let port = free_port()?;
        side.format(folder.path(), port)?;
        Ok(Self { folder, port })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a broker there and waits for its port.
    pub fn start(&self, side: &dyn Side) -> Result<Running, String> {
        let spawned = Instant::now();
        let mut command = side.command(self.folder.path(), self.port);
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = quiet.spawn().map_err(|error| format!("cannot start {}: {error}", side.name()))?;
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let mut running = Running { child, address, spawned, stops_on: side.stops_on() };
        while TcpStream::connect(address).is_err() {
            if let Ok(Some(status)) = running.child.try_wait() {
                return Err(format!("{} ended at its start: {status}", side.name()));
            }
            if spawned.elapsed() > PATIENCE {
                return Err(format!("{} did not listen within {PATIENCE:?}", side.name()));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(running)
    }
}

/// A broker that serves; killed when dropped.
pub struct Running {
    child: Child,
    stops_on: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    /// When its process was spawned.
    pub spawned: Instant,
}

impl Running {
    /// CPU time so far.
    pub fn cpu(&self) -> Cpu {
        Cpu::of(self.child.id())
    }

    /// Resident memory in MiB.
    pub fn memory_mib(&self) -> f64 {
        memory_mib(self.child.id())
    }

    /// Stops it in order.
    pub fn stop(mut self) -> Result<(), String> {
        let asked = Command::new("kill").arg(self.stops_on).arg(self.child.id().to_string()).status();
        asked.map_err(|error| error.to_string())?;
        let ended = self.child.wait().map_err(|error| error.to_string())?;
        // Java ends with 143 when a signal has asked it to.
        if ended.success() || ended.code() == Some(143) {
            Ok(())
        } else {
            Err(format!("it ended with {ended}"))
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SIGKILL.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
