"""Every method of DStream and StreamingContext, fed by queues, and what each gave batch by batch, a line for each.

Runs under Apache Spark (which made tests/golden/dstream_methods.txt) and under Millstream: the lines must be equal.
"""

import operator
import os
import shutil
import sys
import tempfile
import threading
import warnings

warnings.simplefilter("ignore")

from pyspark import SparkConf, SparkContext, StorageLevel  # noqa: E402
from pyspark.streaming import StreamingContext  # noqa: E402

BATCHES = 7
conf = SparkConf().setAppName("dstream-methods").setMaster("local[2]").set("spark.default.parallelism", "2")
sc = SparkContext(conf=conf)
sc.setLogLevel("OFF")
place = tempfile.mkdtemp()
ssc = StreamingContext(sc, 1)
# Not ssc.checkpoint: functions of the program would have to be pickled, and these hold locks.
sc.setCheckpointDir(os.path.join(place, "checkpoint"))
ssc.remember(60)

NUMBERS = [[1, 2, 3], [4, 5], [], [6], [1, 1]]
PAIRS = [[("a", 1), ("b", 2)], [("a", 3), ("a", 4)], [], [("c", 5), ("b", 6)], [("a", 7)]]
OTHERS = [[("a", "x")], [("b", "y")], [("a", "z")], [("c", "u"), ("c", "v")], []]


def queue(data, **options):
    return ssc.queueStream([sc.parallelize(batch, 2) for batch in data], **options)


def plain(value):
    """Iterables as sorted lists, so that neither class nor order differs."""
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    if hasattr(value, "__iter__") and not isinstance(value, (str, bytes)):
        return sorted((plain(item) for item in value), key=repr)
    return value


def nums():
    return queue(NUMBERS)


def pairs():
    return queue(PAIRS)


def others():
    return queue(OTHERS)


CASES = {
    "map": lambda: nums().map(lambda x: x * 10),
    "flatMap": lambda: nums().flatMap(lambda x: [x] * x),
    "filter": lambda: nums().filter(lambda x: x % 2),
    "mapPartitions": lambda: nums().mapPartitions(lambda it: [sum(it)]),
    "mapPartitionsWithIndex": lambda: nums().mapPartitionsWithIndex(lambda i, it: [(i, x) for x in it]),
    "glom": lambda: nums().glom(),
    "repartition": lambda: nums().repartition(3),
    "reduce": lambda: nums().reduce(operator.add),
    "count": lambda: nums().count(),
    "countByValue": lambda: nums().countByValue(),
    "union": lambda: nums().union(nums().map(lambda x: -x)),
    "transform": lambda: nums().transform(lambda rdd: rdd.map(lambda x: x + 1)),
    "transform with time": lambda: nums().transform(lambda time, rdd: rdd.map(lambda x: (x, time is not None))),
    "transformWith": lambda: pairs().transformWith(lambda a, b: a.join(b), others()),
    "cache": lambda: nums().cache().map(lambda x: x),
    "persist": lambda: nums().persist(StorageLevel.MEMORY_ONLY).map(lambda x: x),
    "mapValues": lambda: pairs().mapValues(lambda x: x * 2),
    "flatMapValues": lambda: pairs().flatMapValues(range),
    "reduceByKey": lambda: pairs().reduceByKey(operator.add),
    "combineByKey": lambda: pairs().combineByKey(str, lambda a, x: a + str(x), operator.add).mapValues(len),
    "groupByKey": lambda: pairs().groupByKey(),
    "partitionBy": lambda: pairs().partitionBy(2).glom(),
    "cogroup": lambda: pairs().cogroup(others()),
    "join": lambda: pairs().join(others()),
    "leftOuterJoin": lambda: pairs().leftOuterJoin(others()),
    "rightOuterJoin": lambda: pairs().rightOuterJoin(others()),
    "fullOuterJoin": lambda: pairs().fullOuterJoin(others()),
    "window": lambda: nums().window(2),
    "window 3/2": lambda: nums().window(3, 2),
    "reduceByWindow": lambda: nums().reduceByWindow(operator.add, operator.sub, 2, 1),
    "reduceByWindow without inverse": lambda: nums().reduceByWindow(operator.add, None, 2, 1),
    "countByWindow": lambda: nums().countByWindow(2, 1),
    "countByValueAndWindow": lambda: nums().countByValueAndWindow(2, 1),
    "groupByKeyAndWindow": lambda: pairs().groupByKeyAndWindow(2, 1),
    "reduceByKeyAndWindow": lambda: pairs().reduceByKeyAndWindow(operator.add, operator.sub, 5, 1),
    "reduceByKeyAndWindow with filter": lambda: pairs().reduceByKeyAndWindow(
        operator.add, operator.sub, 5, 1, filterFunc=lambda pair: pair[1] > 0
    ),
    "reduceByKeyAndWindow without inverse": lambda: pairs().reduceByKeyAndWindow(operator.add, None, 2, 1),
    "updateStateByKey": lambda: pairs().updateStateByKey(lambda new, old: sum(new) + (old or 0)),
    "updateStateByKey with initial": lambda: pairs().updateStateByKey(
        lambda new, old: (old or 0) + sum(new), initialRDD=sc.parallelize([("z", 100)])
    ),
    "updateStateByKey that lets go": lambda: pairs().updateStateByKey(lambda new, old: sum(new) if new else None),
    "queueStream all at once": lambda: queue(NUMBERS, oneAtATime=False),
    "queueStream default": lambda: queue(NUMBERS[:2], default=sc.parallelize([0])),
    "StreamingContext.union": lambda: ssc.union(nums(), nums()),
    "StreamingContext.transform": lambda: ssc.transform([nums(), nums()], lambda rdds: rdds[0].union(rdds[1])),
    "context": lambda: nums().map(lambda x: x) if nums().context() is ssc else None,
}

results = {name: [] for name in CASES}
times = []
complete = threading.Event()


def collector(name):
    return lambda rdd: results[name].append(plain(rdd.collect()))


def last(time, rdd):
    times.append(time)
    if len(times) >= BATCHES:
        complete.set()


sliced = None
for name, make in CASES.items():
    stream = make()
    sliced = stream if name == "map" else sliced
    stream.foreachRDD(collector(name))
pairs().saveAsTextFiles(os.path.join(place, "saved"), "txt")
# The output operations of a batch run in order: this is the end of each.
nums().foreachRDD(last)

ssc.start()
StreamingContext.getActive() is ssc or sys.exit("the context is not active")
if not complete.wait(900):
    sys.exit(f"only {len(times)} batches")
slice_ = [sorted(rdd.collect()) for rdd in sliced.slice(times[0], times[1])]
ssc.stop(stopSparkContext=False, stopGraceFully=False)
for name, batches in results.items():
    shown = 3 if name == "window 3/2" else BATCHES
    print(f"{name}\t{batches[:shown]}")
print(f"slice\t{slice_}")
saved = sorted(name for name in os.listdir(place) if name.startswith("saved-"))[:BATCHES]
print(f"saveAsTextFiles\t{[sorted(sc.textFile(os.path.join(place, name)).collect()) for name in saved]}")
print(f"getActive\t{StreamingContext.getActive()}")
print(f"awaitTerminationOrTimeout\t{ssc.awaitTerminationOrTimeout(1)}")
sc.stop()
shutil.rmtree(place)
