# pip: pyspark-client==4.2.0 pandas==2.3.3 kafka-python==2.0.2
"""What a student gets wrong, and the sentence that helps; in the order of everyday's mistakes.

What a command of Kafka's says about a wrong port is in 04_older_books.py, what DStreams say in 10_dstreams.py.

    python 14_mistakes.py BINARY
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import venv
import warnings

warnings.simplefilter("ignore")
from course import BINARY, PATIENCE, Server, check, end, equal, run, until  # noqa: E402
from pyspark.errors import (  # noqa: E402
    AnalysisException,
    IllegalArgumentException,
    PySparkException,
    PythonException,
    StreamingQueryException,
)
from pyspark.sql import SparkSession  # noqa: E402
from pyspark.sql import functions as F  # noqa: E402

HERE = os.path.abspath(os.curdir)
ENVIRONMENT = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYTHONWARNINGS": "ignore"}


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def refused(kind, *texts):
    """A context that wants this exception, with all of these in its text."""
    class Refused:
        def __enter__(self):
            return self

        def __exit__(self, found, error, _):
            if found is None:
                raise AssertionError("nothing was raised")
            if not issubclass(found, kind):
                return False
            self.error, said = error, str(error)
            missing = [text for text in texts if text not in said]
            if missing:
                raise AssertionError(f"{missing} not in {said}") from error
            return True
    return Refused()


def submit(program, *words, code=1, remote=None, python=sys.executable):
    """What `millstream submit` prints for a program, stdout and stderr."""
    pathlib.Path("program.py").write_text(program)
    flags = ["--remote", remote] if remote else []
    environment = {**ENVIRONMENT, "PYSPARK_PYTHON": str(python)}
    done = subprocess.run([BINARY, "submit", *flags, "program.py", *map(str, words)], capture_output=True, text=True,
                          timeout=PATIENCE, env=environment)
    equal(done.returncode, code)
    return done.stdout + done.stderr


def has(said, *texts):
    missing = [text for text in texts if text not in said]
    if missing:
        raise AssertionError(f"{missing} not in {said}")


def is_gone(pid):
    """Whether a process has ended; one that nobody waits for stays as a name."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


SESSION = "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n"

with check("server not running: what starts one"):
    port = closed_port()
    has(submit(SESSION, remote=f"sc://127.0.0.1:{port}"),
        f"no server answers at 127.0.0.1:{port}: Connection refused", "`millstream start` starts one")
    sql = subprocess.run([BINARY, "spark-sql", "--remote", f"sc://127.0.0.1:{port}", "-e", "SELECT 1"],
                         capture_output=True, text=True, timeout=PATIENCE)
    has(sql.stderr, f"no server answers at 127.0.0.1:{port}: Connection refused")

