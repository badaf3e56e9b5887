"""What goes wrong, by PySpark's Connect client: the class and the text that Apache Spark gives.

    python errors.py sc://HOST:PORT
"""

import pathlib
import socket
import sys
import warnings

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parent.parent / "kafka"), str(HERE.parent)]
from checks import check, end, equal, fresh
from feed import Feed
from pyspark.errors import (
    AnalysisException,
    IllegalArgumentException,
    ParseException,
    PySparkException,
    StreamingQueryException,
)
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.remote(sys.argv[1]).appName("errors").getOrCreate()
feed = Feed()
lines = spark.readStream.format("socket").option("host", "127.0.0.1").option("port", feed.port).load()
counts = lines.groupBy("value").count()
MUST_START = "Queries with streaming sources must be executed with writeStream.start()"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def start(frame, mode="append", form="console"):
    return lambda: frame.writeStream.outputMode(mode).format(form).start().stop()


# What is done, the exception, and how its text begins or what it holds.
CASES = [
    ("append without a watermark", start(counts), AnalysisException,
     "[STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION] Invalid streaming output mode: append. This output mode is not "
     "supported for streaming aggregations without watermark on streaming DataFrames/DataSets. SQLSTATE: 42KDE"),
    ("complete without an aggregation", start(lines, "complete"), AnalysisException,
     "[STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION] Invalid streaming output mode: complete. This output mode is not "
     "supported for no streaming aggregations on streaming DataFrames/DataSets. SQLSTATE: 42KDE"),
    ("a memory sink without a name", start(lines, form="memory"), AnalysisException,
     "queryName must be specified for memory sink."),
    ("show() on a stream", lines.show, AnalysisException, MUST_START),
    ("collect() on a stream", lines.collect, AnalysisException, MUST_START),
    ("count() on a stream", lines.count, AnalysisException, MUST_START),
    ("sorting a stream", start(lines.sort("value")), AnalysisException,
     "Sorting is not supported on streaming DataFrames/Datasets, unless it is on aggregated DataFrame/Dataset in "
     "Complete output mode"),
    ("a column that is not there", start(lines.select("nope")), AnalysisException,
     "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name `nope` cannot be "
     "resolved. Did you mean one of the following? [`value`]. SQLSTATE: 42703"),
    ("a table that is not there", lambda: spark.sql("select * from nope").show(), AnalysisException,
     "[TABLE_OR_VIEW_NOT_FOUND] The table or view `nope` cannot be found. Verify the spelling and correctness of the "
     "schema and catalog."),
    ("SQL that is none", lambda: spark.sql("selec 1"), ParseException, "[PARSE_SYNTAX_ERROR] Syntax error at or near"),
    ("a function that is not there", lambda: lines.select(F.call_function("no_such_function", "value")).schema,
     AnalysisException, "[UNRESOLVED_ROUTINE] Cannot resolve routine `no_such_function` on search path"),
    ("a format that is not there", lambda: spark.readStream.format("nosuch").load().schema, AnalysisException,
     "[DATA_SOURCE_NOT_FOUND] Failed to find the data source: nosuch."),
    ("a socket source without a host", lambda: spark.readStream.format("socket").load().schema, AnalysisException,
     'Set a host to read from with option("host", ...).'),
    ("a config that is not there", lambda: spark.conf.get("no.such.config"), PySparkException,
     '[SQL_CONF_NOT_FOUND] The SQL config "no.such.config" cannot be found.'),
    ("something that is not done is named", lambda: lines.select(F.struct("value").withField("x", F.lit(1))).schema,
     PySparkException, "[UNSUPPORTED_FEATURE] The feature is not supported: Column.withField"),
    ("a wrong trigger", lambda: start(lines.withColumn("x", F.lit(1)))() or
     lines.writeStream.trigger(processingTime="soon").format("console").start(), IllegalArgumentException, "soon"),
]

for name, action, kind, text in CASES:
    with check(name):
        try:
            action()
        except kind as error:
            if text not in str(error):
                raise AssertionError(str(error)) from error
        else:
            raise AssertionError("nothing was raised")

with check("a socket source whose server is not there fails its query, and only that"):
    gone = spark.readStream.format("socket").option("host", "127.0.0.1").option("port", free_port()).load()
    query = gone.writeStream.format("console").start()
    try:
        query.awaitTermination()
    except StreamingQueryException as error:
        if "Connection refused" not in str(error) or not str(error).startswith("[STREAM_FAILED] Query [id = "):
            raise AssertionError(str(error)) from error
    else:
        raise AssertionError("nothing was raised")
    equal(query.isActive, False)
    if query.exception() is None or "Connection refused" not in str(query.exception()):
        raise AssertionError(query.exception())

with check("two queries of one name"):
    name = fresh("twice").replace("-", "_")
    first = lines.writeStream.format("memory").queryName(name).start()
    try:
        lines.writeStream.format("memory").queryName(name).start()
    except IllegalArgumentException as error:
        if f"Cannot start query with name {name}" not in str(error):
            raise AssertionError(str(error)) from error
    else:
        raise AssertionError("nothing was raised")
    finally:
        first.stop()

with check("the server serves on"):
    equal(spark.range(3).count(), 3)
feed.close()
spark.stop()
end()
