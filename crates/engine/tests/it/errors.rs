//! What Spark refuses, with its words.

use datafusion::prelude::{col, lit};
use expect_test::expect;
use millstream_engine::builder::Reader;
use millstream_engine::{EngineError, OutputMode};

use crate::rig::{Rig, f, topic};

#[tokio::test]
async fn plans_and_options() {
    let rig = Rig::new();
    rig.push("t", &["x"]);
    let mut errors: Vec<(&str, EngineError)> = Vec::new();
    let stream = || topic(&rig, "t");
    let counted = || stream().group_by(vec![col("value")]).agg(vec![f("count", vec![])]).unwrap();
    let start = |frame: millstream_engine::builder::Frame, sink: &str, mode| {
        frame.write_stream(sink).output_mode(mode).start()
    };
    errors.push(("append_agg", start(counted(), "console", OutputMode::Append).await.unwrap_err()));
    errors.push(("complete_no_agg", start(stream(), "console", OutputMode::Complete).await.unwrap_err()));
    errors.push(("memory_no_name", start(stream(), "memory", OutputMode::Append).await.unwrap_err()));
    errors.push(("sink", start(stream(), "nope", OutputMode::Append).await.unwrap_err()));
    let plan = stream().plan().clone();
    errors.push(("show_stream", rig.session.show(plan, 20, 20, false).await.unwrap_err()));
    errors.push(("bad_column", stream().select(vec![col("nope")]).unwrap_err()));
    errors.push(("bad_sql", rig.session.sql("selec 1").await.unwrap_err()));
    errors.push(("no_table", rig.session.sql("select * from nope").await.unwrap_err()));
    errors
        .push(("no_function", millstream_engine::functions::call("nope", vec![lit(1)], false).unwrap_err()));
    let bad_mark = stream().with_watermark("value", "1 second").unwrap_err();
    errors.push(("watermark_type", bad_mark));
    errors.push(("delay", stream().with_watermark("timestamp", "soon").unwrap_err()));
    let read = |format: &str, options: &[(&str, &str)]| {
        let reader = Reader::new(&rig.session, format);
        options.iter().fold(reader, |reader, (name, value)| reader.option(name, *value)).load().unwrap_err()
    };
    errors.push(("socket_no_host", read("socket", &[])));
    errors.push(("no_bootstrap", read("kafka", &[("subscribe", "t")])));
    errors.push(("no_subscribe", read("kafka", &[("kafka.bootstrap.servers", "x")])));
    errors.push((
        "ending",
        read("kafka", &[("kafka.bootstrap.servers", "x"), ("subscribe", "t"), ("endingOffsets", "latest")]),
    ));
    errors.push(("format", read("nope", &[])));
    let texts: Vec<_> =
        errors.iter().map(|(name, error)| format!("{name}: {} {error}", error.exception_class())).collect();
    expect![[r#"
        append_agg: org.apache.spark.sql.AnalysisException [STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION] Invalid streaming output mode: append. This output mode is not supported for streaming aggregations without watermark on streaming DataFrames/DataSets. SQLSTATE: 42KDE
        complete_no_agg: org.apache.spark.sql.AnalysisException [STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION] Invalid streaming output mode: complete. This output mode is not supported for no streaming aggregations on streaming DataFrames/DataSets. SQLSTATE: 42KDE
        memory_no_name: org.apache.spark.sql.AnalysisException queryName must be specified for memory sink.
        sink: org.apache.spark.sql.AnalysisException [DATA_SOURCE_NOT_FOUND] Failed to find the data source: nope. Make sure the provider name is correct and the package is properly registered and compatible with your Spark version. SQLSTATE: 42K02
        show_stream: org.apache.spark.sql.AnalysisException Queries with streaming sources must be executed with writeStream.start(), or from a streaming table or flow definition within a Spark Declarative Pipeline.;
        kafka
        bad_column: org.apache.spark.sql.AnalysisException [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name `nope` cannot be resolved. Did you mean one of the following? [`topic`, `key`, `value`, `offset`, `timestamp`]. SQLSTATE: 42703
        bad_sql: org.apache.spark.sql.catalyst.parser.ParseException 
        [PARSE_SYNTAX_ERROR] Syntax error at or near 'selec'. SQLSTATE: 42601 (line 1, pos 0)

        == SQL ==
        selec 1
        ^^^

        no_table: org.apache.spark.sql.AnalysisException [TABLE_OR_VIEW_NOT_FOUND] The table or view `nope` cannot be found. Verify the spelling and correctness of the schema and catalog.
        If you did not qualify the name with a schema, verify the current_schema() output, or qualify the name with the correct schema and catalog.
        To tolerate the error on drop use DROP VIEW IF EXISTS or DROP TABLE IF EXISTS. SQLSTATE: 42P01
        no_function: org.apache.spark.sql.AnalysisException [UNRESOLVED_ROUTINE] Cannot resolve routine `nope` on search path [`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]. SQLSTATE: 42883
        watermark_type: org.apache.spark.sql.AnalysisException [EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE] The event time `value` has the invalid type "STRING", but expected "TIMESTAMP". SQLSTATE: 42K09
        delay: org.apache.spark.sql.AnalysisException [CANNOT_PARSE_INTERVAL] Unable to parse 'soon'. Please ensure that the value provided is in a valid format for defining an interval. SQLSTATE: 22006
        socket_no_host: org.apache.spark.sql.AnalysisException Set a host to read from with option("host", ...).
        no_bootstrap: java.lang.IllegalArgumentException Option 'kafka.bootstrap.servers' must be specified for configuring Kafka consumer
        no_subscribe: java.lang.IllegalArgumentException One of the following options must be specified for Kafka source: subscribe, subscribepattern, assign. See the docs for more details.
        ending: java.lang.IllegalArgumentException ending offset not valid in streaming queries
        format: org.apache.spark.sql.AnalysisException [DATA_SOURCE_NOT_FOUND] Failed to find the data source: nope. Make sure the provider name is correct and the package is properly registered and compatible with your Spark version. SQLSTATE: 42K02"#]].assert_eq(&texts.join("\n"));
}

#[tokio::test]
async fn failures_while_running() {
    let rig = Rig::new();
    let missing = topic(&rig, "missing").write_stream("console").start().await.unwrap();
    missing.await_termination(None).await.unwrap_err();
    let nobody =
        Reader::new(&rig.session, "socket").option("host", "127.0.0.1").option("port", "1").load().unwrap();
    let nobody = nobody.write_stream("console").start().await.unwrap();
    nobody.await_termination(None).await.unwrap_err();
    let message = |query: &millstream_engine::Query| {
        let text = query.exception_message().unwrap();
        text.replace(&query.id().to_string(), "ID").replace(&query.run_id().to_string(), "RUN")
    };
    expect![[r#"
        [STREAM_FAILED] Query [id = ID, runId = RUN] terminated with exception: This server does not host this topic-partition: missing SQLSTATE: XXKST
        [STREAM_FAILED] Query [id = ID, runId = RUN] terminated with exception: Connection refused (no server at 127.0.0.1:1; start one first, for instance with: nc -lk 1) SQLSTATE: XXKST"#]].assert_eq(&format!("{}\n{}", message(&missing), message(&nobody)));
    assert!(!nobody.is_active());
    assert!(nobody.process_all_available().await.is_err());
}
