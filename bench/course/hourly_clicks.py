"""The program of step 6, the same text on both sides: clicks an hour and status from a topic, to the console."""

import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, from_json, window

spark = SparkSession.builder.appName("hourly clicks").master("local[*]").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
spark.conf.set("spark.sql.shuffle.partitions", "2")

records = (spark.readStream.format("kafka").option("kafka.bootstrap.servers", sys.argv[1])
           .option("subscribe", "clickstream").option("startingOffsets", "earliest").load())
clicks = (records.select(from_json(col("value").cast("string"), "time TIMESTAMP, status INT, bytes LONG").alias("click"))
          .select("click.*").withWatermark("time", "1 hour"))
hourly = clicks.groupBy(window("time", "1 hour"), "status").count()
query = hourly.writeStream.outputMode("update").format("console").start()
query.awaitTermination()
