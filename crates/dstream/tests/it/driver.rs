//! A driver: the server in this process, a client, a context with fake workers.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use millstream_dstream::Rdds;
use millstream_dstream::proto::dstream_client::DstreamClient;
use millstream_dstream::proto::job_event::Event;
use millstream_dstream::proto::node::Kind;
use millstream_dstream::proto::{
    ContextEvent, Failed, JobEvent, Node, OpenRequest, RunJobRequest, Shuffle, Source, Step, context_event,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Streaming;
use tonic::transport::{Channel, Server};

pub(crate) struct Driver {
    pub(crate) client: DstreamClient<Channel>,
    pub(crate) context: String,
    pub(crate) events: Streaming<ContextEvent>,
    /// Where daemons say that they live.
    pub(crate) life: TcpListener,
    pub(crate) directory: tempfile::TempDir,
    pub(crate) rdds: Rdds,
}

/// What a job brought.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    /// Frames as text, by partition, in the order they came.
    pub(crate) partitions: Vec<(i64, Vec<String>)>,
    pub(crate) updates: Vec<String>,
    pub(crate) failed: Option<Failed>,
}

pub(crate) fn open_request(life: &TcpListener, directory: &std::path::Path) -> OpenRequest {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let port = life.local_addr().unwrap().port().to_string();
    let mut environment: HashMap<_, _> = std::env::vars().collect();
    environment.insert("FAKE_LIFE".to_owned(), port);
    OpenRequest {
        interpreter: python3(),
        directory: directory.display().to_string(),
        environment,
        sys_path: vec![here.display().to_string()],
        pyspark_version: "4.3.0".to_owned(),
        python_version: "3.11".to_owned(),
        max_workers: 1,
        daemon_module: "fake_daemon".to_owned(),
        ..OpenRequest::default()
    }
}

fn python3() -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).map(|directory| directory.join("python3")).find(|file| file.is_file());
    found.expect("these tests need python3 on the PATH").display().to_string()
}

impl Driver {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let life = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let request = open_request(&life, directory.path());
        Self::open(directory, life, request).await
    }

    pub(crate) async fn open(directory: tempfile::TempDir, life: TcpListener, request: OpenRequest) -> Self {
        let rdds = Rdds::new(directory.path().to_owned());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = Server::builder().add_service(rdds.service());
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        let mut client = DstreamClient::connect(address).await.unwrap();
        let mut events = client.open(request).await.unwrap().into_inner();
        let context = match events.message().await.unwrap().unwrap().event.unwrap() {
            context_event::Event::Opened(opened) => opened.context_id,
            other => panic!("{other:?} before opened"),
        };
        Self { client, context, events, life, directory, rdds }
    }

    /// The daemon's connection; it ends when the daemon does.
    pub(crate) async fn daemon(&self) -> TcpStream {
        self.life.accept().await.unwrap().0
    }

    /// Runs all partitions of the last of `nodes`.
    pub(crate) async fn job(&mut self, nodes: Vec<Node>) -> Outcome {
        let node_id = nodes.last().unwrap().id;
        self.job_of(nodes, node_id).await
    }

    pub(crate) async fn job_of(&mut self, nodes: Vec<Node>, node_id: i64) -> Outcome {
        outcome(self.run(nodes, node_id).await).await
    }

    pub(crate) async fn run(&mut self, nodes: Vec<Node>, node_id: i64) -> Streaming<JobEvent> {
        let context_id = self.context.clone();
        let request = RunJobRequest { context_id, nodes, node_id, all: true, ..RunJobRequest::default() };
        self.client.run_job(request).await.unwrap().into_inner()
    }
}

pub(crate) async fn outcome(mut events: Streaming<JobEvent>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut data = Vec::new();
    while let Some(event) = events.message().await.unwrap() {
        match event.event.unwrap() {
            Event::Data(piece) => {
                data.extend_from_slice(&piece.data);
                if piece.last {
                    outcome.partitions.push((piece.partition, texts(&std::mem::take(&mut data))));
                }
            }
            Event::Accumulators(updates) => {
                let texts = updates.updates.iter().map(|update| String::from_utf8_lossy(update).into_owned());
                outcome.updates.extend(texts);
            }
            Event::Failed(failed) => outcome.failed = Some(failed),
            Event::Done(_) => {}
        }
    }
    outcome
}

fn texts(mut data: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    while let Some((header, rest)) = data.split_first_chunk::<4>() {
        let length = usize::try_from(i32::from_be_bytes(*header)).unwrap();
        texts.push(String::from_utf8(rest[..length].to_vec()).unwrap());
        data = &rest[length..];
    }
    texts
}

pub(crate) fn frames(texts: &[&str]) -> bytes::Bytes {
    let mut data = Vec::new();
    for text in texts {
        data.extend_from_slice(&i32::try_from(text.len()).unwrap().to_be_bytes());
        data.extend_from_slice(text.as_bytes());
    }
    data.into()
}

pub(crate) fn source(id: i64, partitions: &[&[&str]]) -> Node {
    let partitions = partitions.iter().map(|partition| frames(partition)).collect();
    Node { id, kind: Some(Kind::Source(Source { partitions })) }
}

pub(crate) fn step(id: i64, parent: i64, command: &'static str) -> Node {
    let command = bytes::Bytes::from_static(command.as_bytes());
    Node { id, kind: Some(Kind::Step(Step { parent, command, ..Step::default() })) }
}

pub(crate) fn shuffle(id: i64, parent: i64, partitions: i64) -> Node {
    Node { id, kind: Some(Kind::Shuffle(Shuffle { parent, partitions })) }
}

/// Partitions as a test writes them.
pub(crate) fn expected(partitions: &[&[&str]]) -> Vec<(i64, Vec<String>)> {
    let partitions = partitions.iter().map(|texts| texts.iter().map(|text| (*text).to_owned()).collect());
    (0..).zip(partitions).collect()
}
