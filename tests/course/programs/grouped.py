"""Functions of pandas and of Arrow over DataFrames, groups and groups with state: a table of names and what came out.

Prints a line a case, its name, a tab and its value, so that what Apache Spark printed can be kept and compared. Rows are
sorted; of an error it prints the line that says what was wrong, and whether the user's own function is in the traceback.
Names on the command line choose cases.
"""

import json
import os
import shutil
import sys
import tempfile
import time

import pandas as pd
import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.state import GroupStateTimeout

spark = (SparkSession.builder.config("spark.sql.shuffle.partitions", "1").config("spark.ui.enabled", "false")
         .config("spark.sql.session.timeZone", "UTC").getOrCreate())
spark.conf.set("spark.sql.session.timeZone", "UTC")
spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "3")
root = tempfile.mkdtemp()


def say(name, value):
    print(f"{name}\t{value}", flush=True)


def shown(rows):
    return "; ".join(sorted(" ".join(str(cell) for cell in row) for row in rows))


def wrong(error):
    """The line of a traceback that says what was wrong."""
    text = str(error)
    said = [line.strip() for line in text.splitlines() if "Error: " in line or "Exception: " in line or line.startswith("[")]
    said = [line for line in said if "PythonException" not in line and "STREAM_FAILED" not in line]
    line = said[-1] if said else text.splitlines()[0].rstrip(";")
    return f"{line[:160].split(' SQLSTATE')[0]} | {'in users_own' in text}"


def is_wanted(name):
    return not sys.argv[1:] or name in sys.argv[1:]


def case(name, work):
    if not is_wanted(name):
        return
    try:
        value = shown(work().collect())
    except Exception as error:
        value = wrong(error)
    say(name, value)


sales = spark.createDataFrame(
    [("a", 1, 2.0), ("b", 2, 3.0), ("a", 3, 4.0), (None, 4, 5.0), ("b", 5, None), ("a", 6, 6.0), ("a", 7, 8.0)],
    "k STRING, n BIGINT, x DOUBLE")
names = spark.createDataFrame([("a", "one"), ("c", "three")], "k STRING, name STRING")

# applyInPandas
case("applyInPandas", lambda: sales.groupBy("k").applyInPandas(
    lambda pdf: pdf.assign(x=pdf.x - pdf.x.mean()), "k STRING, n BIGINT, x DOUBLE"))
case("applyInPandas with key", lambda: sales.groupBy("k", (F.col("n") % 2).alias("odd")).applyInPandas(
    lambda key, pdf: pd.DataFrame({"k": [key[0]], "odd": [key[1]], "rows": [len(pdf)], "columns": [" ".join(pdf.columns)]}),
    "k STRING, odd BIGINT, rows BIGINT, columns STRING"))
case("applyInPandas without keys", lambda: sales.groupBy().applyInPandas(
    lambda pdf: pd.DataFrame({"rows": [len(pdf)]}), "rows BIGINT"))
case("applyInPandas by window", lambda: sales.withColumn("ts", F.timestamp_seconds(F.col("n") * 7)).groupBy(
    F.window("ts", "20 seconds"), "k").applyInPandas(
    lambda key, pdf: pd.DataFrame({"start": [key[0]["start"].strftime("%M:%S")], "k": [key[1]], "n": [pdf.n.sum()]}),
    "start STRING, k STRING, n BIGINT"))
case("applyInPandas by place", lambda: sales.groupBy("k").applyInPandas(
    lambda key, pdf: pd.DataFrame([[key[0], pdf.n.sum()]]), "k STRING, total BIGINT"))
case("applyInPandas nothing", lambda: sales.where("n > 100").groupBy("k").applyInPandas(
    lambda pdf: pdf, "k STRING, n BIGINT, x DOUBLE"))
case("applyInPandas then more", lambda: sales.groupBy("k").applyInPandas(
    lambda key, pdf: pd.DataFrame({"k": [key[0]], "n": [pdf.n.max()]}), "k STRING, n INT").where("n > 4").join(names, "k", "left"))
case("applyInPandas types", lambda: sales.groupBy("k").applyInPandas(
    lambda key, pdf: pd.DataFrame({"d": [pd.Timestamp("2024-03-01").date()], "t": [pd.Timestamp("2024-03-01 10:00:00")],
                                   "l": [list(pdf.n)], "b": [len(pdf) > 1]}),
    "d DATE, t TIMESTAMP, l ARRAY<BIGINT>, b BOOLEAN"))
case("applyInPandas other names", lambda: sales.groupBy("k").applyInPandas(
    lambda pdf: pdf[["k", "n"]].rename(columns={"n": "m"}), "k STRING, n BIGINT"))
case("applyInPandas too few columns", lambda: sales.groupBy("k").applyInPandas(
    lambda pdf: pd.DataFrame([[1]]), "k STRING, n BIGINT"))
case("applyInPandas no DataFrame", lambda: sales.groupBy("k").applyInPandas(lambda pdf: 7, "k STRING"))


def users_own(table):
    return 1 // 0


def users_own_with_state(key, pdfs, state):
    yield pd.DataFrame({"u": [key[0]], "n": [users_own(pdfs)]})


