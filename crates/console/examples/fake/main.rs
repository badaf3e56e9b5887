//! The page without the house: serves it with invented data that moves, to look at and for the browser test.
//!
//! `cargo run -p millstream-console --example fake -- demo 8080` opens a scene at a port (0 takes a free one) and
//! prints the address. A line on standard input changes the scene: `demo`, `empty`, `busy`, `hostile`.

mod busy;
mod hostile;
mod log;
mod partitions;
mod scene;
mod tables;
mod watched;

use std::{
    io::{self, BufRead, Write},
    net::{Ipv4Addr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use futures::future::BoxFuture;
use millstream_console::{
    Model, ModelError, Options,
    model::{
        ClientConnection, Config, ConfigOwner, Cursor, Group, GroupDetail, PartitionFiles, Progress,
        ResultTable, Snapshot, Tail, TopicPartitions, Transactions,
    },
};
use scene::Scene;
use tokio::net::TcpListener;

/// A model of nothing but a clock.
struct Fake {
    started: Instant,
    address: String,
    now: Mutex<(Scene, Instant)>,
    stopped: Mutex<Vec<String>>,
}

impl Fake {
    /// The scene and for how many seconds it has been on.
    fn scene(&self) -> (Scene, f64) {
        let (scene, since) = *self.now.lock().unwrap_or_else(PoisonError::into_inner);
        (scene, since.elapsed().as_secs_f64())
    }

    fn set(&self, scene: Scene) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = (scene, Instant::now());
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn whole(&self) -> Snapshot {
        let (scene, age) = self.scene();
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let mut snapshot = scene::snapshot(scene, age, &stopped);
        snapshot.cluster.uptime_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or_default();
        snapshot.cluster.doors.console = Some(self.address.clone());
        snapshot
    }

    fn query(&self, id: &str) -> Result<millstream_console::model::Query, ModelError> {
        let found = self.whole().queries.into_iter().find(|query| query.id == id);
        found.ok_or_else(|| ModelError::NoSuchQuery(id.to_owned()))
    }
}

impl Model for Fake {
    fn snapshot(&self) -> Snapshot {
        self.whole()
    }

    fn broker(&self) -> millstream_console::model::Broker {
        millstream_console::model::Broker::default()
    }

    fn tail<'a>(
        &'a self,
        topic: &'a str,
        after: Option<&'a Cursor>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Tail, ModelError>> {
        Box::pin(async move {
            let found = self.whole().topics.into_iter().find(|other| other.name == topic);
            let topic = found.ok_or_else(|| ModelError::NoSuchTopic(topic.to_owned()))?;
            Ok(scene::tail(self.scene().0, &topic, after, limit))
        })
    }

    fn partitions(&self, topic: &str, _: usize) -> Result<TopicPartitions, ModelError> {
        let found = self.whole().topics.into_iter().find(|other| other.name == topic);
        found.map(|topic| partitions::of(&topic)).ok_or_else(|| ModelError::NoSuchTopic(topic.to_owned()))
    }

    fn groups(&self) -> Vec<Group> {
        watched::groups(self.scene().0, self.whole())
    }

    fn group(&self, id: &str) -> Result<GroupDetail, ModelError> {
        let (scene, age) = self.scene();
        let found = self.groups().into_iter().find(|group| group.id == id);
        found
            .map(|group| watched::group(scene, age, &group))
            .ok_or_else(|| ModelError::NoSuchGroup(id.to_owned()))
    }

    fn transactions(&self) -> Transactions {
        let (scene, age) = self.scene();
        watched::transactions(scene, age)
    }

    fn connections(&self) -> Vec<ClientConnection> {
        let (scene, age) = self.scene();
        watched::connections(scene, age, &self.whole())
    }

    fn configs(&self, of: &ConfigOwner) -> Result<Vec<Config>, ModelError> {
        Ok(watched::configs(self.scene().0, of))
    }

    fn files<'a>(
        &'a self,
        topic: &'a str,
        partition: i32,
    ) -> BoxFuture<'a, Result<PartitionFiles, ModelError>> {
        Box::pin(async move { Ok(watched::files(self.scene().0, topic, partition)) })
    }

    fn result(&self, query: &str) -> Result<Arc<ResultTable>, ModelError> {
        let query = self.query(query)?;
        Ok(Arc::new(tables::result(self.scene().0, &query)))
    }

    fn progress(&self, query: &str) -> Result<Progress, ModelError> {
        Ok(tables::progress(&self.query(query)?))
    }

    fn stop_query<'a>(&'a self, query: &'a str) -> BoxFuture<'a, Result<(), ModelError>> {
        Box::pin(async move {
            let id = self.query(query)?.id;
            self.stopped.lock().unwrap_or_else(PoisonError::into_inner).push(id);
            Ok(())
        })
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let scene = arguments.next().and_then(|name| Scene::named(&name)).unwrap_or(Scene::Demo);
    let port = arguments.next().and_then(|port| port.parse().ok()).unwrap_or(8080);
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = first.local_addr()?;
    let mut listeners = vec![first];
    listeners.extend(TcpListener::bind((Ipv6Addr::LOCALHOST, address.port())).await);
    writeln!(io::stdout(), "http://{address}")?;

    let now = Instant::now();
    let fake = Arc::new(Fake {
        started: now,
        address: address.to_string(),
        now: Mutex::new((scene, now)),
        stopped: Mutex::default(),
    });
    let director = Arc::clone(&fake);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if let Some(scene) = Scene::named(line.trim()) {
                director.set(scene);
            }
        }
    });
    millstream_console::serve(listeners, fake, Options::default(), std::future::pending()).await
}
