"""Queries for the page's test: a PySpark program as the click-stream lab has them.

    python lab.py BINARY REMOTE KAFKA

Prints `ready` when every query has a result, then keeps them running until it is killed.
"""

import json
import pathlib
import re
import signal
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, count, from_json, sum, window

BINARY, REMOTE, KAFKA = sys.argv[1:]
LOG = pathlib.Path(__file__).resolve().parents[2] / "examples" / "clickstream" / "access.log"
LINE = re.compile(r'\S+ \S+ \S+ \[(\d+)/May/2015:(\S+) \S+\] "(\S+) ([^ ?"]+)[^"]*" (\d{3}) (\d+|-)')


def click(line):
    day, time, method, page, status, size = LINE.match(line).groups()
    return json.dumps({"time": f"2015-05-{day}T{time}Z", "method": method, "page": page, "status": int(status),
                       "bytes": int(size) if size != "-" else 0})


lines = open(LOG).read().splitlines()[:2000]
subprocess.run([BINARY, "topic", "create", "clicks", "-b", KAFKA], check=True, stdout=subprocess.DEVNULL)
subprocess.run([BINARY, "produce", "clicks", "-b", KAFKA], check=True, text=True, input="\n".join(map(click, lines)))

spark = SparkSession.builder.remote(REMOTE).appName("lab").getOrCreate()
clicks = (spark.readStream.format("kafka").option("kafka.bootstrap.servers", KAFKA).option("subscribe", "clicks")
          .option("startingOffsets", "earliest").load()
          .select(from_json(col("value").cast("string"),
                            "time TIMESTAMP, method STRING, page STRING, status INT, bytes BIGINT").alias("click"))
          .select("click.*").withWatermark("time", "1 minute"))
hours = clicks.groupBy(window("time", "1 hour"), "status").agg(count("*").alias("hits"), sum("bytes").alias("bytes"))

queries = [
    hours.writeStream.outputMode("complete").format("memory").queryName("hours").start(),
    clicks.groupBy("page").count().writeStream.outputMode("complete").format("console").queryName("pages").start(),
    clicks.writeStream.format("memory").queryName("requests").start(),
    clicks.groupBy(window("time", "1 hour")).count().writeStream.outputMode("append").format("memory")
    .queryName("late").start(),
]
for query in queries:
    query.processAllAvailable()
print("ready", flush=True)
signal.pause()
