//! Jobs: steps, shuffles, what fails, what is kept.

use millstream_dstream::proto::node::Kind;
use millstream_dstream::proto::{
    Broadcast, Coalesce, CutRequest, Failure, ForgetRequest, Node, Pairs, PersistRequest, SaveRequest, Saved,
    Step, Union,
};
use tokio::io::AsyncReadExt;

use crate::driver::{Driver, expected, outcome, shuffle, source, step};

#[tokio::test]
async fn a_step_runs_in_workers_and_tells_its_accumulators() {
    let mut driver = Driver::start().await;
    let done = driver.job(vec![source(1, &[&["a", "b"], &[], &["c"]]), step(2, 1, "upper")]).await;
    assert_eq!(done.partitions, expected(&[&["A", "B"], &[], &["C"]]));
    assert_eq!(done.updates, ["update 0", "update 1", "update 2"]);
    assert_eq!(done.failed, None);
}

#[tokio::test]
async fn a_shuffle_buckets_by_key_in_the_order_of_partitions() {
    let mut driver = Driver::start().await;
    let nodes = vec![source(1, &[&["0a", "1b", "2c"], &["2d", "0e"]]), step(2, 1, "pairs"), shuffle(3, 2, 2)];
    assert_eq!(driver.job(nodes).await.partitions, expected(&[&["a", "c", "d", "e"], &["b"]]));
    // The buckets are kept with the node: no task runs again.
    assert_eq!(driver.job_of(Vec::new(), 3).await.updates, [""; 0]);
}

#[tokio::test]
async fn nodes_without_workers() {
    let mut driver = Driver::start().await;
    let node = |id, kind| Node { id, kind: Some(kind) };
    let nodes = vec![
        source(1, &[&["a"], &["b", "c"]]),
        source(2, &[&["x"], &["y", "z"]]),
        node(3, Kind::Union(Union { parents: vec![1, 2] })),
        node(4, Kind::Coalesce(Coalesce { parent: 3, partitions: 3 })),
        node(5, Kind::Pairs(Pairs { left: 1, right: 2, zip: true })),
        node(6, Kind::Pairs(Pairs { left: 1, right: 2, zip: false })),
    ];
    assert_eq!(driver.job(nodes).await.partitions.len(), 4);
    let table: [(i64, &[&[&str]]); 4] = [
        (3, &[&["a"], &["b", "c"], &["x"], &["y", "z"]]),
        (4, &[&["a"], &["b", "c"], &["x", "y", "z"]]),
        (5, &[&["a", "x"], &["b", "y", "c", "z"]]),
        (
            6,
            &[
                &["a", "x"],
                &["a", "y", "a", "z"],
                &["b", "x", "c", "x"],
                &["b", "y", "b", "z", "c", "y", "c", "z"],
            ],
        ),
    ];
    for (id, partitions) in table {
        assert_eq!(driver.job_of(Vec::new(), id).await.partitions, expected(partitions), "node {id}");
    }
}

#[tokio::test]
async fn what_fails_takes_only_its_job() {
    let mut driver = Driver::start().await;
    let mut failed = driver.job(vec![source(1, &[&["a"]]), step(2, 1, "unknown")]).await.failed.unwrap();
    assert_eq!(
        (failed.failure(), failed.text.as_str()),
        (Failure::Exception, "Traceback: no command unknown")
    );
    assert_eq!(failed.partition, 0);
    failed = driver.job(vec![step(3, 1, "exit")]).await.failed.unwrap();
    assert_eq!(failed.failure(), Failure::Worker, "{failed:?}");
    failed = driver.job(vec![shuffle(4, 1, 2)]).await.failed.unwrap();
    assert_eq!(failed.failure(), Failure::Data, "{failed:?}");
    let done = driver.job(vec![step(5, 1, "upper")]).await;
    assert_eq!(done.partitions, expected(&[&["A"]]));
}

#[tokio::test]
async fn a_cancelled_job_frees_its_worker() {
    let mut driver = Driver::start().await;
    let hanging = driver.run(vec![source(1, &[&["a"]]), step(2, 1, "hang")], 2).await;
    // One worker only: the next job waits for it until the call is cancelled.
    let next = driver.run(vec![step(3, 1, "upper")], 3).await;
    drop(hanging);
    assert_eq!(outcome(next).await.partitions, expected(&[&["A"]]));
}

