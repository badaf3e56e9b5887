//! Drivers that say nonsense get a sentence and a code; nothing else happens.

use millstream_dstream::proto::node::Kind;
use millstream_dstream::proto::{
    AppendRequest, Coalesce, DefineRequest, DescribeRequest, Node, OpenRequest, Shuffle, Source,
    StartStreamingRequest, Step, Union,
};
use tonic::Code;

use crate::driver::{Driver, source, step};

#[tokio::test]
async fn nodes_that_cannot_be_are_refused() {
    let mut driver = Driver::start().await;
    let node = |id, kind| Node { id, kind: Some(kind) };
    let table = [
        (Node { id: 1, kind: None }, Code::InvalidArgument),
        (source(0, &[]), Code::InvalidArgument),
        (source(-1, &[]), Code::InvalidArgument),
        (
            node(1, Kind::Source(Source { partitions: vec![(&b"\xff\0\0\0"[..]).into()] })),
            Code::InvalidArgument,
        ),
        (step(1, 99, "upper"), Code::NotFound),
        (step(1, 1, "upper"), Code::NotFound),
        (node(1, Kind::Step(Step { parent: 50, ..Step::default() })), Code::InvalidArgument),
        (node(1, Kind::Union(Union { parents: vec![50; 20_000] })), Code::ResourceExhausted),
        (node(1, Kind::Coalesce(Coalesce { parent: 50, partitions: 0 })), Code::InvalidArgument),
        (node(1, Kind::Shuffle(Shuffle { parent: 50, partitions: i64::MAX })), Code::ResourceExhausted),
        (node(1, Kind::Shuffle(Shuffle { parent: 50, partitions: -1 })), Code::InvalidArgument),
        (source(50, &[]), Code::InvalidArgument),
    ];
    driver.job(vec![source(50, &[&["a"], &["b"]])]).await;
    for (node, code) in table {
        let request = DefineRequest { context_id: driver.context.clone(), nodes: vec![node.clone()] };
        let status = driver.client.define(request).await.unwrap_err();
        assert_eq!(status.code(), code, "{node:?}: {status}");
    }
}

#[tokio::test]
async fn a_lineage_has_an_end() {
    let mut driver = Driver::start().await;
    let mut nodes = vec![source(1, &[&["a"]])];
    nodes.extend((2..2000).map(|id| Node { id, kind: Some(Kind::Union(Union { parents: vec![id - 1] })) }));
    let request = DefineRequest { context_id: driver.context.clone(), nodes };
    assert_eq!(driver.client.define(request).await.unwrap_err().code(), Code::ResourceExhausted);
    assert_eq!(
        driver.job_of(Vec::new(), 1001).await.partitions.len(),
        1,
        "the longest lineage that is taken"
    );
}

#[tokio::test]
async fn data_comes_before_the_first_use() {
    let mut driver = Driver::start().await;
    driver.job(vec![source(1, &[&["a"], &[]])]).await;
    let append = |node_id, partition, data: &'static [u8]| AppendRequest {
        context_id: driver.context.clone(),
        node_id,
        partition,
        data: data.into(),
    };
    let requests = [append(1, 0, b""), append(1, 5, b""), append(1, -1, b""), append(9, 0, b"")];
    let codes = [Code::FailedPrecondition, Code::InvalidArgument, Code::InvalidArgument, Code::NotFound];
    for (request, code) in requests.into_iter().zip(codes) {
        assert_eq!(driver.client.append(request.clone()).await.unwrap_err().code(), code, "{request:?}");
    }
}

#[tokio::test]
async fn contexts_that_cannot_be_are_refused() {
    let mut driver = Driver::start().await;
    let unknown = DescribeRequest { context_id: "unknown".to_owned(), node_id: 1 };
    assert_eq!(driver.client.describe(unknown).await.unwrap_err().code(), Code::NotFound);
    let request = |interpreter: &str, version: &str, workers| OpenRequest {
        interpreter: interpreter.to_owned(),
        directory: "/".to_owned(),
        pyspark_version: version.to_owned(),
        python_version: "3.11".to_owned(),
        max_workers: workers,
        ..OpenRequest::default()
    };
    let table = [
        (request("python", "4.3.0", 0), Code::InvalidArgument),
        (request("/bin/python", "4.3.0", -1), Code::InvalidArgument),
        (request("/bin/python", "2.4.0", 0), Code::FailedPrecondition),
    ];
    for (request, code) in table {
        assert_eq!(driver.client.open(request).await.unwrap_err().code(), code);
    }
    let streaming =
        StartStreamingRequest { context_id: driver.context.clone(), ..StartStreamingRequest::default() };
    assert_eq!(driver.client.start_streaming(streaming).await.unwrap_err().code(), Code::InvalidArgument);
}
