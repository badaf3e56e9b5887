//! `trigger(once=True)` and `trigger(availableNow=True)`: what is there is done, the query ends, the next run goes on.

use std::sync::Arc;

use datafusion::prelude::{col, lit};
use millstream_engine::builder::{Frame, Reader};
use millstream_engine::topics::MemoryTopics;
use millstream_engine::{Options, OutputMode, QuerySpec, SinkSpec, Trigger};

use crate::feed::Collected;
use crate::rig::{Rig, f};

fn counts(rig: &Rig) -> Frame {
    Reader::new(&rig.session, "kafka")
        .option("kafka.bootstrap.servers", "localhost:9092")
        .option("subscribe", "t")
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", "2")
        .load()
        .unwrap()
        .group_by(vec![col("topic")])
        .agg(vec![f("count", vec![lit(1)]).alias("n")])
        .unwrap()
}

/// Rows of each batch and the result, after three runs over five, three and no new values.
async fn three_runs(trigger: Trigger) -> Vec<(Vec<u64>, String)> {
    let directory = tempfile::tempdir().unwrap();
    let topics = Arc::new(MemoryTopics::default());
    let collected = Arc::new(Collected::default());
    let mut runs = Vec::new();
    for values in [vec!["1", "2", "3", "4", "5"], vec!["6", "7", "8"], vec![]] {
        let rig = Rig::at(directory.path(), Arc::clone(&topics));
        rig.push("t", &values);
        let spec = QuerySpec {
            plan: counts(&rig).plan().clone(),
            name: None,
            sink: SinkSpec::Custom(Arc::clone(&collected) as _),
            output_mode: OutputMode::Complete,
            trigger,
            partition_by: Vec::new(),
            options: [("checkpointLocation", "q")].into_iter().collect::<Options>(),
        };
        let query = rig.session.start(spec).await.unwrap();
        query.await_termination(None).await.unwrap();
        let done = query.recent_progress();
        let mut batches = done.iter().filter(|progress| progress.num_input_rows > 0);
        let rows = batches.clone().map(|progress| progress.num_input_rows).collect();
        let last = batches.next_back().map(|progress| collected.batch(progress.batch_id));
        runs.push((rows, last.unwrap_or_default()));
    }
    runs
}

#[tokio::test]
async fn once_takes_everything_in_one_batch() {
    let runs = three_runs(Trigger::Once).await;
    assert_eq!(runs, [(vec![5], "t 5".to_owned()), (vec![3], "t 8".to_owned()), (vec![], String::new())]);
}

#[tokio::test]
async fn available_now_keeps_to_the_limit() {
    let runs = three_runs(Trigger::AvailableNow).await;
    let expected =
        [(vec![2, 2, 1], "t 5".to_owned()), (vec![2, 1], "t 8".to_owned()), (vec![], String::new())];
    assert_eq!(runs, expected);
}
