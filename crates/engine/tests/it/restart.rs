//! Restarts from a checkpoint: at every point where a process can die, the result is the same.

use std::path::Path;
use std::sync::Arc;

use datafusion::prelude::{col, lit};
use expect_test::expect;
use millstream_engine::topics::MemoryTopics;
use millstream_engine::{OutputMode, Query};

use crate::rig::{Rig, click, clicks, f};

/// What a crash after batch `.1` leaves of the checkpoint `.0`.
type Crash = fn(&Path, u64);

async fn start(rig: &Rig, mode: OutputMode) -> Arc<Query> {
    let window = f("window", vec![col("ts"), lit("10 seconds")]);
    let query = clicks(rig, "clicks")
        .with_watermark("ts", "10 seconds")
        .unwrap()
        .group_by(vec![window])
        .agg(vec![f("sum", vec![col("Impressions")]).alias("total"), f("avg", vec![col("Clicks")])])
        .unwrap()
        .write_stream("console")
        .option("truncate", "false")
        .option("checkpointLocation", "q")
        .output_mode(mode)
        .start()
        .await
        .unwrap();
    query.process_all_available().await.unwrap();
    query
}

fn batches() -> Vec<Vec<String>> {
    vec![
        vec![click(0, 100), click(3, 50)],
        vec![click(12, 200), "not json".to_owned()],
        vec![click(2, 7), click(31, 300)],
        vec![click(1, 999), click(45, 1)],
        vec![click(80, 5)],
    ]
}

/// Runs all batches; with `restart`, the engine goes after each and `crash` changes what the last batch left.
async fn run(mode: OutputMode, crash: Option<Crash>) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let topics = Arc::new(MemoryTopics::default());
    topics.create("clicks", 1);
    let checkpoint = directory.path().join("checkpoints/q");
    let mut rig = Rig::at(directory.path(), Arc::clone(&topics));
    let mut query = start(&rig, mode).await;
    let mut heard = vec![rig.heard()];
    for batch in batches() {
        let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
        rig.push("clicks", &batch);
        query.process_all_available().await.unwrap();
        let mut shown = rig.heard();
        if let Some(crash) = crash {
            let last = query.last_progress().unwrap().batch_id;
            query.stop().await;
            crash(&checkpoint, last);
            let again = Rig::at(directory.path(), Arc::clone(&topics));
            query = start(&again, mode).await;
            let replayed = again.heard();
            // What is shown again must be what was shown before.
            assert!(shown.ends_with(&replayed), "shown:\n{shown}\nreplayed:\n{replayed}");
            shown.truncate(shown.len() - replayed.len());
            shown.push_str(&replayed);
            rig = again;
        }
        heard.push(shown);
    }
    query.stop().await;
    heard
}

#[tokio::test]
async fn same_result_at_every_crash_point() {
    let crashes: [(&str, Crash); 3] = [
        ("clean stop", |_, _| {}),
        ("sink done, commit missing", |checkpoint, batch| {
            std::fs::remove_file(checkpoint.join(format!("commits/{batch}"))).unwrap();
        }),
        ("offsets written, batch not run", |checkpoint, batch| {
            std::fs::remove_file(checkpoint.join(format!("commits/{batch}"))).unwrap();
            std::fs::remove_file(checkpoint.join(format!("state/0/0/{}.delta", batch + 1))).unwrap();
        }),
    ];
    for mode in [OutputMode::Append, OutputMode::Update, OutputMode::Complete] {
        let whole = run(mode, None).await;
        for (name, crash) in crashes {
            assert_eq!(run(mode, Some(crash)).await, whole, "{mode}: {name}");
        }
    }
}

#[tokio::test]
async fn the_checkpoint_is_sparks() {
    let directory = tempfile::tempdir().unwrap();
    let rig = Rig::at(directory.path(), Arc::default());
    rig.push("clicks", &[&click(0, 1)]);
    let query = start(&rig, OutputMode::Update).await;
    query.stop().await;
    let checkpoint = directory.path().join("checkpoints/q");
    let read = |name: &str| std::fs::read_to_string(checkpoint.join(name)).unwrap();
    let offsets = read("offsets/0");
    let stamp = offsets.split("\"batchTimestampMs\":").nth(1).unwrap().split(',').next().unwrap().to_owned();
    let shown = [
        read("metadata").replace(&query.id().to_string(), "ID"),
        read("sources/0/0"),
        offsets.replace(&stamp, "NOW"),
        read("commits/0"),
    ];
    expect![[r#"
        {"id":"ID"}
        --
        v1
        {"clicks":{"0":0}}
        --
        v1
        {"batchWatermarkMs":0,"batchTimestampMs":NOW,"conf":{"spark.sql.session.timeZone":"UTC","spark.sql.streaming.multipleWatermarkPolicy":"min"}}
        {"clicks":{"0":1}}
        --
        v1
        {"nextBatchWatermarkMs":1699999990000}"#]].assert_eq(&shown.join("\n--\n"));
    for damage in ["", "v2\n{}", "v1\nx"] {
        std::fs::write(checkpoint.join("offsets/1"), damage).unwrap();
        std::fs::write(checkpoint.join("offsets/0"), damage).unwrap();
        let rig = Rig::at(directory.path(), Arc::default());
        rig.push("clicks", &[]);
        let window = f("window", vec![col("ts"), lit("10 seconds")]);
        let query = clicks(&rig, "clicks")
            .group_by(vec![window])
            .agg(vec![f("count", vec![])])
            .unwrap()
            .write_stream("noop")
            .option("checkpointLocation", "q")
            .output_mode(OutputMode::Update)
            .start()
            .await
            .unwrap();
        let error = query.await_termination(None).await.unwrap_err();
        assert!(error.to_string().contains("is damaged"), "{error}");
    }
}
