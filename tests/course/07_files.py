# pip: pyspark[connect]==4.3.0
"""Line 7: a stream of files, a file sink with a checkpoint that is read back, restarts, triggers."""

import json
import os
import pathlib

from course import Server, check, end, equal
from pyspark.sql import SparkSession

HERE = pathlib.Path.cwd()
SCHEMA = "id INT, name STRING"


def put(name, *rows):
    (HERE / "in").mkdir(exist_ok=True)
    beside = HERE / "in" / f".{name}"
    beside.write_text("".join(json.dumps(row) + "\n" for row in rows))
    os.rename(beside, HERE / "in" / name)


def run(spark, sink, trigger):
    frame = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1).json(str(HERE / "in"))
    query = (frame.writeStream.format(sink).option("path", str(HERE / f"out-{sink}"))
             .option("checkpointLocation", str(HERE / f"checkpoint-{sink}")).trigger(**trigger).start())
    query.awaitTermination()
    return [progress["numInputRows"] for progress in query.recentProgress]


with Server() as server:
    spark = SparkSession.builder.remote(server.remote).getOrCreate()
    put("1.json", {"id": 1, "name": "a"}, {"id": 2, "name": "b"})
    put("2.json", {"id": 3, "name": "c"})

    for sink in ["parquet", "json", "csv"]:
        with check(f"files in, {sink} out, once each over a restart"):
            equal(run(spark, sink, {"availableNow": True}), [2, 1])
            put(f"{sink}.json", {"id": 9, "name": sink})
            equal(run(spark, sink, {"availableNow": True})[-1:], [1])
            equal(run(spark, sink, {"once": True}), [])
            back = spark.read.schema(SCHEMA).format(sink).load(str(HERE / f"out-{sink}"))
            found = sorted(tuple(row) for row in back.collect())
            equal(found[:3], [(1, "a"), (2, "b"), (3, "c")])
            equal(len(set(found)), len(found))
            os.remove(HERE / "in" / f"{sink}.json")

    with check("what is missing is said in Spark's words"):
        cases = [
            (lambda: spark.readStream.json(str(HERE / "in")).schema, "Schema must be specified"),
            (lambda: spark.readStream.schema(SCHEMA).json("/nowhere").schema, "[PATH_NOT_FOUND]"),
            (lambda: spark.readStream.schema(SCHEMA).json(str(HERE / "in")).writeStream.format("json")
             .start(str(HERE / "x")), "checkpointLocation must be specified"),
            (lambda: spark.readStream.format("rate").load().writeStream.format("noop")
             .trigger(continuous="1 second").start(), "continuous"),
        ]
        for action, text in cases:
            try:
                action()
                raise AssertionError(f"nothing about {text}")
            except AssertionError:
                raise
            except Exception as error:
                equal(text in str(error), True)
    spark.stop()
end()
