//! Files: read and written in batches, as a stream's source and as its sink, each row once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef};
use expect_test::expect;
use millstream_engine::builder::Frame;
use millstream_engine::files::{SaveMode, WriteSpec};
use millstream_engine::functions::ddl;
use millstream_engine::{EngineError, Options, OutputMode, QuerySpec, Session, SinkSpec, Trigger};

use crate::feed::{Collected, Feed};
use crate::rig::Rig;

fn schema(text: &str) -> SchemaRef {
    match ddl::parse(text).unwrap() {
        DataType::Struct(fields) => Arc::new(Schema::new(fields)),
        other => panic!("{other}"),
    }
}

async fn table(
    session: &Session,
    format: &str,
    path: &Path,
    options: &[(&str, &str)],
    given: Option<&str>,
) -> Result<String, EngineError> {
    let options: Options = options.iter().copied().collect();
    let paths = [path.to_string_lossy().into_owned()];
    let plan = session.read(format, &paths, &options, given.map(schema)).await?;
    let fields = plan.schema().fields().iter().map(|f| format!("{} {}", f.name(), f.data_type()));
    let fields = fields.collect::<Vec<_>>().join(", ");
    Ok(format!("{fields}\n{}", session.show(plan, 20, 0, false).await?))
}

/// A file below a directory.
fn put(root: &Path, name: &str, text: &str) -> PathBuf {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}

fn joined<const N: usize>(texts: [Result<String, EngineError>; N]) -> String {
    texts.map(|text| text.unwrap()).join("\n")
}

