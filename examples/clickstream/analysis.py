"""Spark Structured Streaming over topic `clicks`: requests and bytes an hour and status, as a table and as a plot.

    millstream submit analysis.py [HOST:PORT]

Ends by itself ten seconds after the last new request; the last picture is then in analysis.png.
"""

import sys
from time import monotonic

import matplotlib.pyplot as plt
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, count, from_json, sum, window
from pyspark.sql.types import IntegerType, LongType, StringType, StructField, StructType, TimestampType

BROKER = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092"

spark = SparkSession.builder.master("local[*]").appName("clickstream").getOrCreate()
spark.sparkContext.setLogLevel("WARN")

schema = StructType([
    StructField("time", TimestampType()),
    StructField("client", StringType()),
    StructField("method", StringType()),
    StructField("page", StringType()),
    StructField("status", IntegerType()),
    StructField("bytes", LongType()),
])

clicks = (spark.readStream
          .format("kafka")
          .option("kafka.bootstrap.servers", BROKER)
          .option("subscribe", "clicks")
          .option("startingOffsets", "earliest")
          .load()
          .select(from_json(col("value").cast("string"), schema).alias("click"))
          .select("click.*")
          .withWatermark("time", "1 minute"))
clicks.printSchema()

hours = (clicks
         .groupBy(window("time", "1 hour"), "status")
         .agg(count("*").alias("hits"), sum("bytes").alias("bytes")))

# Hours that are over, once each, in the terminal: a row comes when the watermark has passed the end of its window.
console = (hours.writeStream
           .outputMode("append")
           .format("console")
           .option("truncate", False)
           .trigger(processingTime="2 seconds")
           .start())

# All hours, open ones too, as a table that can be asked while it grows.
table = (hours.writeStream
         .outputMode("complete")
         .format("memory")
         .queryName("hours")
         .start())

plt.ion()
figure, axes = plt.subplots(figsize=(10, 5))
total, changed = 0, monotonic()
while table.isActive and (total == 0 or monotonic() - changed < 10):
    frame = spark.sql("SELECT window.start AS hour, status, hits FROM hours ORDER BY hour").toPandas()
    if frame["hits"].sum() != total:
        total, changed = frame["hits"].sum(), monotonic()
        axes.clear()
        frame.pivot(index="hour", columns="status", values="hits").plot(ax=axes, marker="o", markersize=3)
        axes.set_title(f"{total} requests")
    plt.pause(1)
figure.savefig("analysis.png")

print(spark.sql("SELECT status, sum(hits) AS hits FROM hours GROUP BY status ORDER BY status").toPandas()
      .to_string(index=False))
console.stop()
table.stop()
spark.stop()
