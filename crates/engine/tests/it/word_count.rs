//! `structured_network_wordcount.py`, written with the builder: the same tables as Apache Spark's, batch by batch.

use expect_test::expect;
use millstream_engine::OutputMode;
use millstream_engine::builder::{Frame, Reader};
use millstream_engine::functions::call;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use datafusion::prelude::{col, lit};

use crate::rig::{Rig, topic};

fn word_count(lines: Frame) -> Frame {
    let words = call("split", vec![col("value"), lit(" ")], false).unwrap();
    let words = call("explode", vec![words], false).unwrap();
    lines
        .select(vec![words.alias("word")])
        .unwrap()
        .group_by(vec![col("word")])
        .agg(vec![call("count", vec![], false).unwrap().alias("count")])
        .unwrap()
}

#[tokio::test]
async fn socket_to_console_in_complete_mode() {
    let rig = Rig::new();
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    let lines = Reader::new(&rig.session, "socket")
        .option("host", "localhost")
        .option("port", port.to_string())
        .load()
        .unwrap();
    let query = word_count(lines)
        .write_stream("console")
        .output_mode(OutputMode::Complete)
        .query_name("wc")
        .start()
        .await
        .unwrap();
    let (mut client, _) = server.accept().await.unwrap();
    query.process_all_available().await.unwrap();
    expect![[r#"
        -------------------------------------------
        Batch: 0
        -------------------------------------------
        +----+-----+
        |word|count|
        +----+-----+
        +----+-----+

    "#]]
    .assert_eq(&rig.heard());

    let mut shown = String::new();
    for (batch, text) in ["hello world hello\n", "to be or not to be\n", "hello spark\n"].iter().enumerate() {
        client.write_all(text.as_bytes()).await.unwrap();
        while query.last_progress().is_none_or(|progress| progress.batch_id != batch as u64 + 1) {
            tokio::task::yield_now().await;
        }
        shown = rig.heard();
    }
    expect![[r#"
        -------------------------------------------
        Batch: 3
        -------------------------------------------
        +-----+-----+
        | word|count|
        +-----+-----+
        |hello|    3|
        |world|    1|
        |   to|    2|
        |   be|    2|
        |   or|    1|
        |  not|    1|
        |spark|    1|
        +-----+-----+

    "#]]
    .assert_eq(&shown);

    let progress = query.last_progress().unwrap();
    assert_eq!(progress.sources[0].start_offset.as_deref(), Some("1"));
    assert_eq!(progress.sources[0].end_offset.as_deref(), Some("2"));
    assert_eq!(progress.state_operators[0].num_rows_total, 7);
    assert_eq!(progress.state_operators[0].num_rows_updated, 2);
    query.stop().await;
    assert_eq!(query.status().message, "Stopped");
    assert!(!query.is_active());
}

#[tokio::test]
async fn explain_shows_where_the_state_is() {
    let rig = Rig::new();
    rig.push("lines", &["a b a"]);
    let query = word_count(topic(&rig, "lines"))
        .write_stream("noop")
        .output_mode(OutputMode::Update)
        .start()
        .await
        .unwrap();
    query.process_all_available().await.unwrap();
    expect![[r#"
        == Physical Plan ==
        WriteToDataSourceV2 MicroBatchWrite[epoch: 0, writer: org.apache.spark.sql.execution.datasources.noop.NoopTable$]
        +- ProjectionExec: expr=[word@0 as word, __aggregate_0@1 as count]
           +- AggregateExec: mode=Final, gby=[word@0 as word], aggr=[count(1) as __aggregate_0]
              +- StateStoreSave [word], Update
                 +- AggregateExec: mode=PartialReduce, gby=[word@0 as word], aggr=[count(1) as __aggregate_0]
                    +- StateStoreRestore [word]
                       +- AggregateExec: mode=Partial, gby=[word@0 as word], aggr=[count(1) as __aggregate_0]
                          +- ProjectionExec: expr=[__exploded@0 as word]
                             +- UnnestExec
                                +- ProjectionExec: expr=[split(spark_cast(value@0),  , -1) as __exploded]
                                   +- MicroBatchScan[value] kafka
    "#]].assert_eq(&query.explain(false));
    query.stop().await;
}
