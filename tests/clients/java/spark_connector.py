"""Apache Spark's own Kafka connector: batch and stream, from and to topics, with a checkpoint and a restart.

    PYSPARK_PYTHON=... python spark_connector.py HOST:PORT JARS

JARS holds spark-sql-kafka-0-10 of the installed pyspark's version with what it needs.
"""

import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kafka"))
from checks import check, end, equal, fresh
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

ADDRESS, JARS = sys.argv[1:3]
SCRATCH = pathlib.Path(tempfile.mkdtemp())
NAMES = ("spark", "kafka-clients", "commons-pool2", "lz4", "snappy")
CHOSEN = [str(jar) for jar in sorted(pathlib.Path(JARS).glob("*.jar")) if jar.name.startswith(NAMES)]
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.jars", ",".join(CHOSEN))
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
IN, OUT, COUNTS = fresh("spark-in"), fresh("spark-out"), fresh("spark-counts")


def feed(start, stop):
    """The numbers from `start` to `stop`, as a batch."""
    numbers = spark.range(start, stop)
    columns = (F.concat(F.lit("k"), F.col("id") % 3).alias("key"), F.col("id").cast("string").alias("value"))
    rows = numbers.select(*columns)
    rows.write.format("kafka").option("kafka.bootstrap.servers", ADDRESS).option("topic", IN).save()


def batch(topic, **options):
    reader = spark.read.format("kafka").option("kafka.bootstrap.servers", ADDRESS).option("subscribe", topic)
    return reader.options(**options).load()


def values(topic, **options):
    rows = batch(topic, **options).selectExpr("CAST(value AS STRING) AS value").collect()
    return sorted(int(row.value) for row in rows)


def stream(**options):
    reader = spark.readStream.format("kafka").option("kafka.bootstrap.servers", ADDRESS)
    return reader.option("subscribe", IN).option("startingOffsets", "earliest").options(**options).load()


def copy(**trigger):
    """The query that copies IN to OUT, from its checkpoint on."""
    writer = stream(maxOffsetsPerTrigger="40").selectExpr("key", "value").writeStream.format("kafka")
    writer = writer.option("kafka.bootstrap.servers", ADDRESS).option("topic", OUT)
    return writer.option("checkpointLocation", str(SCRATCH / "copy")).trigger(**trigger).start()


with check(f"Spark {spark.version}: batch to a topic and back"):
    feed(0, 100)
    equal(values(IN), list(range(100)))
    equal(batch(IN).select("partition", "offset").distinct().count(), 100)

with check(f"Spark {spark.version}: batch by offsets and by time"):
    times = batch(IN).agg(F.max("timestamp").alias("last")).collect()[0].last
    later = str(int(times.timestamp() * 1000) + 1)
    feed(100, 120)
    equal(values(IN, startingTimestamp=later, startingOffsetsByTimestampStrategy="latest"), list(range(100, 120)))
    equal(len(values(IN, endingOffsets='{"%s":{"0":0,"1":0,"2":0,"3":0}}' % IN)), 0)

with check(f"Spark {spark.version}: a stream to a topic, with what there is"):
    copy(availableNow=True).awaitTermination(120)
    equal(values(OUT), list(range(120)))

with check(f"Spark {spark.version}: goes on from its checkpoint"):
    query = copy(processingTime="0 seconds")
    feed(120, 200)
    deadline = time.monotonic() + 120
    while len(values(OUT)) < 200 and time.monotonic() < deadline:
        query.processAllAvailable()
    query.stop()
    feed(200, 230)
    copy(availableNow=True).awaitTermination(120)
    equal(values(OUT), list(range(230)))

with check(f"Spark {spark.version}: a count with state, over a restart"):
    for stop in (230, 260):
        feed(stop, stop + 30)
        counted = stream().groupBy("key").count().selectExpr("key", "CAST(count AS STRING) AS value")
        writer = counted.writeStream.format("kafka").outputMode("update").option("kafka.bootstrap.servers", ADDRESS)
        writer = writer.option("topic", COUNTS).option("checkpointLocation", str(SCRATCH / "counts"))
        writer.trigger(availableNow=True).start().awaitTermination(120)
    rows = batch(COUNTS).selectExpr("CAST(key AS STRING) AS key", "CAST(value AS STRING) AS value", "offset").collect()
    found = sorted((row.key, int(row.value)) for row in rows)
    # 260 numbers, then 290: by their remainder of three.
    equal(found, [("k0", 87), ("k0", 97), ("k1", 87), ("k1", 97), ("k2", 86), ("k2", 96)])

spark.stop()
shutil.rmtree(SCRATCH, ignore_errors=True)
end()