with Server(python=sys.executable) as server:
    spark = SparkSession.builder.remote(server.remote).getOrCreate()
    rate = spark.readStream.format("rate").option("rowsPerSecond", 20).load()

    def kafka(topic, at=server.kafka, **options):
        reader = spark.readStream.format("kafka").option("kafka.bootstrap.servers", at).option("subscribe", topic)
        return reader.options(**options).load()

    def begin(frame, mode="append", form="noop", **options):
        return frame.writeStream.format(form).outputMode(mode).options(**options).start()

    def fails(frame, *arguments, **options):
        query = begin(frame, *arguments, **options)
        if not query.awaitTermination(60):
            query.stop()
            raise AssertionError("the query ran")

    with check("Python without PySpark: how to install it"):
        venv.create("bare", with_pip=False, symlinks=True)
        has(submit(SESSION, python=os.path.abspath("bare/bin/python"), remote=server.remote),
            "PySpark is not installed in this Python", "-m pip install pyspark-client")

    with check("the wrong door: Kafka's and the page's ports are not Spark's"):
        for address in (server.kafka, server.console):
            has(submit(SESSION, remote=f"sc://{address}"), f"{address} is no Spark Connect server")

    with check("wrong port, and a host that is not there: the query says what it looked for"):
        port = closed_port()
        with refused(StreamingQueryException, f"cannot connect to 127.0.0.1:{port}", "Connection refused",
                     f"This server's own is at {server.kafka}"):
            fails(kafka("clicks", at=f"127.0.0.1:{port}"))
        with refused(StreamingQueryException, "cannot connect to no-such-host:9092"):
            fails(kafka("clicks", at="no-such-host:9092"))

    with check("localhost:2181: ZooKeeper is gone"):
        with refused(StreamingQueryException, "port 2181 was ZooKeeper's", "localhost:9092"):
            fails(kafka("clicks", at="localhost:2181"))

    with check("a topic misspelt: the name that was meant"):
        run(BINARY, "topic", "create", "clickstream", "--bootstrap-server", server.kafka)
        with refused(StreamingQueryException, "there is no topic 'clickstraem': did you mean 'clickstream'?"):
            fails(kafka("clickstraem"))
        with refused(StreamingQueryException, "there is no topic 'weather'", "kafka-topics --list"):
            fails(kafka("weather"))

    with check("port 9999 without nc: what to start"):
        port = closed_port()
        lines = spark.readStream.format("socket").option("host", "localhost").option("port", port).load()
        with refused(StreamingQueryException, "Connection refused", f"nc -lk {port}"):
            fails(lines)

    with check("a serializer that does not fit: text, numbers and structs are not bytes"):
        from kafka import KafkaConsumer, KafkaProducer
        producer = KafkaProducer(bootstrap_servers=server.kafka)
        with refused(AssertionError):
            producer.send("clickstream", "text without a serializer")
        producer.send("clickstream", b"not json")
        producer.flush()
        consumer = KafkaConsumer("clickstream", bootstrap_servers=server.kafka, auto_offset_reset="earliest",
                                 value_deserializer=json.loads, consumer_timeout_ms=20000)
        with refused(json.JSONDecodeError, "Expecting value"):
            next(iter(consumer))
        consumer.close()
        with refused(AnalysisException, "value attribute unsupported type bigint. value must be a(n) string or binary",
                     "to_json(struct(*))"):
            begin(rate, form="kafka", **{"kafka.bootstrap.servers": server.kafka, "topic": "clickstream"})
        with refused(IllegalArgumentException, "Kafka option 'value.deserializer' is not supported."):
            kafka("clickstream", **{"kafka.value.deserializer": "org.apache.kafka.StringDeserializer"}).schema

    with check("JSON that does not parse: nulls, the text in _corrupt_record, or an error, as the mode says"):
        texts = spark.createDataFrame([("{bad",), ('{"a": 1}',)], "value string")
        equal([row.p for row in texts.select(F.from_json("value", "a int").a.alias("p")).collect()], [None, 1])
        pathlib.Path("lines.json").write_text('{"a": 1}\nnot json\n')
        path = os.path.abspath("lines.json")
        rows = spark.read.json(path).collect()
        equal([row.asDict() for row in rows], [{"_corrupt_record": None, "a": 1}, {"_corrupt_record": "not json", "a": None}])
        equal(spark.read.option("mode", "DROPMALFORMED").json(path).collect(), [(1,)])
        with refused(PySparkException, "MALFORMED_RECORD_IN_PARSING", "not json", "Parse Mode: FAILFAST"):
            spark.read.option("mode", "FAILFAST").schema("a int").json(path).collect()
        with refused(PySparkException, "MALFORMED_RECORD_IN_PARSING", "Parse Mode: FAILFAST"):
            texts.select(F.from_json("value", "a int", {"mode": "FAILFAST"})).collect()

    with check("append mode without a watermark: Spark's error class"):
        with refused(AnalysisException, "This output mode is not supported for streaming aggregations without watermark "
                     "on streaming DataFrames/DataSets. SQLSTATE: 42KDE") as outcome:
            begin(rate.groupBy("value").count())
        equal(outcome.error.getCondition(), "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION")

    with check("a watermark on a column that is no time"):
        with refused(AnalysisException, '[EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE] The event time `t` has the invalid type '
                     '"STRING", but expected "TIMESTAMP". SQLSTATE: 42K09'):
            rate.select(F.col("value").cast("string").alias("t")).withWatermark("t", "10 seconds").schema

    with check("a column that does not exist: those that do"):
        for action in (lambda: rate.select("valeu").schema, lambda: rate.filter("valeu > 1").schema,
                       lambda: rate.groupBy("valeu").count().schema, lambda: rate.select(rate.valeu).schema,
                       lambda: rate.withWatermark("valeu", "1 second").schema):
            with refused(AnalysisException, "with name `valeu` cannot be resolved. Did you mean one of the following? "
                         "[`value`, `timestamp`]. SQLSTATE: 42703") as outcome:
                action()
            equal(outcome.error.getCondition(), "UNRESOLVED_COLUMN.WITH_SUGGESTION")

    with check("two columns of one name: allowed until one is referred to"):
        frame = spark.createDataFrame([(1, "a"), (2, "b")], "x int, y string")
        equal(frame.select("x", "y", "x").columns, ["x", "y", "x"])
        equal(frame.select("x", "x").select("x").collect(), [(1,), (2,)])
        equal(frame.select("x", "x").filter("x > 1").collect(), [(2, 2)])
        equal(frame.groupBy("y").agg(F.sum("x"), F.sum("x")).orderBy("y").collect(), [("a", 1, 1), ("b", 2, 2)])
        equal(frame.select("x", "x", "y").drop("x").columns, ["y"])
        equal(frame.toDF("z", "z").columns, ["z", "z"])
        equal(list(frame.select("x", "x").toPandas().columns), ["x", "x"])
        joined = frame.alias("a").join(frame.alias("b"), F.col("a.x") == F.col("b.x"))
        equal(joined.columns, ["x", "y", "x", "y"])
        equal(joined.select("a.x", "b.x").count(), 2)
        same = "[AMBIGUOUS_REFERENCE] Reference `x` is ambiguous, could be: [`x`, `x`]. SQLSTATE: 42704"
        for text, action in [
            (same, lambda: frame.select("x", F.col("y").alias("x")).select("x").schema),
            (same, lambda: frame.select("x", F.col("y").alias("x")).orderBy("x").schema),
            (same.replace("[`x`, `x`]", "[`a`.`x`, `b`.`x`]"), lambda: joined.select("x").schema),
        ]:
            with refused(AnalysisException, text) as outcome:
                action()
            equal(outcome.error.getCondition(), "AMBIGUOUS_REFERENCE")

    with check("a path that does not exist, read and streamed"):
        with refused(AnalysisException, "[PATH_NOT_FOUND] Path does not exist: file:/nowhere/logs.json. SQLSTATE: 42K03"):
            spark.read.json("/nowhere/logs.json").count()
        with refused(AnalysisException, "[PATH_NOT_FOUND] Path does not exist: /nowhere/logs. SQLSTATE: 42K03"):
            spark.readStream.schema("a int").json("/nowhere/logs").schema

    counts = rate.groupBy((F.col("value") % 2).alias("odd")).count()
    place = {"checkpointLocation": f"{HERE}/checkpoint"}

    with check("two queries with one checkpoint: the second takes it over, or is refused if the session says so"):
        first = begin(counts, "complete", **place)
        second = begin(counts, "complete", **place)
        equal((first.id == second.id, first.isActive, first.exception(), second.isActive), (True, False, None, True))
        spark.conf.set("spark.sql.streaming.stopActiveRunOnRestart", "false")
        with refused(PySparkException, "as another query with same id is already active", "stopActiveRunOnRestart"):
            begin(counts, "complete", **place)
        spark.conf.unset("spark.sql.streaming.stopActiveRunOnRestart")
        until(lambda: second.lastProgress, PATIENCE, "the second query goes on")
        second.stop()

    with check("the checkpoint of another query: what differs, and the way out"):
        os.makedirs("in", exist_ok=True)
        files = spark.readStream.schema("value bigint").json(f"{HERE}/in")
        odd = (F.col("value") % 2).alias("odd")
        cases = [
            (rate.dropDuplicates(["value"]), "append", ["STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA",
                                                        "OperatorName: stateStoreSave", "OperatorName: dedupe"]),
            (rate.groupBy(odd.cast("string")).count(), "complete", ["STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE"]),
            (rate.groupBy(odd).agg(F.count("*"), F.avg("value")), "complete", ["STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE"]),
            (files.groupBy(odd).count(), "complete", ["The checkpoint is that of another query", "no offset of a file"]),
            (kafka("clickstream").groupBy("value").count(), "complete",
             ["The checkpoint is that of another query", "is no offset of a Kafka source"]),
            (rate.union(rate).groupBy(odd).count(), "complete", ["There are [1] sources in the checkpoint offsets and now "
                                                                 "there are [2] sources requested by the query"]),
        ]
        for frame, mode, texts in cases:
            with refused(StreamingQueryException, *texts):
                fails(frame, mode, **place)
        own = begin(counts, "complete", **place)
        until(lambda: own.lastProgress, PATIENCE, "the query whose checkpoint it is goes on")
        own.stop()

    with check("a lambda that raises: the user's own traceback, and nothing else's"):
        frame = spark.createDataFrame([(1,), (0,)], "x int")
        with refused(PythonException, "An exception was thrown from the Python worker.", "14_mistakes.py",
                     "lambda x: 1 // x", "ZeroDivisionError") as outcome:
            frame.select(F.udf(lambda x: 1 // x, "int")("x")).collect()
        equal('File "<string>"' in str(outcome.error), False)

        def mine(batch, number):
            raise ValueError(f"batch {number} is not for me")

        with refused(StreamingQueryException, "FOREACH_BATCH_USER_FUNCTION_ERROR", "in mine",
                     "ValueError: batch 0 is not for me"):
            query = rate.writeStream.foreachBatch(mine).start()
            query.awaitTermination(60)
        with refused(StreamingQueryException, "FOREACH_USER_FUNCTION_ERROR", "lambda row: 1 / 0", "ZeroDivisionError"):
            query = rate.writeStream.foreach(lambda row: 1 / 0).start()
            query.awaitTermination(60)
        has(submit("from pyspark import SparkContext\nsc = SparkContext()\n"
                   "sc.parallelize([1, 0]).map(lambda x: 1 // x).collect()\n", remote=server.remote),
            'program.py", line 3, in <lambda>', "ZeroDivisionError")

    with check("a terminal that is closed hard (SIGKILL): the program ends with its submit"):
        pathlib.Path("program.py").write_text("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n")
        process = subprocess.Popen([BINARY, "submit", "--remote", server.remote, "program.py"], text=True,
                                   stdout=subprocess.PIPE, env=ENVIRONMENT)
        pid = int(process.stdout.readline())
        equal(is_gone(pid), False)
        process.kill()
        process.wait()
        until(lambda: is_gone(pid), PATIENCE, "the program ends")

    with check("options of Spark's that are not done are named, unknown ones are ignored as in Spark"):
        equal(spark.read.option("noSuchOption", "1").schema("a int").json(path).count(), 2)
        with refused(PySparkException, "the option primitivesAsString=true of json files is not supported"):
            spark.read.option("primitivesAsString", "true").json(path).schema
        with refused(IllegalArgumentException, "Archive mode must be used with 'sourceArchiveDir' option."):
            spark.readStream.schema("a int").option("cleanSource", "archive").json(f"{HERE}/in").schema
    spark.stop()
end()
