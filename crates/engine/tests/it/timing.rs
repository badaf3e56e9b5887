//! Not a test of a result: prints how long the parts of a first table take. `cargo test -- --ignored timing --nocapture`.

use std::time::Instant;

use datafusion::prelude::{col, lit};
use millstream_engine::OutputMode;

use crate::rig::{Rig, click, clicks, f};

#[tokio::test]
#[ignore = "for measuring"]
async fn timing_first_table() {
    let began = Instant::now();
    let rig = Rig::new();
    println!("engine and session {:?}", began.elapsed());
    for _ in 0..1000 {
        rig.push("clicks", &[&click(0, 100)]);
    }
    for round in 0..3 {
        let began = Instant::now();
        let window = f("window", vec![col("ts"), lit("1 hour")]);
        let frame = clicks(&rig, "clicks")
            .with_watermark("ts", "10 seconds")
            .unwrap()
            .group_by(vec![window, col("Clicks")])
            .agg(vec![f("sum", vec![col("Impressions")]).alias("total")])
            .unwrap();
        println!("{round}: plan built {:?}", began.elapsed());
        let query = frame.write_stream("console").output_mode(OutputMode::Update).start().await.unwrap();
        println!("{round}: started {:?}", began.elapsed());
        query.process_all_available().await.unwrap();
        println!(
            "{round}: first table {:?} {:?}",
            began.elapsed(),
            query.last_progress().unwrap().duration_ms
        );
        for _ in 0..20 {
            rig.push("clicks", &[&click(0, 100)]);
            query.process_all_available().await.unwrap();
        }
        println!("{round}: 20 more {:?} {:?}", began.elapsed(), query.last_progress().unwrap().duration_ms);
        query.stop().await;
    }
    let began = Instant::now();
    rig.session.sql("select 1").await.unwrap();
    println!("first sql {:?}", began.elapsed());
}
