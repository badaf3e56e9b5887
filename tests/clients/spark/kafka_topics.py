"""Topics as source and sink of streaming queries, by PySpark's Connect client.

    python kafka_topics.py sc://HOST:PORT KAFKA_ADDRESS
"""

import pathlib
import sys
import warnings

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parent.parent / "kafka"), str(HERE.parent)]
from checks import check, end, equal, fresh, until
from feed import Feed
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

REMOTE, KAFKA = sys.argv[1:]
spark = SparkSession.builder.remote(REMOTE).appName("topics").getOrCreate()
PATIENCE = 60
TOPIC = fresh("words")


def topic(name, **options):
    reader = spark.readStream.format("kafka").option("kafka.bootstrap.servers", KAFKA).option("subscribe", name)
    return reader.options(**options).load()


feed = Feed()
lines = spark.readStream.format("socket").option("host", "127.0.0.1").option("port", feed.port).load()
keyed = lines.select(F.col("value").alias("key"), F.upper("value").alias("value"))
writer = keyed.writeStream.format("kafka").option("kafka.bootstrap.servers", KAFKA).option("topic", TOPIC).start()
name = fresh("read").replace("-", "_")
with check("the columns of a topic"):
    equal(topic(TOPIC).schema.simpleString(),
          "struct<key:binary,value:binary,topic:string,partition:int,offset:bigint,timestamp:timestamp,"
          "timestampType:int>")

with check("a query writes a topic, another reads it"):
    feed.send("one", "two")
    writer.processAllAvailable()
    texts = topic(TOPIC, startingOffsets="earliest").selectExpr(
        "CAST(key AS STRING)", "CAST(value AS STRING)", "topic", "offset")
    reader = texts.writeStream.format("memory").queryName(name).start()
    read = lambda: sorted(tuple(row) for row in spark.sql(f"SELECT key, value, topic FROM {name}").collect())
    until(lambda: read() == [("one", "ONE", TOPIC), ("two", "TWO", TOPIC)], PATIENCE, "two records")
    feed.send("three")
    until(lambda: len(read()) == 3, PATIENCE, "a third record")
    if f"KafkaV2[Subscribe[{TOPIC}]]" not in reader.lastProgress.sources[0].description:
        raise AssertionError(reader.lastProgress)
    reader.stop()

with check("maxOffsetsPerTrigger and availableNow"):
    limited = topic(TOPIC, startingOffsets="earliest", maxOffsetsPerTrigger="1")
    limited_name = fresh("limited").replace("-", "_")
    query = (limited.selectExpr("CAST(value AS STRING)").writeStream.format("memory").queryName(limited_name)
             .trigger(availableNow=True).start())
    query.awaitTermination(PATIENCE)
    equal(spark.sql(f"SELECT * FROM {limited_name}").count(), 3)
    if max(progress.numInputRows for progress in query.recentProgress) > 1:
        raise AssertionError([progress.numInputRows for progress in query.recentProgress])
writer.stop()

with check("a topic that is not there fails its query and is named"):
    missing = fresh("missing")
    query = topic(missing).writeStream.format("console").start()
    try:
        if query.awaitTermination(PATIENCE):
            raise AssertionError("it ended without an error")
        raise AssertionError("it waits for the topic")
    except StreamingQueryException as error:
        if missing not in str(error):
            raise AssertionError(str(error)) from error

with check("JSON that is no JSON gives nulls, and the query goes on"):
    broken = fresh("broken")
    feed2 = Feed()
    raw = spark.readStream.format("socket").option("host", "127.0.0.1").option("port", feed2.port).load()
    query = raw.writeStream.format("kafka").option("kafka.bootstrap.servers", KAFKA).option("topic", broken).start()
    feed2.send('{"a": 1}', "no json", '{"a": "x"}', '{"a": 2}')
    query.processAllAvailable()
    parsed_name = fresh("parsed").replace("-", "_")
    parsed = topic(broken, startingOffsets="earliest").select(
        F.from_json(F.col("value").cast("string"), "a INT").alias("v")).select("v.a")
    reader = parsed.writeStream.format("memory").queryName(parsed_name).start()
    read = lambda: [row.a for row in spark.sql(f"SELECT a FROM {parsed_name}").collect()]
    until(lambda: sorted(read(), key=str) == [1, 2, None, None], PATIENCE, "four rows, two of them null")
    reader.stop()
    query.stop()
    feed2.close()
feed.close()
spark.stop()
end()
