//! The memory and Kafka sinks, and what the page sees.

use arrow::datatypes::DataType;
use datafusion::prelude::{col, lit};
use expect_test::expect;
use millstream_engine::functions::cast;
use millstream_engine::topics::{Cluster, OffsetAt, Selection, TopicRows, TopicStore as _};
use millstream_engine::{OutputMode, Trigger};

use crate::rig::{Rig, click, clicks, f, topic};

#[tokio::test]
async fn memory_table_can_be_queried_while_it_grows() {
    let rig = Rig::new();
    rig.push("clicks", &[&click(0, 100), &click(3, 50), &click(61, 10)]);
    let query = clicks(&rig, "clicks")
        .group_by(vec![f("minute", vec![col("ts")]).alias("minute_bin")])
        .agg(vec![f("sum", vec![col("Impressions")]), f("count", vec![]), f("avg", vec![col("Clicks")])])
        .unwrap()
        .write_stream("memory")
        .query_name("bins")
        .output_mode(OutputMode::Complete)
        .start()
        .await
        .unwrap();
    query.process_all_available().await.unwrap();
    let plan = rig.session.sql("select * from bins order by minute_bin desc limit 10").await.unwrap();
    let table = rig.session.show(plan, 20, 20, false).await.unwrap();
    expect![[r#"
        +----------+----------------+--------+-----------+
        |minute_bin|sum(Impressions)|count(1)|avg(Clicks)|
        +----------+----------------+--------+-----------+
        |        14|              10|       1|        1.0|
        |        13|             150|       2|        7.5|
        +----------+----------------+--------+-----------+
    "#]]
    .assert_eq(&table);
    rig.push("clicks", &[&click(62, 1)]);
    query.process_all_available().await.unwrap();
    let plan = rig.session.table("bins").await.unwrap();
    let vertical = rig.session.show(plan, 1, 20, true).await.unwrap();
    expect![[r#"
        -RECORD 0---------------
         minute_bin       | 13  
         sum(Impressions) | 150 
         count(1)         | 2   
         avg(Clicks)      | 7.5 
        only showing top 1 row"#]]
    .assert_eq(&vertical);
    let snapshot = query.snapshot().unwrap();
    expect![[r#"["minute_bin", "sum(Impressions)", "count(1)", "avg(Clicks)"] [["13", "150", "2", "7.5"], ["14", "11", "2", "0.5"]]"#]].assert_eq(&format!("{:?} {:?}", snapshot.columns(), snapshot.cells("UTC")));
    query.stop().await;
}

#[tokio::test]
async fn kafka_sink_writes_keys_values_and_json() {
    let rig = Rig::new();
    rig.push("in", &["a", "b"]);
    let json = f("to_json", vec![f("struct", vec![col("value"), lit(1_i64).alias("n")])]);
    let query = topic(&rig, "in")
        .select(vec![col("value").alias("key"), json.alias("value")])
        .unwrap()
        .write_stream("kafka")
        .option("kafka.bootstrap.servers", "localhost:9092")
        .option("topic", "out")
        .trigger(Trigger::AvailableNow)
        .start()
        .await
        .unwrap();
    assert!(query.await_termination(None).await.unwrap());
    let cluster = Cluster { bootstrap: String::new(), properties: Default::default() };
    let partitions = rig.topics.partitions(&cluster, &Selection::Topics(vec!["out".into()])).await.unwrap();
    let end = rig.topics.offsets(&cluster, &partitions, OffsetAt::Latest).await.unwrap();
    let mut rows = TopicRows::new(partitions[0].clone(), false);
    rig.topics.read(&cluster, &partitions[0], 0, end[0], &mut rows).await.unwrap();
    let batch = rows.finish().unwrap();
    let cells: Vec<_> = [0, 1]
        .map(|column| millstream_engine::show::cells(&batch.columns()[column], "UTC").join(" "))
        .into_iter()
        .collect();
    expect![[r#"
        [61] [62]
        [7B 22 76 61 6C 75 65 22 3A 22 61 22 2C 22 6E 22 3A 31 7D] [7B 22 76 61 6C 75 65 22 3A 22 62 22 2C 22 6E 22 3A 31 7D]"#]].assert_eq(&cells.join("\n"));
}

#[tokio::test]
async fn limits_share_the_work_out_over_batches() {
    let rig = Rig::new();
    rig.push("in", &["1", "2", "3", "4", "5"]);
    let query = millstream_engine::builder::Reader::new(&rig.session, "kafka")
        .option("kafka.bootstrap.servers", "localhost:9092")
        .option("subscribe", "in")
        .option("startingOffsets", r#"{"in":{"0":1}}"#)
        .option("maxOffsetsPerTrigger", "3")
        .option("delimeter", "ignored, as Spark ignores it")
        .load()
        .unwrap()
        .select(vec![cast(col("value"), DataType::Utf8), col("topic"), col("offset")])
        .unwrap()
        .write_stream("console")
        .trigger(Trigger::AvailableNow)
        .start()
        .await
        .unwrap();
    query.await_termination(None).await.unwrap();
    expect![[r#"
        -------------------------------------------
        Batch: 0
        -------------------------------------------
        +-----+-----+------+
        |value|topic|offset|
        +-----+-----+------+
        |    2|   in|     1|
        |    3|   in|     2|
        |    4|   in|     3|
        +-----+-----+------+

        -------------------------------------------
        Batch: 1
        -------------------------------------------
        +-----+-----+------+
        |value|topic|offset|
        +-----+-----+------+
        |    5|   in|     4|
        +-----+-----+------+

    "#]]
    .assert_eq(&rig.heard());
    let mut json: serde_json::Value = serde_json::from_str(&query.last_progress().unwrap().json()).unwrap();
    for rate in ["inputRowsPerSecond", "processedRowsPerSecond"] {
        assert!(json["sources"][0].as_object_mut().unwrap().remove(rate).unwrap().is_f64());
    }
    expect![[r#"[{"description":"KafkaV2[Subscribe[in]]","endOffset":{"in":{"0":5}},"latestOffset":{"in":{"0":5}},"metrics":{"avgOffsetsBehindLatest":"0.0","maxOffsetsBehindLatest":"0","minOffsetsBehindLatest":"0"},"numInputRows":1,"startOffset":{"in":{"0":4}}}]"#]].assert_eq(&serde_json::to_string(&json["sources"]).unwrap());
    let keys: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
    expect!["batchDuration batchId durationMs eventTime id inputRowsPerSecond name numInputRows observedMetrics processedRowsPerSecond runId sink sources stateOperators timestamp"].assert_eq(&keys.join(" "));
}
