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
    expect![[r#"
        == Parsed Logical Plan ==
        Projection: get_field(window, Utf8("start")) AS start, status, hits, bytes
          Projection: __group_0 AS window, status AS status, __aggregate_0 AS hits, __aggregate_1 AS bytes
            Aggregate: groupBy=[[__group_0, status]], aggr=[[count(Int64(1)) AS __aggregate_0, sum(bytes) AS __aggregate_1]]
              Projection: time, page, status, bytes, window(time) AS __group_0
                Filter: time IS NOT NULL
                  EventTimeWatermark time, 600000 ms
                    Filter: time IS NOT NULL
                      Projection: to_timestamp(regexp_extract(value, Utf8("^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-)"), CAST(Int32(2) AS Int32)), Utf8("dd/MMM/yyyy:HH:mm:ss Z")) AS time, regexp_extract(value, Utf8("^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-)"), CAST(Int32(4) AS Int32)) AS page, spark_cast(regexp_extract(value, Utf8("^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-)"), CAST(Int32(5) AS Int32))) AS status, spark_cast(regexp_extract(value, Utf8("^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-)"), CAST(Int32(6) AS Int32))) AS bytes
                        Projection: kafka.key, spark_cast(kafka.value) AS value, kafka.topic, kafka.partition, kafka.offset, kafka.timestamp, kafka.timestampType
                          TableScan: kafka

        == Analyzed Logical Plan ==
        Projection: get_field(window, Utf8("start")) AS start, status, hits, bytes
          Projection: __group_0 AS window, status AS status, __aggregate_0 AS hits, __aggregate_1 AS bytes
            Aggregate: groupBy=[[__group_0, status]], aggr=[[count(Int64(1)) AS __aggregate_0, sum(bytes) AS __aggregate_1]]
              Projection: time, page, status, bytes, window(time) AS __group_0
                Filter: time IS NOT NULL
                  EventTimeWatermark time, 600000 ms
                    Filter: time IS NOT NULL
                      Projection: to_timestamp(regexp_extract(value, Utf8("^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-)"), CAST(Int32(2) AS Int32)), Utf8("dd/MMM/yyyy:HH:mm:ss Z")) AS time, regexp_extract(value, Utf8("^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-)"), CAST(Int32(4) AS Int32)) AS page, spark_cast(regexp_extract(value, Utf8("^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-)"), CAST(Int32(5) AS Int32))) AS status, spark_cast(regexp_extract(value, Utf8("^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-)"), CAST(Int32(6) AS Int32))) AS bytes
                        Projection: kafka.key, spark_cast(kafka.value) AS value, kafka.topic, kafka.partition, kafka.offset, kafka.timestamp, kafka.timestampType
                          TableScan: kafka

        == Optimized Logical Plan ==
        Projection: get_field(__group_0, Utf8("start")) AS start, status, __aggregate_0 AS hits, __aggregate_1 AS bytes
          Aggregate: groupBy=[[__group_0, status]], aggr=[[count(Int64(1)) AS __aggregate_0, sum(bytes) AS __aggregate_1]]
            Projection: status, bytes, window(time) AS __group_0
              Filter: time IS NOT NULL
                EventTimeWatermark time, 600000 ms
                  Projection: to_timestamp(regexp_extract(value, Utf8("^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-)"), Int32(2)), Utf8("dd/MMM/yyyy:HH:mm:ss Z")) AS time, spark_cast(regexp_extract(value, Utf8("^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-)"), Int32(5))) AS status, spark_cast(regexp_extract(value, Utf8("^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-)"), Int32(6))) AS bytes
                    Projection: spark_cast(kafka.value) AS value
                      Filter: to_timestamp(regexp_extract(spark_cast(kafka.value), Utf8("^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-)"), Int32(2)), Utf8("dd/MMM/yyyy:HH:mm:ss Z")) IS NOT NULL
                        TableScan: kafka projection=[value]

        == Physical Plan ==
        WriteToDataSourceV2 MicroBatchWrite[epoch: 2, writer: org.apache.spark.sql.execution.streaming.ConsoleTable$]
        +- ProjectionExec: expr=[get_field(__group_0@0, start) as start, status@1 as status, __aggregate_0@2 as hits, __aggregate_1@3 as bytes]
           +- AggregateExec: mode=Final, gby=[__group_0@0 as __group_0, status@1 as status], aggr=[count(1) as __aggregate_0, sum(bytes) as __aggregate_1]
              +- StateStoreSave [__group_0, status], Update
                 +- AggregateExec: mode=PartialReduce, gby=[__group_0@0 as __group_0, status@1 as status], aggr=[count(1) as __aggregate_0, sum(bytes) as __aggregate_1]
                    +- StateStoreRestore [__group_0, status]
                       +- AggregateExec: mode=Partial, gby=[__group_0@2 as __group_0, status@0 as status], aggr=[count(1) as __aggregate_0, sum(bytes) as __aggregate_1]
                          +- ProjectionExec: expr=[status@1 as status, bytes@2 as bytes, window(time@0) as __group_0]
                             +- FilterExec: time@0 IS NOT NULL
                                +- EventTimeWatermark time, 600000 ms
                                   +- ProjectionExec: expr=[to_timestamp(regexp_extract(value@0, ^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-), 2), dd/MMM/yyyy:HH:mm:ss Z) as time, spark_cast(regexp_extract(value@0, ^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-), 5)) as status, spark_cast(regexp_extract(value@0, ^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-), 6)) as bytes]
                                      +- ProjectionExec: expr=[spark_cast(value@0) as value]
                                         +- FilterExec: to_timestamp(regexp_extract(spark_cast(value@0), ^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-), 2), dd/MMM/yyyy:HH:mm:ss Z) IS NOT NULL
                                            +- MicroBatchScan[value] kafka
    "#]].assert_eq(&query.explain(true));
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
