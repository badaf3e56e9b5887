"""Hourly speeds of each road sensor, and a topic of alerts, with a small table that says what is slow for whom.

    millstream submit analysis.py [HOST:PORT]

Ends by itself ten seconds after the last new reading.
"""

import pathlib
import sys
import tempfile
from time import monotonic, sleep

import pandas
from pyspark.sql import SparkSession
from pyspark.sql.functions import avg, col, count, from_json, max, min, struct, to_json, window

BROKER = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092"

spark = SparkSession.builder.master("local[*]").appName("traffic").getOrCreate()
spark.sparkContext.setLogLevel("WARN")

# The static side: one row a sensor.
sensors = spark.createDataFrame(pandas.read_csv(pathlib.Path(__file__).with_name("sensors.csv"),
                                                dtype={"sensor": str}))
sensors.show()

# The stream side: the key is the sensor, the value is JSON.
readings = (spark.readStream
            .format("kafka")
            .option("kafka.bootstrap.servers", BROKER)
            .option("subscribe", "traffic")
            .option("startingOffsets", "earliest")
            .load()
            .select(col("key").cast("string").alias("sensor"),
                    from_json(col("value").cast("string"), "time TIMESTAMP, speed INT").alias("reading"))
            .select("sensor", "reading.*")
            .withWatermark("time", "1 hour"))

known = readings.join(sensors, "sensor")

hours = (known
         .groupBy(window("time", "1 hour"), "sensor", "name")
         .agg(avg("speed").alias("mean"), min("speed").alias("least"), max("speed").alias("greatest"),
              count("*").alias("readings")))

terminal = (hours.writeStream
            .outputMode("append")
            .format("console")
            .option("truncate", False)
            .trigger(processingTime="2 seconds")
            .start())

table = (hours.writeStream
         .outputMode("complete")
         .format("memory")
         .queryName("speeds")
         .start())

alerts = (known
          .where(col("speed") < col("slow_below"))
          .select(col("sensor").alias("key"), to_json(struct("name", "time", "speed", "slow_below")).alias("value"))
          .writeStream
          .format("kafka")
          .option("kafka.bootstrap.servers", BROKER)
          .option("topic", "slow-traffic")
          .option("checkpointLocation", tempfile.mkdtemp())
          .start())

total, changed = 0, monotonic()
while table.isActive and (total == 0 or monotonic() - changed < 10):
    sleep(1)
    seen = spark.sql("SELECT sum(readings) AS readings FROM speeds").toPandas()["readings"].fillna(0)[0]
    if seen != total:
        total, changed = seen, monotonic()
        print(f"{total:.0f} readings", flush=True)

print(spark.sql("SELECT sensor, sum(readings) AS readings, min(least) AS least, max(greatest) AS greatest "
                "FROM speeds GROUP BY sensor ORDER BY sensor").toPandas().to_string(index=False))
for query in (terminal, table, alerts):
    query.stop()
spark.stop()
