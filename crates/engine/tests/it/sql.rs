//! SQL over tables, views and streams, with Spark's functions, casts and column names.

use datafusion::prelude::col;
use expect_test::expect;
use millstream_engine::builder::Frame;
use millstream_engine::{OutputMode, Trigger};

use crate::rig::{Rig, click, clicks, topic};

#[tokio::test]
async fn spark_functions_and_names() {
    let rig = Rig::new();
    let queries = [
        "select cast(1700000000 as timestamp) t, minute(cast(1700000000 as timestamp)), cast('x' as int)",
        "select split('a b', ' ') as parts, size(split('a b', ' ')), 1/2, 5 % 3, upper('x')",
        "select explode(split('a b c', ' ')) as word",
        "select from_json('{\"a\":5}', 'a INT') as a, regexp_extract('x=12', '=(\\\\d+)', 1) r",
        "select word, count(*) from (select explode(split('a b a', ' ')) as word) group by word order by word",
        "select \"double\" as `back quoted`, 'a\\\\b' = \"a\\\\b\" as same, 5 == 5 as five",
        "select cast(cast('ü' as binary) as string), Length('abc') as n",
    ];
    let mut shown = String::new();
    for text in queries {
        let table = match rig.session.sql(text).await {
            Ok(plan) => rig.session.show(plan, 20, 0, false).await.unwrap_or_else(|error| error.to_string()),
            Err(error) => error.to_string(),
        };
        shown.push_str(&format!("{text}\n{table}\n"));
    }
    expect![[r#"
        select cast(1700000000 as timestamp) t, minute(cast(1700000000 as timestamp)), cast('x' as int)
        +-------------------+-------------------------------------+--------------+
        |t                  |minute(CAST(1700000000 AS TIMESTAMP))|CAST(x AS INT)|
        +-------------------+-------------------------------------+--------------+
        |2023-11-14 22:13:20|13                                   |NULL          |
        +-------------------+-------------------------------------+--------------+

        select split('a b', ' ') as parts, size(split('a b', ' ')), 1/2, 5 % 3, upper('x')
        +------+-----------------------+-------+-------+--------+
        |parts |size(split(a b,  , -1))|(1 / 2)|(5 % 3)|upper(x)|
        +------+-----------------------+-------+-------+--------+
        |[a, b]|2                      |0.5    |2      |X       |
        +------+-----------------------+-------+-------+--------+

        select explode(split('a b c', ' ')) as word
        +----+
        |word|
        +----+
        |a   |
        |b   |
        |c   |
        +----+

        select from_json('{"a":5}', 'a INT') as a, regexp_extract('x=12', '=(\\d+)', 1) r
        +---+---+
        |a  |r  |
        +---+---+
        |{5}|12 |
        +---+---+

        select word, count(*) from (select explode(split('a b a', ' ')) as word) group by word order by word
        +----+--------+
        |word|count(1)|
        +----+--------+
        |a   |2       |
        |b   |1       |
        +----+--------+

        select "double" as `back quoted`, 'a\\b' = "a\\b" as same, 5 == 5 as five
        +-----------+----+----+
        |back quoted|same|five|
        +-----------+----+----+
        |double     |true|true|
        +-----------+----+----+

        select cast(cast('ü' as binary) as string), Length('abc') as n
        +---------------------------------+---+
        |CAST(CAST(ü AS BINARY) AS STRING)|n  |
        +---------------------------------+---+
        |ü                                |3  |
        +---------------------------------+---+

    "#]]
    .assert_eq(&shown);
}

#[tokio::test]
async fn a_view_over_a_stream_is_a_stream() {
    let rig = Rig::new();
    rig.push("clicks", &[&click(0, 1), &click(7, 2), &click(12, 4)]);
    let stream = clicks(&rig, "clicks").plan().clone();
    rig.session.create_temp_view("clicks", stream, true).unwrap();
    assert!(rig.session.sql("select * from clicks").await.is_ok());
    let plan = rig
        .session
        .sql("select window(ts, '10 seconds', '5 seconds') w, sum(Impressions) total from clicks group by window(ts, '10 seconds', '5 seconds')")
        .await
        .unwrap();
    let query = Frame::new(&rig.session, plan)
        .write_stream("console")
        .option("truncate", "false")
        .output_mode(OutputMode::Complete)
        .trigger(Trigger::Once)
        .start()
        .await
        .unwrap();
    query.await_termination(None).await.unwrap();
    expect![[r#"
        -------------------------------------------
        Batch: 0
        -------------------------------------------
        +------------------------------------------+-----+
        |w                                         |total|
        +------------------------------------------+-----+
        |{2023-11-14 22:13:20, 2023-11-14 22:13:30}|3    |
        |{2023-11-14 22:13:15, 2023-11-14 22:13:25}|1    |
        |{2023-11-14 22:13:25, 2023-11-14 22:13:35}|6    |
        |{2023-11-14 22:13:30, 2023-11-14 22:13:40}|4    |
        +------------------------------------------+-----+

    "#]]
    .assert_eq(&rig.heard());
}

#[tokio::test]
async fn select_expr_on_a_topic() {
    let rig = Rig::new();
    rig.push("in", &["7", "x"]);
    let frame = topic(&rig, "in");
    let parse = |text: &str| rig.session.parse_expr(text, frame.plan()).unwrap();
    let exprs =
        vec![parse("CAST(key AS STRING)"), parse("CAST(value AS INT) as n"), parse("Value"), col("OFFSET")];
    let query = frame.select(exprs).unwrap().write_stream("console").trigger(Trigger::AvailableNow);
    query.start().await.unwrap().await_termination(None).await.unwrap();
    expect![[r#"
        -------------------------------------------
        Batch: 0
        -------------------------------------------
        +----+----+-----+------+
        | key|   n|value|offset|
        +----+----+-----+------+
        |NULL|   7|    7|     0|
        |NULL|NULL|    x|     1|
        +----+----+-----+------+

    "#]]
    .assert_eq(&rig.heard());
}
