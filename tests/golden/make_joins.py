"""Makes joins.txt: what Apache Spark does with joins, sessions and chained state, batch by batch.

    python make_joins.py joins.txt        (pyspark 4.3.0 and Java 17)

Each case reads files that are pushed one step at a time, so that batches are the same wherever it runs. A case is a line
`== name`, then either `error CLASS: TEXT` or a line a batch: its number, rows read, watermark, each stateful operator's
name with rows in state and rows dropped as late, and the rows that came out, sorted.
"""

import datetime
import json
import os
import shutil
import sys
import tempfile
import time

from pyspark.sql import Row, SparkSession, functions as F

root = tempfile.mkdtemp()
spark = (SparkSession.builder.master("local[1]").config("spark.sql.shuffle.partitions", "1")
         .config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC").getOrCreate())
spark.sparkContext.setLogLevel("OFF")
out = open(sys.argv[1], "w")


def cell(value):
    if value is None:
        return "NULL"
    if isinstance(value, datetime.datetime):
        return value.strftime("%H:%M:%S")
    if isinstance(value, Row):
        return "{" + ", ".join(cell(part) for part in value) + "}"
    return str(value)


def say(text):
    print(text, file=out, flush=True)


class Feed:
    """A directory of JSON files, one a step."""

    def __init__(self, name):
        self.directory, self.steps = f"{root}/{name}", 0
        os.makedirs(self.directory)

    def push(self, rows):
        self.steps += 1
        path = f"{self.directory}/{self.steps:03}.json"
        with open(f"{self.directory}/.new", "w") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        os.utime(file.name, (1700000000 + self.steps * 10,) * 2)
        os.rename(file.name, path)

    def stream(self, schema):
        return spark.readStream.schema(schema).json(self.directory)


def case(name, frame, steps, mode="append"):
    say(f"== {name}")
    batches = {}
    writer = frame.writeStream.outputMode(mode).foreachBatch(
        lambda batch, number: batches.update({number: sorted(" ".join(map(cell, row)) for row in batch.collect())}))
    try:
        query = writer.start()
    except Exception as error:
        say(f"error {type(error).__name__}: {str(error).splitlines()[0].rstrip(';')}")
        return
    for step in steps:
        for feed, rows in step:
            feed.push(rows)
        query.processAllAvailable()
    for progress in query.recentProgress:
        state = "".join(f" {o['operatorName']} {o['numRowsTotal']} {o['numRowsDroppedByWatermark']}"
                        for o in progress["stateOperators"])
        number, mark = progress["batchId"], progress["eventTime"].get("watermark", "")[11:19]
        say(f"{number} in {progress['numInputRows']} {mark}{state}: {'; '.join(batches.get(number, []))}")
    query.stop()


def at(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1700000000 + seconds))


def left(a, seconds):
    return {"a": a, "ts": at(seconds)}


def right(b, seconds):
    return {"b": b, "tr": at(seconds)}


def sides(name, marks=("10 seconds", "20 seconds")):
    lefts, rights = Feed(f"{name}_l"), Feed(f"{name}_r")
    one, other = lefts.stream("a INT, ts TIMESTAMP"), rights.stream("b INT, tr TIMESTAMP")
    if marks:
        one, other = one.withWatermark("ts", marks[0]), other.withWatermark("tr", marks[1])
    steps = [
        [(lefts, [left(1, 0), left(2, 5)]), (rights, [right(1, 3)])],
        [(rights, [right(2, 6), right(9, 7)])],
        [(lefts, [left(1, 30), left(9, 8)]), (rights, [right(1, 31)])],
        [(lefts, [left(3, 100)]), (rights, [right(4, 100)])],
        [(lefts, [left(1, 1), left(5, 101)]), (rights, [right(1, 2), right(5, 101)])],
        [(lefts, [left(7, 300)]), (rights, [right(7, 301)])],
        [(lefts, [left(8, 301)]), (rights, [right(8, 301)])],
    ]
    return one, other, steps


