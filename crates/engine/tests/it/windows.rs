//! Windows of event time: what each output mode shows batch by batch, as Apache Spark 4.3 recorded it.

use datafusion::prelude::{col, lit};
use expect_test::{Expect, expect};
use millstream_engine::OutputMode;
use millstream_engine::builder::Frame;

use crate::rig::{Rig, click, clicks, f};

fn totals(frame: Frame, slide: Option<&str>) -> Frame {
    let mut args = vec![col("ts"), lit("10 seconds")];
    args.extend(slide.map(lit));
    frame
        .with_watermark("ts", "10 seconds")
        .unwrap()
        .group_by(vec![f("window", args)])
        .agg(vec![f("sum", vec![col("Impressions")]).alias("total")])
        .unwrap()
}

/// The rows of each batch without frame and dashes; one line a batch.
fn rows(console: &str) -> String {
    let mut lines = Vec::new();
    for batch in console.split("Batch: ").skip(1) {
        let number = batch.split('\n').next().unwrap_or_default();
        let mut rows: Vec<String> = batch
            .lines()
            .filter(|line| line.starts_with('|'))
            .skip(1)
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>().join(" "))
            .collect();
        rows.sort();
        lines.push(format!("{number}: {}", rows.join("; ")));
    }
    lines.join("\n")
}

async fn recorded(mode: OutputMode, slide: Option<&str>, expected: Expect) {
    let rig = Rig::new();
    rig.push("clicks", &[]);
    let query = totals(clicks(&rig, "clicks"), slide)
        .write_stream("console")
        .option("truncate", "false")
        .output_mode(mode)
        .start()
        .await
        .unwrap();
    query.process_all_available().await.unwrap();
    let batches = [
        vec![click(0, 100), click(3, 50), click(9, 10)],
        vec![click(12, 200)],
        vec![click(2, 7), click(31, 300)],
        vec![click(1, 999), click(45, 1)],
    ];
    for batch in batches {
        let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
        rig.push("clicks", &batch);
        query.process_all_available().await.unwrap();
    }
    let mut shown = rows(&rig.heard());
    for progress in query.recent_progress() {
        let state = &progress.state_operators[0];
        shown.push_str(&format!(
            "\n{} in {} wm {} rows {} updated {} removed {} late {}",
            progress.batch_id,
            progress.num_input_rows,
            progress.event_time.get("watermark").map_or("", |wm| &wm[11..19]),
            state.num_rows_total,
            state.num_rows_updated,
            state.num_rows_removed,
            state.num_rows_dropped_by_watermark,
        ));
    }
    if mode == OutputMode::Update {
        let cells = query.snapshot().unwrap().cells("UTC");
        shown.push_str(&format!(
            "\nsnapshot {}",
            cells.iter().map(|row| row.join(" ")).collect::<Vec<_>>().join("; ")
        ));
    }
    expected.assert_eq(&shown);
    query.stop().await;
}

