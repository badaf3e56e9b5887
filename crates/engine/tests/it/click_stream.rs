//! The demo's two queries over lines of a web server's log, from topic to topic and console.

use arrow::datatypes::DataType;
use datafusion::prelude::{col, lit};
use expect_test::expect;
use millstream_engine::OutputMode;
use millstream_engine::builder::Frame;
use millstream_engine::functions::{cast, time_window};

use crate::rig::{Rig, f, topic};

const LINES: [&str; 5] = [
    r#"83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /a.png HTTP/1.1" 200 203023 "-" "Mozilla/5.0""#,
    r#"83.149.9.216 - - [17/May/2015:10:05:43 +0000] "GET /b.html HTTP/1.1" 404 - "-" "-""#,
    r#"24.236.252.67 - - [17/May/2015:11:05:12 +0000] "POST /a.png HTTP/1.0" 200 3638 "-" "-""#,
    "not a line of a log",
    r#"24.236.252.67 - - [17/May/2015:13:05:12 +0000] "GET /a.png HTTP/1.0" 200 1 "-" "-""#,
];

const PATTERN: &str = r#"^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-)"#;

fn hits(rig: &Rig) -> Frame {
    let part = |group: i32| f("regexp_extract", vec![col("value"), lit(PATTERN), lit(group)]);
    topic(rig, "clickstream")
        .select(vec![
            f("to_timestamp", vec![part(2), lit("dd/MMM/yyyy:HH:mm:ss Z")]).alias("time"),
            part(4).alias("page"),
            cast(part(5), DataType::Int32).alias("status"),
            cast(part(6), DataType::Int64).alias("bytes"),
        ])
        .unwrap()
        .filter(col("time").is_not_null())
        .unwrap()
        .with_watermark("time", "10 minutes")
        .unwrap()
}

#[tokio::test]
async fn hits_and_bytes_by_status() {
    let rig = Rig::new();
    rig.push("clickstream", &LINES);
    let query = hits(&rig)
        .group_by(vec![time_window(col("time"), "1 hour", None, None).unwrap(), col("status")])
        .agg(vec![f("count", vec![]).alias("hits"), f("sum", vec![col("bytes")]).alias("bytes")])
        .unwrap()
        .select(vec![col("window.start"), col("status"), col("hits"), col("bytes")])
        .unwrap()
        .write_stream("console")
        .output_mode(OutputMode::Update)
        .start()
        .await
        .unwrap();
    query.process_all_available().await.unwrap();
    rig.push("clickstream", &LINES[3..]);
    query.process_all_available().await.unwrap();
    expect![[r#"
        -------------------------------------------
        Batch: 0
        -------------------------------------------
        +-------------------+------+----+------+
        |              start|status|hits| bytes|
        +-------------------+------+----+------+
        |2015-05-17 10:00:00|   200|   1|203023|
        |2015-05-17 10:00:00|   404|   1|  NULL|
        |2015-05-17 11:00:00|   200|   1|  3638|
        |2015-05-17 13:00:00|   200|   1|     1|
        +-------------------+------+----+------+

        -------------------------------------------
        Batch: 1
        -------------------------------------------
        +-----+------+----+-----+
        |start|status|hits|bytes|
        +-----+------+----+-----+
        +-----+------+----+-----+

        -------------------------------------------
        Batch: 2
        -------------------------------------------
        +-------------------+------+----+-----+
        |              start|status|hits|bytes|
        +-------------------+------+----+-----+
        |2015-05-17 13:00:00|   200|   2|    2|
        +-------------------+------+----+-----+

    "#]]
    .assert_eq(&rig.heard());
    expect![[r#"[["2015-05-17 10:00:00", "200", "1", "203023"], ["2015-05-17 10:00:00", "404", "1", "NULL"], ["2015-05-17 11:00:00", "200", "1", "3638"], ["2015-05-17 13:00:00", "200", "2", "2"]]"#]].assert_eq(&format!("{:?}", query.snapshot().unwrap().cells("UTC")));
    query.stop().await;
}

#[tokio::test]
async fn top_pages_in_sliding_windows() {
    let rig = Rig::new();
    rig.push("clickstream", &LINES);
    let query = hits(&rig)
        .group_by(vec![f("window", vec![col("time"), lit("6 hours"), lit("1 hour")]), col("page")])
        .agg(vec![f("count", vec![]).alias("hits")])
        .unwrap()
        .filter(col("window.start").eq(f("to_timestamp", vec![lit("2015-05-17 10:00:00")])))
        .unwrap()
        .select(vec![
            f("to_json", vec![f("struct", vec![col("window.start"), col("page"), col("hits")])])
                .alias("value"),
        ])
        .unwrap()
        .write_stream("console")
        .option("truncate", "false")
        .output_mode(OutputMode::Complete)
        .start()
        .await
        .unwrap();
    query.process_all_available().await.unwrap();
    expect![[r#"
        -------------------------------------------
        Batch: 0
        -------------------------------------------
        +--------------------------------------------------------------+
        |value                                                         |
        +--------------------------------------------------------------+
        |{"start":"2015-05-17T10:00:00.000Z","page":"/a.png","hits":3} |
        |{"start":"2015-05-17T10:00:00.000Z","page":"/b.html","hits":1}|
        +--------------------------------------------------------------+

    "#]]
    .assert_eq(&rig.heard());
    query.stop().await;
}
