"""DStream: what a program sees of a stream of batches."""

from types import GenericAlias
from typing import Any, Callable, Iterable, Optional

from millstream_spark.streaming.bykey import ByKey
from millstream_spark.streaming.graph import Node, Together, Transformed
from millstream_spark.streaming.outputs import Outputs
from millstream_spark.streaming.windows import Windows


class DStream(ByKey, Windows, Outputs):
    """A node of the graph, and the methods that put others on it."""

    # `DStream[str]` in the annotations of programs.
    __class_getitem__ = classmethod(GenericAlias)

    def __init__(self, node: Node, ssc: Any) -> None:
        self._node = node
        self._ssc = ssc
        self._sc = ssc._sc
        self.is_cached = False
        self.is_checkpointed = False

    def context(self) -> Any:
        """The StreamingContext that it belongs to."""
        return self._ssc

    @property
    def _slideDuration(self) -> float:
        return self._node._slide / 1000.0

    def _made(self, node: Node) -> "DStream":
        return DStream(node, self._ssc)

    # ------------------------------------------------------------ any function of RDDs

    def transform(self, func: Callable[..., Any]) -> "DStream":
        """`func(rdd)`, or `func(time, rdd)`, for each batch."""
        function = func if _arguments(func) != 1 else lambda time, rdd: func(rdd)
        return self._made(Transformed(self._ssc, (self._node,), function))

    def transformWith(self, func: Callable[..., Any], other: "DStream", keepSerializer: bool = False) -> "DStream":
        """`func(rdd, other)`, or `func(time, rdd, other)`, for each batch."""
        function = func if _arguments(func) != 2 else lambda time, rdd, others: func(rdd, others)
        return self._made(Transformed(self._ssc, (self._node, other._node), function))

    def union(self, other: "DStream") -> "DStream":
        if self._node._slide != other._node._slide:
            raise ValueError("the two DStream should have same slide duration")
        return self._made(Together(self._ssc, (self._node, other._node)))

    # ------------------------------------------------------------ element by element

    def map(self, f: Callable[[Any], Any], preservesPartitioning: bool = False) -> "DStream":
        return self.transform(lambda _, rdd: rdd.map(f, preservesPartitioning))

    def flatMap(self, f: Callable[[Any], Iterable[Any]], preservesPartitioning: bool = False) -> "DStream":
        return self.transform(lambda _, rdd: rdd.flatMap(f, preservesPartitioning))

    def filter(self, f: Callable[[Any], bool]) -> "DStream":
        return self.transform(lambda _, rdd: rdd.filter(f))

    def mapPartitions(
        self, f: Callable[[Iterable[Any]], Iterable[Any]], preservesPartitioning: bool = False
    ) -> "DStream":
        return self.transform(lambda _, rdd: rdd.mapPartitions(f, preservesPartitioning))

    def mapPartitionsWithIndex(
        self, f: Callable[[int, Iterable[Any]], Iterable[Any]], preservesPartitioning: bool = False
    ) -> "DStream":
        return self.transform(lambda _, rdd: rdd.mapPartitionsWithIndex(f, preservesPartitioning))

    def glom(self) -> "DStream":
        return self.transform(lambda _, rdd: rdd.glom())

    def repartition(self, numPartitions: int) -> "DStream":
        return self.transform(lambda _, rdd: rdd.repartition(numPartitions))

    # ------------------------------------------------------------ one value a batch

    def reduce(self, func: Callable[[Any, Any], Any]) -> "DStream":
        return self.map(lambda x: (None, x)).reduceByKey(func, 1).map(lambda pair: pair[1])

    def count(self) -> "DStream":
        """The number of elements; nothing for a batch without partitions."""
        return self.mapPartitions(lambda iterator: [sum(1 for _ in iterator)]).reduce(lambda a, b: a + b)

    def countByValue(self) -> "DStream":
        return self.map(lambda x: (x, 1)).reduceByKey(lambda a, b: a + b)

    # ------------------------------------------------------------ memory

    def cache(self) -> "DStream":
        from pyspark.storagelevel import StorageLevel

        return self.persist(StorageLevel.MEMORY_ONLY)

    def persist(self, storageLevel: Any) -> "DStream":
        self.is_cached = True
        self._node._storage = storageLevel
        return self

    def checkpoint(self, interval: int) -> "DStream":
        """How often its state goes to the checkpoint directory, in seconds."""
        self.is_checkpointed = True
        self._node._checkpoint_interval = int(interval * 1000)
        return self

    def slice(self, begin: Any, end: Any) -> "list[Any]":
        """The RDDs of the batches between two moments, both included."""
        return self._node.between(_milliseconds(begin), _milliseconds(end))

    def __getattr__(self, name: str) -> Any:
        if name in ("_jdstream", "_jrdd_deserializer"):
            raise NotImplementedError(f"DStream.{name} is not supported by Millstream: there is no Java behind it.")
        raise AttributeError(f"'DStream' object has no attribute '{name}'")


def _arguments(func: Callable[..., Any]) -> int:
    code = getattr(func, "__code__", None)
    if code is None:
        import inspect

        return len(inspect.signature(func).parameters)
    return int(code.co_argcount) - (1 if getattr(func, "__self__", None) is not None else 0)


def _milliseconds(moment: Any) -> int:
    """PySpark takes a datetime, or seconds since the epoch."""
    from datetime import datetime

    seconds = moment.timestamp() if isinstance(moment, datetime) else moment
    return int(seconds * 1000)
