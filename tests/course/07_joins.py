# pip: pyspark[connect]==4.3.0 kafka-python==3.0.12
"""Line 7: a stream-stream inner join of two topics on a key, a join with a static table, and what Spark refuses."""

import json

from course import PATIENCE, Server, check, end, equal, until
from kafka import KafkaProducer
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, count, expr, from_json, window


def send(server, topic, *rows):
    producer = KafkaProducer(bootstrap_servers=server.kafka, value_serializer=lambda row: json.dumps(row).encode())
    for row in rows:
        producer.send(topic, row)
    producer.close()


def topic(spark, server, name, schema):
    lines = (spark.readStream.format("kafka").option("kafka.bootstrap.servers", server.kafka)
             .option("subscribe", name).option("startingOffsets", "earliest").load())
    return lines.select(from_json(col("value").cast("string"), schema).alias("row")).select("row.*")


def rows(spark, table):
    return sorted(tuple(row) for row in spark.sql(f"SELECT * FROM {table}").collect())


with Server() as server:
    spark = SparkSession.builder.remote(server.remote).getOrCreate()
    send(server, "climate", {"geo": "r1p", "t": 21}, {"geo": "r1q", "t": 22})
    send(server, "terra", {"hash": "r1p", "co": 70}, {"hash": "r1x", "co": 80})
    climate = topic(spark, server, "climate", "geo STRING, t INT")
    terra = topic(spark, server, "terra", "hash STRING, co INT")

    with check("two topics joined on a key, as the lab writes it"):
        joined = climate.join(terra, expr("geo == hash"), "inner")
        query = joined.writeStream.outputMode("append").format("memory").queryName("join_df").start()
        query.processAllAvailable()
        equal(rows(spark, "join_df"), [("r1p", 21, "r1p", 70)])
        send(server, "terra", {"hash": "r1q", "co": 90})
        until(lambda: len(rows(spark, "join_df")) == 2, PATIENCE, "the pair whose halves came in two batches")
        equal(rows(spark, "join_df")[1], ("r1q", 22, "r1q", 90))
        query.stop()

    with check("columns of both frames by their frame, and grouped after the join"):
        joined = climate.join(terra, climate.geo == terra.hash).select(climate.geo, terra.co)
        query = joined.writeStream.format("memory").queryName("picked").start()
        query.processAllAvailable()
        equal(rows(spark, "picked"), [("r1p", 70), ("r1q", 90)])
        query.stop()

    with check("a stream with a static table, left outer"):
        names = spark.createDataFrame([("r1p", "park")], "geo STRING, name STRING")
        named = climate.join(names, "geo", "left_outer")
        equal(named.columns, ["geo", "t", "name"])
        query = named.writeStream.format("memory").queryName("named").start()
        query.processAllAvailable()
        equal({row[0]: row[2] for row in rows(spark, "named")}, {"r1p": "park", "r1q": None})
        query.stop()

    with check("an outer join of streams without a watermark is refused in Spark's words"):
        try:
            climate.join(terra, expr("geo = hash"), "leftOuter").writeStream.format("noop").start()
            raise AssertionError("it was not refused")
        except Exception as error:
            wanted = "Stream-stream LeftOuter join between two streaming DataFrame/Datasets is not supported"
            equal(wanted in str(error), True)

    with check("the lab's trap: a column of the frame below the watermark"):
        clicks = (spark.readStream.format("rate").load())
        counts = clicks.withWatermark("timestamp", "10 seconds").groupBy(window(clicks.timestamp, "5 seconds"))
        counts.agg(count("*")).writeStream.format("noop").outputMode("complete").start().stop()
        try:
            counts.agg(count("*")).writeStream.format("noop").outputMode("append").start()
            raise AssertionError("it was not refused")
        except Exception as error:
            equal("STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION" in str(error), True)
    spark.stop()
end()