#[tokio::test]
async fn append() {
    recorded(
        OutputMode::Append,
        None,
        expect![[r#"
        0: 
        1: 
        2: 
        3: 
        4: 
        5: 
        6: {2023-11-14 22:13:20, 2023-11-14 22:13:30} 167; {2023-11-14 22:13:30, 2023-11-14 22:13:40} 200
        7: 
        8: 
        0 in 0 wm 00:00:00 rows 0 updated 0 removed 0 late 0
        1 in 3 wm 00:00:00 rows 1 updated 1 removed 0 late 0
        2 in 0 wm 22:13:19 rows 1 updated 0 removed 0 late 0
        3 in 1 wm 22:13:19 rows 2 updated 1 removed 0 late 0
        4 in 0 wm 22:13:22 rows 2 updated 0 removed 0 late 0
        5 in 2 wm 22:13:22 rows 3 updated 2 removed 0 late 0
        6 in 0 wm 22:13:41 rows 1 updated 0 removed 2 late 0
        7 in 2 wm 22:13:41 rows 2 updated 1 removed 0 late 1
        8 in 0 wm 22:13:55 rows 2 updated 0 removed 0 late 0"#]],
    )
    .await;
}

#[tokio::test]
async fn update() {
    recorded(
        OutputMode::Update,
        None,
        expect![[r#"
            0: 
            1: {2023-11-14 22:13:20, 2023-11-14 22:13:30} 160
            2: 
            3: {2023-11-14 22:13:30, 2023-11-14 22:13:40} 200
            4: 
            5: {2023-11-14 22:13:20, 2023-11-14 22:13:30} 167; {2023-11-14 22:13:50, 2023-11-14 22:14:00} 300
            6: 
            7: {2023-11-14 22:14:00, 2023-11-14 22:14:10} 1
            8: 
            0 in 0 wm 00:00:00 rows 0 updated 0 removed 0 late 0
            1 in 3 wm 00:00:00 rows 1 updated 1 removed 0 late 0
            2 in 0 wm 22:13:19 rows 1 updated 0 removed 0 late 0
            3 in 1 wm 22:13:19 rows 2 updated 1 removed 0 late 0
            4 in 0 wm 22:13:22 rows 2 updated 0 removed 0 late 0
            5 in 2 wm 22:13:22 rows 3 updated 2 removed 0 late 0
            6 in 0 wm 22:13:41 rows 1 updated 0 removed 2 late 0
            7 in 2 wm 22:13:41 rows 2 updated 1 removed 0 late 1
            8 in 0 wm 22:13:55 rows 2 updated 0 removed 0 late 0
            snapshot {2023-11-14 22:13:20, 2023-11-14 22:13:30} 167; {2023-11-14 22:13:30, 2023-11-14 22:13:40} 200; {2023-11-14 22:13:50, 2023-11-14 22:14:00} 300; {2023-11-14 22:14:00, 2023-11-14 22:14:10} 1"#]],
    )
    .await;
}

#[tokio::test]
async fn complete() {
    recorded(OutputMode::Complete, None, expect![[r#"
        0: 
        1: {2023-11-14 22:13:20, 2023-11-14 22:13:30} 160
        2: {2023-11-14 22:13:20, 2023-11-14 22:13:30} 160; {2023-11-14 22:13:30, 2023-11-14 22:13:40} 200
        3: {2023-11-14 22:13:20, 2023-11-14 22:13:30} 167; {2023-11-14 22:13:30, 2023-11-14 22:13:40} 200; {2023-11-14 22:13:50, 2023-11-14 22:14:00} 300
        4: {2023-11-14 22:13:20, 2023-11-14 22:13:30} 1166; {2023-11-14 22:13:30, 2023-11-14 22:13:40} 200; {2023-11-14 22:13:50, 2023-11-14 22:14:00} 300; {2023-11-14 22:14:00, 2023-11-14 22:14:10} 1
        0 in 0 wm 00:00:00 rows 0 updated 0 removed 0 late 0
        1 in 3 wm 00:00:00 rows 1 updated 1 removed 0 late 0
        2 in 1 wm 22:13:19 rows 2 updated 1 removed 0 late 0
        3 in 2 wm 22:13:22 rows 3 updated 2 removed 0 late 0
        4 in 2 wm 22:13:41 rows 4 updated 2 removed 0 late 0"#]]).await;
}

#[tokio::test]
async fn sliding_append() {
    recorded(OutputMode::Append, Some("5 seconds"), expect![[r#"
        0: 
        1: 
        2: 
        3: 
        4: 
        5: 
        6: {2023-11-14 22:13:15, 2023-11-14 22:13:25} 157; {2023-11-14 22:13:20, 2023-11-14 22:13:30} 167; {2023-11-14 22:13:25, 2023-11-14 22:13:35} 210; {2023-11-14 22:13:30, 2023-11-14 22:13:40} 200
        7: 
        8: {2023-11-14 22:13:45, 2023-11-14 22:13:55} 300
        0 in 0 wm 00:00:00 rows 0 updated 0 removed 0 late 0
        1 in 3 wm 00:00:00 rows 3 updated 3 removed 0 late 0
        2 in 0 wm 22:13:19 rows 3 updated 0 removed 0 late 0
        3 in 1 wm 22:13:19 rows 4 updated 2 removed 0 late 0
        4 in 0 wm 22:13:22 rows 4 updated 0 removed 0 late 0
        5 in 2 wm 22:13:22 rows 6 updated 4 removed 0 late 0
        6 in 0 wm 22:13:41 rows 2 updated 0 removed 4 late 0
        7 in 2 wm 22:13:41 rows 4 updated 2 removed 0 late 2
        8 in 0 wm 22:13:55 rows 3 updated 0 removed 1 late 0"#]]).await;
}

#[tokio::test]
async fn drop_duplicates_forgets_behind_the_watermark() {
    let rig = Rig::new();
    rig.push("clicks", &[&click(0, 1), &click(0, 1), &click(5, 2)]);
    let frame = clicks(&rig, "clicks").with_watermark("ts", "10 seconds").unwrap();
    let query = frame.drop_duplicates(&["ts"]).unwrap().write_stream("console").start().await.unwrap();
    query.process_all_available().await.unwrap();
    for batch in [click(0, 9), click(60, 1), click(0, 7), click(60, 2)] {
        rig.push("clicks", &[&batch]);
        query.process_all_available().await.unwrap();
    }
    expect![[r#"
        0: 0 1 2023-11-14 22:13:20; 0 2 2023-11-14 22:13:25
        1: 
        2: 
        3: 0 1 2023-11-14 22:14:20
        4: 
        5: 
        6: "#]]
    .assert_eq(&rows(&rig.heard()));
    query.stop().await;
}
