"""Evaluates expressions over RDDs, as an introduction to Spark uses them, and prints a line for each.

Runs under Apache Spark (which made tests/golden/rdds.txt) and under Millstream: the lines must be equal.
"""

import operator
import os
import shutil
import sys
import tempfile

from pyspark import Row, SparkConf, SparkContext, StorageLevel
from pyspark.accumulators import AccumulatorParam

sc = SparkContext(conf=SparkConf().setAppName("rdds").setMaster("local[4]"))
sc.setLogLevel("ERROR")
place = tempfile.mkdtemp()
book = os.path.join(place, "book.txt")
with open(book, "w") as file:
    file.write("to be or not to be\nthat is the question\n\nÄhre\n")

nums = sc.parallelize([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 3)
words = sc.parallelize("to be or not to be that is the question".split(), 2)
pairs = sc.parallelize([("a", 1), ("b", 2), ("a", 3), ("c", 4)], 2)
other = sc.parallelize([("a", "x"), ("b", "y"), ("b", "z"), ("d", "w")], 2)
letters = sc.parallelize(["a", "b", "c"], 3)
lines = sc.textFile(book)


def lists(rdd):
    """Values that are iterables, as sorted lists."""
    return sorted((key, sorted(values)) for key, values in rdd.collect())


def groups(rdd):
    return sorted((key, tuple(sorted(map(str, one)) for one in many)) for key, many in rdd.collect())


def printed(function):
    """What an action with an effect leaves behind."""
    return function()


def error(function):
    """An error's class, where Spark's is not one of Java's."""
    try:
        return function()
    except Exception as caught:
        return type(caught).__name__


def counted_with_accumulator():
    total = sc.accumulator(0)
    nums.foreach(lambda x: total.add(x))
    return total.value


class VectorParam(AccumulatorParam):
    def zero(self, value):
        return [0] * len(value)

    def addInPlace(self, one, two):
        return [a + b for a, b in zip(one, two)]


def vector_accumulator():
    total = sc.accumulator([0, 0], VectorParam())
    nums.foreach(lambda x: total.add([1, x]))
    return total.value


def float_accumulator():
    total = sc.accumulator(1.5)
    nums.foreachPartition(lambda it: total.add(sum(it)))
    return total.value


def broadcast_lookup():
    table = sc.broadcast({"a": "alpha", "b": "beta"})
    return letters.map(lambda x: table.value.get(x, "?")).collect()


def saved_text():
    target = os.path.join(place, "out")
    nums.saveAsTextFile(target)
    names = sorted(name for name in os.listdir(target) if not name.startswith("."))
    return names, sorted(map(int, sc.textFile(target).collect()))


def saved_pickle():
    target = os.path.join(place, "pickled")
    pairs.saveAsPickleFile(target)
    return sorted(sc.pickleFile(target).collect())


def whole_files():
    return [(os.path.basename(name), text) for name, text in sc.wholeTextFiles(place + "/*.txt").collect()]


def binary_files():
    return [(os.path.basename(name), len(data)) for name, data in sc.binaryFiles(book).collect()]


def cached():
    kept = nums.map(lambda x: x * x).cache()
    first = kept.sum(), kept.count(), kept.is_cached, kept.getStorageLevel() == StorageLevel.MEMORY_ONLY
    kept.unpersist()
    return first, kept.is_cached


def checkpointed():
    sc.setCheckpointDir(place)
    rdd = nums.map(lambda x: x + 1)
    before = rdd.isCheckpointed()
    rdd.checkpoint()
    return before, rdd.count(), rdd.isCheckpointed(), rdd.sum(), bool(rdd.getCheckpointFile())


def locally_checkpointed():
    rdd = nums.map(lambda x: x + 1)
    rdd.localCheckpoint()
    return rdd.count(), rdd.sum()


def shared_module():
    path = os.path.join(place, "extra_module.py")
    with open(path, "w") as module:
        module.write("def triple(x):\n    return 3 * x\n")
    sc.addPyFile(path)

    def use(x):
        import extra_module

        return extra_module.triple(x)

    return nums.map(use).take(3)


def shared_file():
    from pyspark import SparkFiles

    path = os.path.join(place, "factor.txt")
    with open(path, "w") as data:
        data.write("7")
    sc.addFile(path)
    return nums.map(lambda x: x * int(open(SparkFiles.get("factor.txt")).read())).take(2)


def local_property():
    from pyspark import TaskContext

    sc.setLocalProperty("colour", "blue")
    seen = letters.map(lambda _: TaskContext.get().getLocalProperty("colour")).collect()
    sc.setLocalProperty("colour", None)
    return seen


def partition_numbers():
    from pyspark import TaskContext

    return letters.map(lambda _: TaskContext.get().partitionId()).collect()


EXPRESSIONS = """
nums.collect()
nums.glom().collect()
nums.getNumPartitions()
sc.parallelize(range(10), 4).glom().collect()
sc.parallelize(range(0, 100, 9), 5).glom().collect()
sc.parallelize([1, 2], 5).glom().collect()
sc.parallelize(list(range(5000)), 3).mapPartitions(lambda it: [sum(1 for _ in it)]).collect()
sc.parallelize([]).collect()
sc.range(5).collect()
sc.range(2, 10, 3, 2).glom().collect()
sc.emptyRDD().collect()
sc.emptyRDD().isEmpty()
sc.emptyRDD().getNumPartitions()
sc.defaultParallelism
sc.defaultMinPartitions
sc.appName
sc.master
nums.map(lambda x: x * 2).collect()
nums.map(str).collect()
nums.flatMap(lambda x: range(x % 3)).collect()
nums.filter(lambda x: x % 2).collect()
nums.mapPartitions(lambda it: [sum(it)]).collect()
nums.mapPartitionsWithIndex(lambda i, it: [(i, list(it))]).collect()
words.distinct().count()
sorted(words.distinct().collect())
words.union(letters).collect()
words.union(letters).getNumPartitions()
(nums + nums).count()
sc.union([nums, letters, words]).count()
sorted(nums.intersection(sc.parallelize([1, 1, 99, 10])).collect())
sorted(nums.subtract(sc.parallelize([1, 2, 3])).collect())
sorted(pairs.subtractByKey(other).collect())
letters.cartesian(letters).collect()
nums.cartesian(pairs).count()
nums.zip(nums.map(lambda x: x * x)).collect()
letters.zip(sc.parallelize([7, 8, 9], 3)).collect()
error(lambda: letters.zip(nums.repartition(5)))
words.zipWithIndex().collect()
words.zipWithUniqueId().collect()
nums.keyBy(lambda x: x % 2).collect()
pairs.keys().collect()
pairs.values().collect()
pairs.mapValues(lambda x: x * 10).collect()
pairs.flatMapValues(range).collect()
sorted(pairs.reduceByKey(operator.add).collect())
sorted(words.map(lambda w: (w, 1)).reduceByKey(lambda a, b: a + b).collect())
pairs.reduceByKey(operator.add, 1).glom().collect()
words.map(lambda w: (w, 1)).reduceByKey(operator.add, 3).glom().collect()
sorted(pairs.reduceByKeyLocally(operator.add).items())
lists(pairs.groupByKey())
sorted(pairs.groupByKey().mapValues(len).collect())
lists(nums.groupBy(lambda x: x % 3))
sorted(pairs.aggregateByKey(0, lambda a, x: a + x, operator.add).collect())
sorted(pairs.aggregateByKey([], lambda a, x: a + [x], operator.add).collect())
sorted(pairs.combineByKey(lambda x: [x], lambda a, x: a + [x], lambda a, b: a + b).mapValues(sorted).collect())
sorted(pairs.foldByKey(0, operator.add).collect())
sorted(pairs.join(other).collect())
sorted(pairs.leftOuterJoin(other).collect(), key=str)
sorted(pairs.rightOuterJoin(other).collect(), key=str)
sorted(pairs.fullOuterJoin(other).collect(), key=str)
pairs.join(other).getNumPartitions()
groups(pairs.cogroup(other))
groups(pairs.groupWith(other, pairs))
nums.sortBy(lambda x: -x).collect()
nums.sortBy(lambda x: -x, numPartitions=2).glom().collect()
words.sortBy(len).map(len).collect()
pairs.sortByKey().keys().collect()
pairs.sortByKey(False).keys().collect()
sc.parallelize([(3, "c"), (1, "a"), (2, "b")], 3).sortByKey(numPartitions=2).glom().collect()
sc.parallelize([("B", 1), ("a", 2)]).sortByKey(keyfunc=str.lower).collect()
sorted(pairs.countByKey().items())
sorted(words.countByValue().items())
nums.take(4)
nums.take(100)
nums.take(0)
words.first()
error(lambda: sc.parallelize([]).first())
nums.top(3)
nums.top(2, key=lambda x: -x)
nums.takeOrdered(3)
nums.takeOrdered(2, key=lambda x: -x)
sorted(nums.takeSample(False, 20))
len(nums.takeSample(False, 4))
nums.takeSample(False, 3, 7)
nums.takeSample(True, 5, 7)
nums.sample(False, 0.5, 42).collect()
nums.sample(True, 1.5, 42).collect()
[part.collect() for part in nums.randomSplit([1, 2], 17)]
pairs.sampleByKey(False, {"a": 1.0, "b": 0.0, "c": 0.0}, 3).collect()
nums.count()
nums.reduce(operator.add)
error(lambda: sc.parallelize([]).reduce(operator.add))
nums.treeReduce(operator.add)
nums.fold(0, operator.add)
nums.aggregate((0, 0), lambda a, x: (a[0] + x, a[1] + 1), lambda a, b: (a[0] + b[0], a[1] + b[1]))
nums.treeAggregate(0, operator.add, operator.add)
nums.sum()
nums.mean()
nums.min()
nums.max()
words.max(key=len)
nums.variance()
nums.stdev()
nums.sampleStdev()
nums.sampleVariance()
str(nums.stats())
nums.histogram(3)
nums.histogram([1, 5, 10])
nums.histogram(4)
sc.parallelize([0.5, 1.5, 9.0]).histogram(2)
nums.countApproxDistinct() in range(8, 13)
counted_with_accumulator()
float_accumulator()
vector_accumulator()
broadcast_lookup()
saved_text()
saved_pickle()
whole_files()
binary_files()
cached()
checkpointed()
locally_checkpointed()
shared_module()
shared_file()
local_property()
partition_numbers()
nums.repartition(5).getNumPartitions()
sorted(nums.repartition(5).collect())
nums.coalesce(2).glom().collect()
nums.coalesce(10).getNumPartitions()
sorted(nums.coalesce(5, shuffle=True).collect())
pairs.partitionBy(3).glom().collect()
pairs.partitionBy(2, lambda key: ord(key)).glom().collect()
pairs.partitionBy(2).partitioner.numPartitions
sc.parallelize([(0, 5), (3, 8), (2, 6), (0, 8)]).repartitionAndSortWithinPartitions(2, lambda x: x % 2).glom().collect()
pairs.lookup("a")
pairs.lookup("zzz")
pairs.partitionBy(3).lookup("b")
sorted(pairs.collectAsMap().items())
list(nums.toLocalIterator())
nums.isEmpty()
nums.setName("numbers").name()
type(nums.toDebugString()).__name__
nums.pipe("cat").collect()
lines.collect()
lines.count()
lines.flatMap(str.split).map(lambda w: (w, 1)).reduceByKey(operator.add).map(lambda p: (-p[1], p[0])).sortByKey().take(3)
lines.filter(lambda line: "be" in line).first()
sc.textFile(book + "," + book).count()
sc.textFile("file://" + book).count()
sc.textFile(place + "/*.txt", 4).count()
sc.textFile(book, use_unicode=False).first()
sc.parallelize([Row(name="a", age=1)]).map(lambda row: row.age).collect()
sc.runJob(nums, lambda it: [max(it)], [0, 2])
lines.glom().map(len).sum()
nums.map(lambda x: x).cache().map(lambda x: x + 1).filter(lambda x: x > 5).count()
""".strip().splitlines()

failed = 0
for expression in EXPRESSIONS:
    try:
        answer = repr(eval(expression))
    except Exception as caught:
        answer, failed = f"{type(caught).__name__}: {caught}", failed + 1
    print(f"{expression}\t{answer}", flush=True)
shutil.rmtree(place)
sc.stop()
sys.exit(1 if failed else 0)
