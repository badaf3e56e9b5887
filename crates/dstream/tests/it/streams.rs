//! Streaming runs: batches in order, receivers, stopping, checkpoints.

use std::net::Ipv4Addr;

use millstream_dstream::proto::input::Kind;
use millstream_dstream::proto::streaming_event::Event;
use millstream_dstream::proto::{
    AckBatchRequest, Batch, Directory, GetCheckpointRequest, Input, PutCheckpointRequest, SocketText,
    StartStreamingRequest, StopStreamingRequest, StreamingEvent,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tonic::{Code, Streaming};

use crate::driver::Driver;

/// Milliseconds between batches.
const BATCH_MS: i64 = 50;

impl Driver {
    async fn stream(&mut self, kinds: Vec<Kind>, first_batch_ms: i64) -> Streaming<StreamingEvent> {
        let inputs = (1..).zip(kinds).map(|(id, kind)| Input { id, kind: Some(kind) }).collect();
        let context_id = self.context.clone();
        let request =
            StartStreamingRequest { context_id, batch_ms: BATCH_MS, inputs, block_ms: 0, first_batch_ms };
        self.client.start_streaming(request).await.unwrap().into_inner()
    }

    async fn acknowledge(&mut self, batch: &Batch) {
        let request = AckBatchRequest { context_id: self.context.clone(), time_ms: batch.time_ms };
        self.client.ack_batch(request).await.unwrap();
    }

    /// Acknowledges batches until one has data; gives its lines.
    async fn lines(&mut self, events: &mut Streaming<StreamingEvent>) -> Vec<String> {
        loop {
            let batch = batch(events).await;
            let input = batch.inputs[0];
            let done = self.job_of(Vec::new(), input.node_id).await;
            self.acknowledge(&batch).await;
            let lines: Vec<_> = done.partitions.into_iter().flat_map(|(_, lines)| lines).collect();
            if !lines.is_empty() {
                return lines;
            }
        }
    }
}

fn socket(port: u16) -> Kind {
    Kind::SocketText(SocketText { host: "127.0.0.1".to_owned(), port: i64::from(port) })
}

async fn event(events: &mut Streaming<StreamingEvent>) -> Event {
    events.message().await.unwrap().unwrap().event.unwrap()
}

/// The next batch; notices are passed over.
async fn batch(events: &mut Streaming<StreamingEvent>) -> Batch {
    loop {
        match event(events).await {
            Event::Batch(batch) => return batch,
            Event::Started(_) | Event::Notice(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn lines_of_a_socket_come_in_batches_and_a_graceful_stop_loses_none() {
    let mut driver = Driver::start().await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let mut events = driver.stream(vec![socket(listener.local_addr().unwrap().port())], 0).await;
    let (mut server, _) = listener.accept().await.unwrap();
    server.write_all(b"one\ntwo\r\n").await.unwrap();
    let mut lines = driver.lines(&mut events).await;
    while lines.len() < 2 {
        lines.extend(driver.lines(&mut events).await);
    }
    assert_eq!(lines, ["one", "two"]);
    server.write_all(b"three\nfour").await.unwrap();
    drop(server);
    let mut lines = driver.lines(&mut events).await;
    while lines.len() < 2 {
        lines.extend(driver.lines(&mut events).await);
    }
    assert_eq!(lines, ["three", "four"]);
    let mut client = driver.client.clone();
    let stop = StopStreamingRequest { context_id: driver.context.clone(), graceful: true };
    let stopping = tokio::spawn(async move { client.stop_streaming(stop).await });
    loop {
        match event(&mut events).await {
            Event::Batch(batch) => driver.acknowledge(&batch).await,
            Event::Ended(_) => break,
            _ => {}
        }
    }
    stopping.await.unwrap().unwrap();
}

#[tokio::test]
async fn nobody_on_the_port_is_told() {
    let mut driver = Driver::start().await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mut events = driver.stream(vec![socket(port)], 0).await;
    loop {
        if let Event::Notice(text) = event(&mut events).await {
            let expected =
                format!("nothing listens on 127.0.0.1:{port}; start `nc -lk {port}` in another terminal");
            assert_eq!(text, expected);
            break;
        }
    }
}

#[tokio::test]
async fn batches_come_in_order_each_after_the_last_is_acknowledged() {
    let mut driver = Driver::start().await;
    // Three batches are past: as after a restart from a checkpoint.
    let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let first = (now / BATCH_MS - 3) * BATCH_MS;
    let mut events = driver.stream(Vec::new(), first).await;
    match event(&mut events).await {
        Event::Started(started) => assert_eq!(started.zero_ms, first - BATCH_MS),
        other => panic!("{other:?}"),
    }
    for time_ms in (0..6).map(|number| first + number * BATCH_MS) {
        let batch = batch(&mut events).await;
        assert_eq!(batch.time_ms, time_ms);
        // Another time is nobody's batch: nothing is given for it.
        driver.acknowledge(&Batch { time_ms: time_ms + 1, inputs: Vec::new() }).await;
        driver.acknowledge(&batch).await;
    }
    let again = StartStreamingRequest {
        context_id: driver.context.clone(),
        batch_ms: BATCH_MS,
        ..StartStreamingRequest::default()
    };
    assert_eq!(driver.client.start_streaming(again).await.unwrap_err().code(), Code::FailedPrecondition);
    let stop = StopStreamingRequest { context_id: driver.context.clone(), graceful: false };
    driver.client.stop_streaming(stop.clone()).await.unwrap();
    assert_eq!(driver.client.stop_streaming(stop).await.unwrap_err().code(), Code::FailedPrecondition);
    drop(driver.stream(Vec::new(), 0).await);
}

#[tokio::test]
async fn files_that_appear_are_read() {
    let mut driver = Driver::start().await;
    let path = driver.directory.path().join("in");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("a"), "one\n").unwrap();
    let directory = Directory { path: "in".to_owned(), record_length: 0, existing_too: true };
    let mut events = driver.stream(vec![Kind::Directory(directory)], 0).await;
    assert_eq!(driver.lines(&mut events).await, ["one"]);
    std::fs::write(path.join("b"), "two\n").unwrap();
    assert_eq!(driver.lines(&mut events).await, ["two"]);
}

#[tokio::test]
async fn the_newest_checkpoint_comes_back() {
    let mut driver = Driver::start().await;
    let get = GetCheckpointRequest {
        directory: "checkpoints".to_owned(),
        working_directory: driver.directory.path().display().to_string(),
    };
    let mut chunks = driver.client.get_checkpoint(get.clone()).await.unwrap().into_inner();
    assert!(!chunks.message().await.unwrap().unwrap().found);
    for time_ms in [1000, 2000] {
        let data = vec![u8::try_from(time_ms / 1000).unwrap(); 3 << 20];
        let put = PutCheckpointRequest {
            context_id: driver.context.clone(),
            directory: "checkpoints".to_owned(),
            time_ms,
            data: data.into(),
        };
        driver.client.put_checkpoint(put).await.unwrap();
    }
    let mut chunks = driver.client.get_checkpoint(get).await.unwrap().into_inner();
    let mut data = Vec::new();
    while let Some(chunk) = chunks.message().await.unwrap() {
        assert_eq!(chunk.time_ms, 2000);
        data.extend_from_slice(&chunk.data);
    }
    assert_eq!(data, vec![2; 3 << 20]);
}