case("applyInPandas raises", lambda: sales.groupBy("k").applyInPandas(users_own, "k STRING"))

# applyInArrow
case("applyInArrow", lambda: sales.groupBy("k").applyInArrow(
    lambda key, table: pa.table({"k": pa.array([key[0].as_py()], pa.string()),
                                 "n": pa.array([table.num_rows], pa.int64())}), "k STRING, n BIGINT"))

# mapInPandas, mapInArrow


def doubled(batches):
    for pdf in batches:
        yield pdf.assign(n=pdf.n * 2)


def counted(batches):
    sizes = [batch.num_rows for batch in batches]
    yield pa.RecordBatch.from_pydict({"rows": pa.array([sum(sizes)], pa.int64())})


case("mapInPandas", lambda: sales.mapInPandas(doubled, "k STRING, n BIGINT, x DOUBLE"))
case("mapInPandas on top", lambda: sales.where("n > 1").mapInPandas(doubled, "k STRING, n BIGINT, x DOUBLE")
     .groupBy("k").agg(F.sum("n").alias("n")))
case("mapInPandas raises", lambda: sales.mapInPandas(users_own, "k STRING"))
case("mapInPandas other names", lambda: sales.mapInPandas(lambda batches: (pdf[["k"]] for pdf in batches), "q STRING"))
case("mapInArrow", lambda: sales.coalesce(1).mapInArrow(counted, "rows BIGINT"))

# cogroup
case("cogroup", lambda: sales.groupBy("k").cogroup(names.groupBy("k")).applyInPandas(
    lambda key, one, other: pd.DataFrame({"k": [key[0]], "one": [len(one)], "other": [len(other)]}),
    "k STRING, one BIGINT, other BIGINT"))
case("cogroup merges", lambda: sales.groupBy("k").cogroup(names.groupBy("k")).applyInPandas(
    lambda one, other: pd.merge(one, other, on="k"), "k STRING, n BIGINT, x DOUBLE, name STRING"))
case("cogroup in Arrow", lambda: sales.groupBy("k").cogroup(names.groupBy("k")).applyInArrow(
    lambda key, one, other: pa.table({"k": pa.array([key[0].as_py()], pa.string()),
                                      "n": pa.array([one.num_rows * 10 + other.num_rows], pa.int64())}),
    "k STRING, n BIGINT"))


# pandas_udf
@F.pandas_udf("double")
def plus_mean(x: pd.Series) -> pd.Series:
    return x + 1


@F.pandas_udf("string")
def both(k: pd.Series, n: pd.Series) -> pd.Series:
    return k.fillna("none") + n.astype(str)


@F.pandas_udf("long")
def raises(n: pd.Series) -> pd.Series:
    return users_own(n)


case("pandas_udf", lambda: sales.select("n", plus_mean("x"), both("k", "n")))
case("pandas_udf in a filter", lambda: sales.where(plus_mean("x") > 4).select("n"))
case("pandas_udf raises", lambda: sales.select(raises("n")))


# applyInPandasWithState
class Feed:
    """A directory of JSON files, one a step."""

    def __init__(self, name):
        self.directory, self.steps = f"{root}/{name}", 0
        os.makedirs(self.directory)

    def push(self, rows):
        self.steps += 1
        with open(f"{self.directory}/.new", "w") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        os.utime(file.name, (1700000000 + self.steps * 10,) * 2)
        os.rename(file.name, f"{self.directory}/{self.steps:03}.json")


def at(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1700000000 + seconds))


def visit(user, seconds):
    return {"u": user, "ts": at(seconds)}


STEPS = [[visit("a", 0), visit("a", 3), visit("b", 1), visit("a", 4), visit("a", 5)], [visit("a", 7), visit("b", 20)],
         [visit("c", 60)], [visit("a", 1), visit("c", 64)], [visit("d", 200)]]


def visits(feed, mark=None):
    stream = spark.readStream.schema("u STRING, ts TIMESTAMP").json(feed.directory)
    return stream.withWatermark("ts", mark) if mark else stream


def stateful(name, function, output, state, mode="update", timeout=GroupStateTimeout.NoTimeout, mark=None, steps=STEPS,
             query_mode=None, on=lambda frame: frame):
    if not is_wanted(name):
        return
    feed, table = Feed(name.replace(" ", "_")), "t_" + name.replace(" ", "_")
    try:
        frame = visits(feed, mark).groupBy("u").applyInPandasWithState(function, output, state, mode, timeout)
        query = on(frame).writeStream.format("memory").queryName(table).outputMode(query_mode or mode).start()
        before = []
        for number, step in enumerate(steps):
            feed.push(step)
            query.processAllAvailable()
            now = [" ".join(map(str, row)) for row in spark.table(table).collect()]
            new = list(now)
            for row in before:
                new.remove(row)
            say(f"{name}, step {number}", "; ".join(sorted(new)))
            before = now
        state = query.lastProgress["stateOperators"][0]
        say(f"{name}, in the end", f"{state['operatorName']} {state['numRowsTotal']}")
        query.stop()
    except Exception as error:
        say(name, wrong(error))


