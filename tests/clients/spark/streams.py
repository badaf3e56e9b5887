"""Streaming queries by PySpark's Connect client: what a course's programs do.

    python streams.py sc://HOST:PORT
"""

import json
import pathlib
import sys
import time
import warnings

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parent.parent / "kafka"), str(HERE.parent)]
from checks import check, end, equal, fresh, until
from feed import Feed
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import IntegerType, StructField, StructType, TimestampType

spark = SparkSession.builder.remote(sys.argv[1]).appName("streams").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")
PATIENCE = 60
CLICKS = StructType([
    StructField("Clicks", IntegerType(), True),
    StructField("Impressions", IntegerType(), True),
    StructField("ts", TimestampType(), True),
])


def lines_of(feed):
    return spark.readStream.format("socket").option("host", "127.0.0.1").option("port", feed.port).load()


def click(second, impressions):
    return json.dumps({"Clicks": impressions // 10, "Impressions": impressions, "ts": 1700000000 + second})


def rows(table, columns="*"):
    return sorted(tuple(row) for row in spark.sql(f"SELECT {columns} FROM {table}").collect())


feed = Feed()
lines = lines_of(feed)
counts = lines.select(F.explode(F.split(lines.value, " ")).alias("word")).groupBy("word").count()

with check("schemas before anything runs"):
    equal(lines.schema.simpleString(), "struct<value:string>")
    equal(counts.schema.simpleString(), "struct<word:string,count:bigint>")
    equal((lines.isStreaming, spark.range(3).isStreaming), (True, False))
    if "Physical Plan" not in counts._explain_string():
        raise AssertionError(counts._explain_string())

name = fresh("words").replace("-", "_")
query = counts.writeStream.outputMode("complete").format("memory").queryName(name).start()
try:
    with check("a memory sink in complete mode, read by SQL while it runs"):
        feed.send("a b a", "c")
        until(lambda: rows(name) == [("a", 2), ("b", 1), ("c", 1)], PATIENCE, "three words")
        feed.send("a")
        query.processAllAvailable()
        until(lambda: ("a", 3) in rows(name), PATIENCE, "one more")
        frame = spark.sql(f"select word, count from {name} order by count desc limit 1").toPandas()
        equal(frame.values.tolist(), [["a", 3]])

    with check("what a query says about itself"):
        equal((query.name, query.isActive, query.exception()), (name, True, None))
        if query.status["message"] not in ("Waiting for data to arrive", "Processing new data") and not (
            query.status["message"].startswith("Getting offsets")
        ):
            raise AssertionError(query.status)
        progress = query.lastProgress
        equal((progress["name"], str(progress["id"])), (name, query.id))
        if len(query.recentProgress) < 2 or not progress.sources[0].description.startswith("TextSocket"):
            raise AssertionError(progress)
        equal([other.id for other in spark.streams.active if other.name == name], [query.id])
        equal(spark.streams.get(query.id).runId, query.runId)
        equal(query.awaitTermination(0.2), False)
finally:
    query.stop()

with check("a stopped query"):
    equal((query.isActive, query.status["message"], query.awaitTermination(5)), (False, "Stopped", True))
    if not rows(name):
        raise AssertionError("the memory table is gone")

feed2 = Feed()
clicks = lines_of(feed2).select(F.from_json(F.col("value").cast("string"), CLICKS).alias("p")).select("p.*")
windows = clicks.withWatermark("ts", "10 seconds").groupBy(F.window("ts", "10 seconds")).agg(
    F.sum("Impressions").alias("total")).select("window", "total")
name = fresh("windows").replace("-", "_")
query = windows.writeStream.outputMode("append").format("memory").queryName(name).start()
try:
    with check("tumbling windows with a watermark, append mode"):
        feed2.send(click(0, 100), click(3, 50), click(9, 10))
        query.processAllAvailable()
        feed2.send(click(12, 200))
        query.processAllAvailable()
        equal(rows(name), [])
        feed2.send(click(2, 7), click(31, 300))
        query.processAllAvailable()
        until(lambda: len(rows(name)) == 2, PATIENCE, "two closed windows")
        start = "cast(window.start as string), total"
        equal(rows(name, start), [("2023-11-14 22:13:20", 167), ("2023-11-14 22:13:30", 200)])
        if not query.lastProgress.eventTime["watermark"].startswith("2023-11-14T22:13:41"):
            raise AssertionError(query.lastProgress.eventTime)
    with check("the schema of a window"):
        equal(windows.schema.simpleString(), "struct<window:struct<start:timestamp,end:timestamp>,total:bigint>")
finally:
    query.stop()

feed3 = Feed()
log = lines_of(feed3).select(F.regexp_extract("value", r"(\S+) (\d{3})$", 2).alias("status"), "value")
name = fresh("log").replace("-", "_")
query = (log.filter("status <> ''").selectExpr("CAST(status AS INT) AS status", "value")
         .where(F.col("status") >= 400).writeStream.format("memory").queryName(name)
         .trigger(processingTime="200 milliseconds").start())
try:
    with check("projection, filter, expressions and a processing-time trigger, append mode"):
        feed3.send("GET / 200", "GET /x 404", "nonsense", "POST /y 500")
        until(lambda: rows(name) == [(404, "GET /x 404"), (500, "POST /y 500")], PATIENCE, "two errors")
finally:
    query.stop()

with check("local rows, a view and show()"):
    frame = spark.createDataFrame([("a", 1), ("b", None)], "name STRING, n INT")
    view = fresh("view").replace("-", "_")
    frame.createOrReplaceTempView(view)
    equal(spark.sql(f"SELECT name, n FROM {view} ORDER BY name").collect()[1].asDict(), {"name": "b", "n": None})
    equal(frame._show_string(20, True), "+----+----+\n|name|   n|\n+----+----+\n|   a|   1|\n|   b|NULL|\n+----+----+\n")
    equal([row.id for row in spark.range(2, 8, 3).collect()], [2, 5])

with check("a large result comes whole"):
    count = 300_000
    started = time.monotonic()
    equal(len(spark.range(count).toPandas()), count)
    print(f"  {count} rows in {time.monotonic() - started:.2f} s", file=sys.stderr)

for each in (feed, feed2, feed3):
    each.close()
spark.stop()
end()
