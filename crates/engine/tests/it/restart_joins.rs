//! Joins of two streams that are stopped and started again from their checkpoint: what waits for its partner waits on.

use std::path::Path;
use std::sync::Arc;

use millstream_engine::{Options, OutputMode, Query, QuerySpec, SinkSpec, Trigger};

use crate::beside_spark::{RANGE, join, left, right};
use crate::feed::{Collected, Feed};
use crate::rig::Rig;

/// What a crash after batch `.1` leaves of the checkpoint `.0`.
type Crash = fn(&Path, u64);

/// The two streams of a run, which outlive its engines.
struct Run {
    root: tempfile::TempDir,
    feeds: [Feed; 2],
    collected: Arc<Collected>,
}

impl Run {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let feeds = ["l", "r"].map(|name| Feed::new(root.path(), name));
        Self { root, feeds, collected: Arc::default() }
    }

    /// A new engine goes on where the one before was.
    async fn start(&self, kind: &str) -> (Rig, Arc<Query>) {
        let rig = Rig::at(self.root.path(), Arc::default());
        let [l, r] = &self.feeds;
        let l = l.stream(&rig.session, "a INT, ts TIMESTAMP").with_watermark("ts", "10 seconds").unwrap();
        let r = r.stream(&rig.session, "b INT, tr TIMESTAMP").with_watermark("tr", "20 seconds").unwrap();
        let spec = QuerySpec {
            plan: join(&rig, &l, &r, RANGE, kind).plan().clone(),
            name: None,
            sink: SinkSpec::Custom(Arc::clone(&self.collected) as _),
            output_mode: OutputMode::Append,
            trigger: Trigger::Default,
            partition_by: Vec::new(),
            options: [("checkpointLocation", "join")].into_iter().collect::<Options>(),
        };
        let query = rig.session.start(spec).await.unwrap();
        query.process_all_available().await.unwrap();
        (rig, query)
    }
}

/// Pairs that come in either order, partners on both sides of a restart, rows without one, rows too late.
fn steps() -> Vec<[Vec<String>; 2]> {
    vec![
        [vec![left(1, 0), left(2, 5)], vec![right(1, 3)]],
        [vec![], vec![right(2, 6), right(9, 7)]],
        [vec![left(1, 30), left(9, 8)], vec![right(1, 31)]],
        [vec![left(3, 100)], vec![right(4, 100)]],
        [vec![left(1, 1), left(5, 101)], vec![right(1, 2), right(5, 101)]],
        [vec![left(7, 300)], vec![right(7, 301)]],
    ]
}

/// All rows; with `crash`, the engine goes after each step.
async fn run(kind: &str, crash: Option<Crash>) -> Vec<String> {
    let run = Run::new();
    let (mut rig, mut query) = run.start(kind).await;
    for step in steps() {
        for (feed, lines) in run.feeds.iter().zip(step) {
            if !lines.is_empty() {
                feed.push(&lines);
            }
        }
        query.process_all_available().await.unwrap();
        if let Some(crash) = crash {
            let last = query.last_progress().unwrap().batch_id;
            query.stop().await;
            drop(rig);
            crash(&run.root.path().join("checkpoints/join"), last);
            (rig, query) = run.start(kind).await;
        }
    }
    query.stop().await;
    drop(rig);
    run.collected.all()
}

#[tokio::test]
async fn what_waits_for_a_partner_waits_over_a_restart() {
    for kind in ["inner", "leftOuter", "fullOuter", "leftSemi"] {
        let rows = run(kind, None).await;
        assert!(rows.len() > 3, "{kind}: {rows:?}");
        let crashes: [(&str, Crash); 2] = [
            ("clean stop", |_, _| {}),
            ("sink done, commit missing", |checkpoint, batch| {
                std::fs::remove_file(checkpoint.join(format!("commits/{batch}"))).unwrap();
            }),
        ];
        for (name, crash) in crashes {
            assert_eq!(run(kind, Some(crash)).await, rows, "{kind}: {name}");
        }
    }
}