#[tokio::test]
async fn workers_are_used_again_unless_input_is_left() {
    let mut driver = Driver::start().await;
    let mut pids = Vec::new();
    let nodes = [
        vec![source(1, &[&["a"]]), step(2, 1, "pid")],
        vec![step(3, 1, "pid")],
        vec![step(4, 1, "leave"), step(5, 1, "pid")],
    ];
    for nodes in nodes {
        if nodes[0].id == 4 {
            driver.job(vec![nodes[0].clone()]).await;
            pids.push(driver.job(vec![nodes[1].clone()]).await.partitions);
        } else {
            pids.push(driver.job(nodes).await.partitions);
        }
    }
    assert_eq!(pids[0], pids[1]);
    assert_ne!(pids[1], pids[2]);
}

#[tokio::test]
async fn a_worker_is_told_the_broadcasts_of_its_task() {
    let mut driver = Driver::start().await;
    driver.job(vec![source(1, &[&[]])]).await;
    let table: [&[(i64, &str)]; 3] = [&[(1, "/one"), (2, "/two")], &[(2, "/two"), (3, "/three")], &[]];
    for (id, broadcasts) in (2..).zip(table) {
        let command = bytes::Bytes::from_static(b"broadcasts");
        let said =
            broadcasts.iter().map(|(id, path)| Broadcast { id: *id, path: (*path).to_owned() }).collect();
        let step = Step { parent: 1, command, broadcasts: said, includes: Vec::new() };
        let done = driver.job(vec![Node { id, kind: Some(Kind::Step(step)) }]).await;
        let loaded: Vec<_> = broadcasts.iter().map(|(id, path)| format!("{id}={path}")).collect();
        assert_eq!(done.partitions[0].1, loaded);
    }
}

#[tokio::test]
async fn persisted_partitions_are_computed_once_and_can_be_cut() {
    let mut driver = Driver::start().await;
    let (context_id, node_id) = (driver.context.clone(), 2);
    driver.job(vec![source(1, &[&["a"], &["b"]]), step(2, 1, "upper")]).await;
    let cut = CutRequest { context_id: context_id.clone(), node_id };
    assert!(driver.client.cut(cut.clone()).await.is_err(), "not persisted");
    let persist = PersistRequest { context_id: context_id.clone(), node_id, persist: true };
    driver.client.persist(persist.clone()).await.unwrap();
    assert_eq!(driver.job_of(Vec::new(), 2).await.updates.len(), 2);
    assert_eq!(driver.job_of(Vec::new(), 2).await.updates.len(), 0);
    let events = driver.client.cut(cut).await.unwrap().into_inner();
    assert_eq!(outcome(events).await.failed, None);
    let forget = ForgetRequest { context_id, node_ids: vec![1] };
    driver.client.forget(forget).await.unwrap();
    assert_eq!(driver.job_of(Vec::new(), 2).await.partitions, expected(&[&["A"], &["B"]]));
    assert!(driver.client.persist(PersistRequest { persist: false, ..persist }).await.is_err(), "it was cut");
    assert!(driver.job_of(Vec::new(), 1).await.failed.is_some(), "it was forgotten");
}

#[tokio::test]
async fn partitions_and_text_are_saved() {
    let mut driver = Driver::start().await;
    let root = driver.directory.path().to_owned();
    driver.job(vec![source(1, &[&["a", "b"], &[]])]).await;
    let save =
        |path: &str| SaveRequest { context_id: driver.context.clone(), node_id: 1, path: path.to_owned() };
    let (blocks, text) = (save("saved/rdd-1"), save("file:out"));
    let events = driver.client.save_partitions(blocks).await.unwrap().into_inner();
    assert_eq!(outcome(events).await.failed, None);
    let saved = Node { id: 2, kind: Some(Kind::Saved(Saved { path: "saved/rdd-1".to_owned() })) };
    assert_eq!(driver.job(vec![saved]).await.partitions, expected(&[&["a", "b"], &[]]));
    let events = driver.client.save_as_text(text.clone()).await.unwrap().into_inner();
    assert_eq!(outcome(events).await.failed, None);
    assert_eq!(std::fs::read_to_string(root.join("out/part-00000")).unwrap(), "a\nb\n");
    assert!(root.join("out/_SUCCESS").exists());
    let events = driver.client.save_as_text(text).await.unwrap().into_inner();
    let failed = outcome(events).await.failed.unwrap();
    assert_eq!(failed.text, format!("Output directory file:{}/out already exists", root.display()));
}

#[tokio::test]
async fn the_daemon_ends_with_its_context() {
    let mut driver = Driver::start().await;
    let mut daemon = driver.daemon().await;
    driver.job(vec![source(1, &[&["a"]]), step(2, 1, "pid")]).await;
    drop(driver.events);
    assert_eq!(daemon.read(&mut [0]).await.unwrap_or(0), 0);
    driver.rdds.end().await;
}