def only_left(steps):
    return [[(feed, rows) for feed, rows in step if feed.directory.endswith("_l")] for step in steps]


EQUAL = F.expr("a = b")
RANGE = F.expr("a = b AND tr >= ts AND tr <= ts + interval 10 seconds")
KINDS = ["inner", "leftOuter", "rightOuter", "fullOuter", "leftSemi", "leftAnti"]

for kind in KINDS:
    one, other, steps = sides(f"range_{kind}")
    case(f"range {kind}", one.join(other, RANGE, kind), steps)
one, other, steps = sides("plain", None)
case("no watermark inner", one.join(other, EQUAL), steps)
for kind in KINDS[1:]:
    one, other, steps = sides(f"plain_{kind}", None)
    case(f"no watermark {kind}", one.join(other, EQUAL, kind), [])
one, other, steps = sides("equal")
case("watermark without range", one.join(other, EQUAL), steps)
one, other, steps = sides("update")
case("update mode", one.join(other, EQUAL), [], "update")
one, other, steps = sides("windows")
one, other = (one.select(F.window("ts", "10 seconds").alias("w"), "a"),
              other.select(F.window("tr", "10 seconds").alias("v"), "b"))
case("windows as keys leftOuter", one.join(other, F.expr("w = v AND a = b"), "leftOuter"), steps)
one, other, steps = sides("chain")
case("join then window", one.join(other, RANGE).groupBy(F.window("ts", "10 seconds")).count(), steps)
one, other, steps = sides("dedup")
case("duplicates then window", one.dropDuplicates(["a", "ts"]).groupBy(F.window("ts", "10 seconds")).count(),
     only_left(steps))
one, other, steps = sides("twice")
counts = one.groupBy(F.window("ts", "10 seconds")).count()
again = counts.groupBy(F.window(F.window_time("window"), "20 seconds")).agg(F.sum("count").alias("n"))
case("window of windows", again, only_left(steps))
case("window of windows complete", again, [], "complete")

static = spark.createDataFrame([(1, "one"), (2, "two"), (77, "x")], "k INT, name STRING")
for kind in KINDS:
    one, _, steps = sides(f"static_{kind}", None)
    case(f"stream-static {kind}", one.join(static, F.expr("a = k"), kind), only_left(steps)[:3:2])
    one, _, steps = sides(f"other_{kind}", None)
    case(f"static-stream {kind}", static.join(one, F.expr("a = k"), kind), only_left(steps)[:3:2])


def visit(user, seconds):
    return {"u": user, "ts": at(seconds)}


def sessions(name, mode, mark="10 seconds", gap="5 seconds", keys=("u",)):
    feed = Feed(f"sessions_{name.replace(' ', '_')}")
    visits = feed.stream("u STRING, ts TIMESTAMP")
    if mark:
        visits = visits.withWatermark("ts", mark)
    steps = [[visit("a", 0), visit("a", 3), visit("b", 1)], [visit("a", 7), visit("b", 20)],
             [visit("a", 13), visit("a", 12)], [visit("c", 60)], [visit("a", 1), visit("c", 64), visit("c", 70)],
             [visit("d", 200)], [visit("d", 201)]]
    counted = visits.groupBy(F.session_window("ts", gap), *keys).agg(F.count("*").alias("n"))
    case(f"sessions {name}", counted, [[(feed, rows)] for rows in steps], mode)


sessions("append", "append")
sessions("complete", "complete")
sessions("complete without watermark", "complete", None)
sessions("append without watermark", "append", None)
sessions("update", "update")
sessions("without key", "append", keys=())
sessions("gap by row", "append", gap=F.expr("CASE WHEN u = 'a' THEN '2 seconds' ELSE '8 seconds' END"))

feed = Feed("trap")
clicks = feed.stream("a INT, ts TIMESTAMP")
case("column of the frame below the watermark",
     clicks.withWatermark("ts", "10 seconds").groupBy(F.window(clicks.ts, "10 seconds")).count(), [])
shutil.rmtree(root)