def running(key, pdfs, state):
    """A count a group."""
    count = sum(len(pdf) for pdf in pdfs) + (state.get[0] if state.exists else 0)
    state.update((count,))
    yield pd.DataFrame({"u": [key[0]], "n": [count]})


def sessions(key, pdfs, state):
    """A session a group, by event time: given when the watermark has passed its end."""
    if state.hasTimedOut:
        count, first, last = state.get
        state.remove()
        yield pd.DataFrame({"u": [key[0]], "n": [count], "first": [first], "last": [last]})
        return
    count, first, last = state.get if state.exists else (0, None, None)
    for pdf in pdfs:
        count += len(pdf)
        first = pdf.ts.min() if first is None else min(first, pdf.ts.min())
        last = pdf.ts.max() if last is None else max(last, pdf.ts.max())
    state.update((count, first, last))
    state.setTimeoutTimestamp(int(last.timestamp() * 1000) + 10_000)


def told(key, pdfs, state):
    """What the state says of itself."""
    sizes = [len(pdf) for pdf in pdfs]
    old = state.getOption
    if state.exists and state.get[0] >= 5:
        state.remove()
    else:
        state.update((sum(sizes) + (old[0] if old else 0), (7, "x")))
    yield pd.DataFrame({"u": [key[0]], "sizes": [str(sizes)], "old": [str(old)], "exists": [state.exists],
                        "mark": [state.getCurrentWatermarkMs()]})


OUT, COUNT = "u STRING, n BIGINT", "n BIGINT"
stateful("counts", running, OUT, COUNT)
stateful("counts in append mode", running, OUT, COUNT, "append")
SESSION = "u STRING, n BIGINT, first TIMESTAMP, last TIMESTAMP"
STATE = "n BIGINT, first TIMESTAMP, last TIMESTAMP"
for mode in ("append", "update"):
    stateful(f"sessions in {mode} mode", sessions, SESSION, STATE, mode, GroupStateTimeout.EventTimeTimeout, "5 seconds")
stateful("state", told, "u STRING, sizes STRING, old STRING, exists BOOLEAN, mark BIGINT",
         "n BIGINT, m STRUCT<k: INT, w: STRING>", mark="5 seconds")


def restarted():
    """A query that is stopped after each step, and goes on from its checkpoint."""
    feed, place = Feed("restarted"), f"{root}/restarted_rows"
    for step in STEPS:
        feed.push(step)
        frame = visits(feed, "5 seconds").groupBy("u").applyInPandasWithState(
            sessions, SESSION, STATE, "append", GroupStateTimeout.EventTimeTimeout)
        query = (frame.writeStream.format("json").option("path", place).outputMode("append")
                 .option("checkpointLocation", f"{root}/restarted_checkpoint").start())
        query.processAllAvailable()
        query.stop()
    return spark.read.schema(SESSION).json(place)


case("restarted", restarted)


def quick(key, pdfs, state):
    """A timeout by the clock, right after the batch."""
    if state.hasTimedOut:
        rows = [len(pdf) for pdf in pdfs]
        yield pd.DataFrame({"u": [key[0] + " is out"], "n": [state.get[0] * 100 + sum(rows)]})
        state.remove()
        return
    state.update((sum(len(pdf) for pdf in pdfs),))
    state.setTimeoutDuration(1)


def by_the_clock():
    feed = Feed("clock")
    frame = visits(feed).groupBy("u").applyInPandasWithState(quick, OUT, COUNT, "update",
                                                             GroupStateTimeout.ProcessingTimeTimeout)
    query = frame.writeStream.format("memory").queryName("clock").outputMode("update").start()
    feed.push(STEPS[0])
    while spark.table("clock").count() < 2:
        query.awaitTermination(0.1)
    query.stop()
    return spark.table("clock")


case("timeout by the clock", by_the_clock)


# What goes wrong
def too_wide(key, pdfs, state):
    yield pd.DataFrame({"a": [1], "b": [2], "c": [3]})


def no_frame(key, pdfs, state):
    yield 7


def not_allowed(key, pdfs, state):
    state.setTimeoutDuration(10)
    yield pd.DataFrame()


ONE = STEPS[:1]
stateful("columns that do not fit", too_wide, OUT, COUNT, steps=ONE)
stateful("no DataFrame", no_frame, OUT, COUNT, steps=ONE)
stateful("a function that raises", users_own_with_state, OUT, COUNT, steps=ONE)
stateful("a timeout that was not asked for", not_allowed, OUT, COUNT, steps=ONE)
stateful("event time without watermark", running, OUT, COUNT, timeout=GroupStateTimeout.EventTimeTimeout, steps=ONE)
stateful("another output mode", running, OUT, COUNT, "update", query_mode="append", steps=ONE)
stateful("complete mode", running, OUT, COUNT, "complete", steps=ONE)
stateful("then an aggregation", running, OUT, COUNT, "update", on=lambda frame: frame.groupBy("u").count(), steps=ONE)
case("a batch", lambda: sales.groupBy("k").applyInPandasWithState(running, OUT, COUNT, "update", "NoTimeout"))
shutil.rmtree(root)
