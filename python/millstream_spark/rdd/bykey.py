"""Pairs (key, value): what brings the values of a key together."""

import copy
from typing import Any, Callable, Iterable, Iterator, Optional

from millstream_spark.rdd.base import Base
from millstream_spark.rdd.partitioning import portable_hash

_Hash = Callable[[Any], int]


class ByKey(Base):
    """reduceByKey and its relatives; all of them are combineByKey."""

    def combineByKey(
        self,
        createCombiner: Callable[[Any], Any],
        mergeValue: Callable[[Any, Any], Any],
        mergeCombiners: Callable[[Any, Any], Any],
        numPartitions: Optional[int] = None,
        partitionFunc: _Hash = portable_hash,
    ) -> Any:
        """Combines within each partition first, so that little goes through the shuffle."""
        if numPartitions is None:
            numPartitions = self._defaultReducePartitions()

        def within(iterator: Iterable[Any]) -> Iterable[Any]:
            merger = _merger(createCombiner, mergeValue, mergeCombiners)
            merger.mergeValues(iterator)
            return merger.items()

        def across(iterator: Iterable[Any]) -> Iterable[Any]:
            merger = _merger(createCombiner, mergeValue, mergeCombiners)
            merger.mergeCombiners(iterator)
            return merger.items()

        combined = self.mapPartitions(within, preservesPartitioning=True)
        return combined.partitionBy(numPartitions, partitionFunc).mapPartitions(across, preservesPartitioning=True)

    def reduceByKey(
        self,
        func: Callable[[Any, Any], Any],
        numPartitions: Optional[int] = None,
        partitionFunc: _Hash = portable_hash,
    ) -> Any:
        return self.combineByKey(_same, func, func, numPartitions, partitionFunc)

    def aggregateByKey(
        self,
        zeroValue: Any,
        seqFunc: Callable[[Any, Any], Any],
        combFunc: Callable[[Any, Any], Any],
        numPartitions: Optional[int] = None,
        partitionFunc: _Hash = portable_hash,
    ) -> Any:
        def create(value: Any) -> Any:
            return seqFunc(copy.deepcopy(zeroValue), value)

        return self.combineByKey(create, seqFunc, combFunc, numPartitions, partitionFunc)

    def foldByKey(
        self,
        zeroValue: Any,
        func: Callable[[Any, Any], Any],
        numPartitions: Optional[int] = None,
        partitionFunc: _Hash = portable_hash,
    ) -> Any:
        def create(value: Any) -> Any:
            return func(copy.deepcopy(zeroValue), value)

        return self.combineByKey(create, func, func, numPartitions, partitionFunc)

    def groupByKey(self, numPartitions: Optional[int] = None, partitionFunc: _Hash = portable_hash) -> Any:
        """All values of a key, as one iterable that knows its length."""
        from pyspark.resultiterable import ResultIterable

        if numPartitions is None:
            numPartitions = self._defaultReducePartitions()
        memory = self.ctx._worker_memory()
        lists = self.mapPartitions(_Grouped("ExternalMerger", memory), preservesPartitioning=True)
        placed = lists.partitionBy(numPartitions, partitionFunc)
        grouped = placed.mapPartitions(_Grouped("ExternalGroupBy", memory), preservesPartitioning=True)
        return grouped.mapValues(ResultIterable)

    def groupBy(
        self, f: Callable[[Any], Any], numPartitions: Optional[int] = None, partitionFunc: _Hash = portable_hash
    ) -> Any:
        return self.map(lambda element: (f(element), element)).groupByKey(numPartitions, partitionFunc)

    def reduceByKeyLocally(self, func: Callable[[Any, Any], Any]) -> "dict[Any, Any]":
        def within(iterator: Iterable[Any]) -> Iterator["dict[Any, Any]"]:
            yield _merged_into({}, iterator, func)

        merged: "dict[Any, Any]" = {}
        for partition in self.mapPartitions(within).collect():
            _merged_into(merged, partition.items(), func)
        return merged

    def countByKey(self) -> "dict[Any, int]":
        return self.map(lambda pair: pair[0]).countByValue()

    def collectAsMap(self) -> "dict[Any, Any]":
        return dict(self.collect())

    def lookup(self, key: Any) -> "list[Any]":
        """The values of a key: of one partition if it is known which, found by a worker (whose hash it is)."""
        found = self.filter(lambda pair: pair[0] == key).values()
        return found.collect()


class _Grouped:
    """Lists of values by key; PySpark's ExternalGroupBy holds those on disk that are larger than the memory."""

    def __init__(self, kind: str, memory: int) -> None:
        self.kind = kind
        self.memory = memory

    def __call__(self, iterator: Iterable[Any]) -> Iterable[Any]:
        from pyspark import shuffle
        from pyspark.serializers import AutoBatchedSerializer, CPickleSerializer

        lists = shuffle.Aggregator(_only, _with, _joined)
        merger = getattr(shuffle, self.kind)(lists, self.memory, AutoBatchedSerializer(CPickleSerializer()))
        if self.kind == "ExternalMerger":
            merger.mergeValues(iterator)
        else:
            merger.mergeCombiners(iterator)
        return merger.items()


def _merger(create: Callable[..., Any], value: Callable[..., Any], combiners: Callable[..., Any]) -> Any:
    """PySpark's own: a dictionary that goes to disk when it grows beyond a worker's memory."""
    from pyspark.shuffle import Aggregator, ExternalMerger
    from pyspark.util import fail_on_stopiteration

    functions = (fail_on_stopiteration(function) for function in (create, value, combiners))
    return ExternalMerger(Aggregator(*functions))


def _merged_into(merged: "dict[Any, Any]", pairs: Iterable[Any], func: Callable[[Any, Any], Any]) -> "dict[Any, Any]":
    for key, value in pairs:
        merged[key] = func(merged[key], value) if key in merged else value
    return merged


def _same(value: Any) -> Any:
    return value


def _only(value: Any) -> "list[Any]":
    return [value]


def _with(values: "list[Any]", value: Any) -> "list[Any]":
    values.append(value)
    return values


def _joined(values: "list[Any]", others: "list[Any]") -> "list[Any]":
    values.extend(others)
    return values