#[tokio::test]
async fn csv_and_text_are_read() {
    let (rig, root) = (Rig::new(), tempfile::tempdir().unwrap());
    let csv = put(root.path(), "a.csv", "id;name;at\n1;\"x;y\";2024-01-01 10:00:00\n;z;\nbad;q\n");
    let with = [("header", "true"), ("sep", ";")];
    let inferred = [("header", "true"), ("sep", ";"), ("inferSchema", "true")];
    let strict = [("sep", ";"), ("header", "true"), ("mode", "DROPMALFORMED")];
    let texts = [
        table(&rig.session, "csv", &csv, &inferred, None).await,
        table(&rig.session, "csv", &csv, &with, Some("id INT, name STRING")).await,
        table(&rig.session, "csv", &csv, &strict, Some("id INT, name STRING, at TIMESTAMP")).await,
        table(&rig.session, "text", &csv, &[], None).await,
    ];
    expect![[r#"
        id Utf8, name Utf8, at Timestamp(µs, "UTC")
        +----+----+-------------------+
        |id  |name|at                 |
        +----+----+-------------------+
        |1   |x;y |2024-01-01 10:00:00|
        |NULL|z   |NULL               |
        |bad |q   |NULL               |
        +----+----+-------------------+

        id Int32, name Utf8
        +----+----+
        |id  |name|
        +----+----+
        |1   |x;y |
        |NULL|z   |
        |NULL|q   |
        +----+----+

        id Int32, name Utf8, at Timestamp(µs, "UTC")
        +----+----+-------------------+
        |id  |name|at                 |
        +----+----+-------------------+
        |1   |x;y |2024-01-01 10:00:00|
        |NULL|z   |NULL               |
        +----+----+-------------------+

        value Utf8
        +---------------------------+
        |value                      |
        +---------------------------+
        |id;name;at                 |
        |1;"x;y";2024-01-01 10:00:00|
        |;z;                        |
        |bad;q                      |
        +---------------------------+
    "#]]
    .assert_eq(&joined(texts));
}

#[tokio::test]
async fn json_is_read() {
    let (rig, root) = (Rig::new(), tempfile::tempdir().unwrap());
    let put = |name: &str, text: &str| put(root.path(), name, text);
    let json =
        put("a.json", "{\"b\":1,\"a\":\"x\",\"c\":[1,2]}\n\nnot json\n{\"b\":2.5,\"d\":{\"e\":true}}\n");
    let whole = put("w.json", "[{\"a\":1},\n {\"a\":2}]");
    put("days/day=2024-01-01/x.json", "{\"v\":1}\n");
    put("days/day=2024-01-02/k=a%20b/y.json", "{\"v\":2}\n");
    put("days/_ignored/z.json", "{\"v\":3}\n");
    let texts = [
        table(&rig.session, "json", &json, &[], None).await,
        table(&rig.session, "json", &whole, &[("multiLine", "true")], None).await,
        table(&rig.session, "json", &root.path().join("days"), &[], None).await,
    ];
    expect![[r#"
        _corrupt_record Utf8, a Utf8, b Float64, c List(Int64), d Struct("e": Boolean)
        +---------------+----+----+------+------+
        |_corrupt_record|a   |b   |c     |d     |
        +---------------+----+----+------+------+
        |NULL           |x   |1.0 |[1, 2]|NULL  |
        |not json       |NULL|NULL|NULL  |NULL  |
        |NULL           |NULL|2.5 |NULL  |{true}|
        +---------------+----+----+------+------+

        a Int64
        +---+
        |a  |
        +---+
        |1  |
        |2  |
        +---+

        v Int64, day Date32, k Utf8
        +---+----------+----+
        |v  |day       |k   |
        +---+----------+----+
        |1  |2024-01-01|NULL|
        |2  |2024-01-02|a b |
        +---+----------+----+
    "#]]
    .assert_eq(&joined(texts));
}

#[tokio::test]
async fn what_is_refused() {
    let (rig, root) = (Rig::new(), tempfile::tempdir().unwrap());
    std::fs::create_dir(root.path().join("empty")).unwrap();
    let stream = |options: &[(&str, &str)], given: Option<&str>| {
        let options: Options = options.iter().copied().collect();
        rig.session.read_stream("json", &options, given.map(schema)).unwrap_err()
    };
    let nowhere = Path::new("/nowhere/at/all");
    let empty = root.path().join("empty");
    let errors = [
        stream(&[("path", "/nowhere/at/all")], Some("a INT")),
        stream(&[("path", "/")], None),
        stream(&[], Some("a INT")),
        stream(&[("path", "/tmp"), ("maxFilesPerTrigger", "0")], Some("a INT")),
        table(&rig.session, "json", nowhere, &[], None).await.unwrap_err(),
        table(&rig.session, "csv", &empty, &[], None).await.unwrap_err(),
        table(&rig.session, "json", Path::new("s3://bucket/x"), &[], None).await.unwrap_err(),
        table(&rig.session, "csv", &empty, &[("encoding", "UTF-16")], None).await.unwrap_err(),
        table(&rig.session, "orc", &empty, &[], None).await.unwrap_err(),
    ];
    let shown: Vec<String> =
        errors.iter().map(|error| format!("{} {error}", error.exception_class())).collect();
    let shown = shown.join("\n").replace(&root.path().to_string_lossy().into_owned(), "ROOT");
    expect![[r#"
        org.apache.spark.sql.AnalysisException [PATH_NOT_FOUND] Path does not exist: /nowhere/at/all. SQLSTATE: 42K03
        java.lang.IllegalArgumentException Schema must be specified when creating a streaming source DataFrame. If some files already exist in the directory, then depending on the file format you may be able to create a static DataFrame on that directory with 'spark.read.load(directory)' and infer schema from it.
        java.lang.IllegalArgumentException 'path' is not specified.
        java.lang.IllegalArgumentException Invalid value '0' for option 'maxFilesPerTrigger': a whole number not below 1 is needed
        org.apache.spark.sql.AnalysisException [PATH_NOT_FOUND] Path does not exist: file:/nowhere/at/all. SQLSTATE: 42K03
        org.apache.spark.sql.AnalysisException [UNABLE_TO_INFER_SCHEMA] Unable to infer schema for CSV. It must be specified manually. SQLSTATE: 42KD9
        java.lang.UnsupportedOperationException No FileSystem for scheme "s3": files are read from this machine only
        java.lang.UnsupportedOperationException the option encoding=UTF-16 of csv files is not supported; leave it out
        org.apache.spark.sql.AnalysisException [DATA_SOURCE_NOT_FOUND] Failed to find the data source: orc. Make sure the provider name is correct and the package is properly registered and compatible with your Spark version. SQLSTATE: 42K02"#]].assert_eq(&shown);
}

/// The files of a directory with their content, names without the random part.
fn tree(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let below = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            let name = match below.split_once("part-00000-") {
                Some((before, after)) => format!("{before}part-{}", &after[37..]),
                None => below,
            };
            files.insert(name, String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned());
        }
    }
    files
}

#[tokio::test]
async fn what_is_written() {
    let (rig, root) = (Rig::new(), tempfile::tempdir().unwrap());
    let plan = rig
        .session
        .sql("select * from (values (1, 'a,b', null), (2, 'q\"x', 'y')) as t(i, s, n)")
        .await
        .unwrap();
    let spec = |format: &str, mode, partition_by: &[&str], options: &[(&str, &str)]| WriteSpec {
        format: format.to_owned(),
        path: root.path().join(format).to_string_lossy().into_owned(),
        mode,
        partition_by: partition_by.iter().map(|name| (*name).to_owned()).collect(),
        options: options.iter().copied().collect(),
    };
    let header = [("header", "true")];
    rig.session.write(plan.clone(), &spec("csv", SaveMode::ErrorIfExists, &[], &header)).await.unwrap();
    rig.session.write(plan.clone(), &spec("json", SaveMode::ErrorIfExists, &["i"], &[])).await.unwrap();
    rig.session.write(plan.clone(), &spec("parquet", SaveMode::Append, &[], &[])).await.unwrap();
    rig.session.write(plan.clone(), &spec("parquet", SaveMode::Append, &[], &[])).await.unwrap();
    let files = tree(&root.path().join("csv"));
    let more = tree(&root.path().join("json"));
    let shown: Vec<_> = files.iter().chain(&more).map(|(name, text)| format!("{name}: {text}")).collect();
    expect![[r#"
        _SUCCESS: 
        part-c000.csv: i,s,n
        1,"a,b",
        2,"q\"x",y

        _SUCCESS: 
        i=1/part-c000.json: {"s":"a,b"}

        i=2/part-c001.json: {"s":"q\"x","n":"y"}
    "#]]
    .assert_eq(&shown.join("\n"));

    let parquet = table(&rig.session, "parquet", &root.path().join("parquet"), &[], None).await.unwrap();
    expect![[r#"
        +---+---+----+
        |i  |s  |n   |
        +---+---+----+
        |1  |a,b|NULL|
        |2  |q"x|y   |
        |1  |a,b|NULL|
        |2  |q"x|y   |
        +---+---+----+
    "#]]
    .assert_eq(parquet.split_once('\n').unwrap().1);
    rig.session.write(plan.clone(), &spec("parquet", SaveMode::Overwrite, &[], &[])).await.unwrap();
    rig.session.write(plan.clone(), &spec("parquet", SaveMode::Ignore, &[], &[])).await.unwrap();
    let again = table(&rig.session, "parquet", &root.path().join("parquet"), &[], None).await.unwrap();
    assert_eq!(again.matches("a,b").count(), 1);
    let taken = rig.session.write(plan, &spec("csv", SaveMode::ErrorIfExists, &[], &[])).await.unwrap_err();
    assert!(taken.to_string().starts_with("[PATH_ALREADY_EXISTS] Path file:/"), "{taken}");
}

fn spec(frame: &Frame, sink: SinkSpec, trigger: Trigger, options: Options) -> QuerySpec {
    QuerySpec {
        plan: frame.plan().clone(),
        name: None,
        sink,
        output_mode: OutputMode::Append,
        trigger,
        partition_by: Vec::new(),
        options,
    }
}

#[tokio::test]
async fn a_source_takes_each_file_once() {
    let root = tempfile::tempdir().unwrap();
    let feed = Feed::new(root.path(), "in");
    let lines = |numbers: std::ops::Range<u32>| numbers.map(|n| format!("{{\"n\":{n}}}")).collect::<Vec<_>>();
    for step in 0..5 {
        feed.push(&lines(step * 2..step * 2 + 2));
    }
    let collected = Arc::new(Collected::default());
    let mut batches = Vec::new();
    for round in 0..2 {
        let rig = Rig::at(root.path(), Arc::default());
        let options: Options =
            [("path", feed.directory.to_string_lossy().into_owned()), ("maxFilesPerTrigger", "2".to_owned())]
                .into_iter()
                .collect();
        let plan = rig.session.read_stream("json", &options, Some(schema("n INT"))).unwrap();
        let options: Options = [("checkpointLocation", "once")].into_iter().collect();
        let sink = SinkSpec::Custom(Arc::clone(&collected) as _);
        let frame = Frame::new(&rig.session, plan);
        let query = rig.session.start(spec(&frame, sink, Trigger::AvailableNow, options)).await.unwrap();
        query.await_termination(None).await.unwrap();
        batches.extend(query.recent_progress().iter().map(|p| (p.batch_id, p.num_input_rows)));
        if round == 0 {
            feed.push(&lines(10..13));
        }
    }
    assert_eq!(batches, [(0, 4), (1, 4), (2, 2), (3, 3)]);
    let mut numbers: Vec<u32> = collected.all().iter().map(|row| row.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..13).collect::<Vec<_>>());
    let log = std::fs::read_to_string(root.path().join("checkpoints/once/sources/0/0")).unwrap();
    let log = log.replace(&root.path().to_string_lossy().into_owned(), "ROOT");
    expect![[r#"
        v1
        {"path":"file://ROOT/in/001.json","timestamp":1700000010000,"batchId":0}
        {"path":"file://ROOT/in/002.json","timestamp":1700000020000,"batchId":0}"#]]
    .assert_eq(&log);
}

#[tokio::test]
async fn files_that_are_done_go_where_they_are_told_to() {
    for mode in ["archive", "delete"] {
        let root = tempfile::tempdir().unwrap();
        let (feed, archive) = (Feed::new(root.path(), "in"), root.path().join("done"));
        let collected = Arc::new(Collected::default());
        for round in 0..3 {
            let rig = Rig::at(root.path(), Arc::default());
            feed.push(&[format!("{{\"n\":{round}}}")]);
            let options: Options = [
                ("path", feed.directory.to_string_lossy().into_owned()),
                ("cleanSource", mode.to_owned()),
                ("sourceArchiveDir", archive.to_string_lossy().into_owned()),
            ]
            .into_iter()
            .collect();
            let plan = rig.session.read_stream("json", &options, Some(schema("n INT"))).unwrap();
            let options: Options = [("checkpointLocation", "clean")].into_iter().collect();
            let sink = SinkSpec::Custom(Arc::clone(&collected) as _);
            let frame = Frame::new(&rig.session, plan);
            let query = rig.session.start(spec(&frame, sink, Trigger::Default, options)).await.unwrap();
            query.process_all_available().await.unwrap();
            // A batch is cleaned up after when the next one begins.
            feed.push(&[format!("{{\"n\":1{round}}}")]);
            query.process_all_available().await.unwrap();
            query.stop().await;
            assert!(!feed.directory.join(format!("{:03}.json", round * 2 + 1)).exists(), "{mode} {round}");
            let moved = archive.join(feed.directory.strip_prefix("/").unwrap());
            let kept = moved.join(format!("{:03}.json", round * 2 + 1)).exists();
            assert_eq!(kept, mode == "archive", "{mode} {round}");
        }
        assert_eq!(collected.all(), ["0", "1", "10", "11", "12", "2"]);
    }
}

#[tokio::test]
async fn a_sink_keeps_each_batch_once() {
    let root = tempfile::tempdir().unwrap();
    let (feed, out) = (Feed::new(root.path(), "in"), root.path().join("out"));
    for round in 0..3 {
        let rig = Rig::at(root.path(), Arc::default());
        feed.push(&[format!("{{\"k\":{round},\"n\":{round}}}")]);
        let frame = feed.stream(&rig.session, "k INT, n INT");
        let options: Options =
            [("checkpointLocation", "sink".to_owned()), ("path", out.to_string_lossy().into_owned())]
                .into_iter()
                .collect();
        let mut spec = spec(&frame, SinkSpec::Format("json".to_owned()), Trigger::AvailableNow, options);
        spec.partition_by = vec!["k".to_owned()];
        let query = rig.session.start(spec).await.unwrap();
        query.await_termination(None).await.unwrap();
        // The process dies before the commit is written: the batch comes again, and the sink knows it.
        std::fs::remove_file(root.path().join(format!("checkpoints/sink/commits/{round}"))).unwrap();
    }
    std::fs::write(out.join("k=0/left-over.json"), "{\"n\":99}\n").unwrap();
    let rig = Rig::new();
    let read = table(&rig.session, "json", &out, &[], Some("n INT")).await.unwrap();
    expect![[r#"
        n Int32, k Int32
        +---+---+
        |n  |k  |
        +---+---+
        |0  |0  |
        |1  |1  |
        |2  |2  |
        +---+---+
    "#]]
    .assert_eq(&read);
    assert!(out.join("_spark_metadata/2").exists());
}
