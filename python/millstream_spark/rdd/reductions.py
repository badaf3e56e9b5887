"""Actions that make one value of all elements: in each partition by a worker, then here."""

import copy
from functools import reduce
from typing import Any, Callable, Iterable, Iterator

from millstream_spark.rdd.base import Base

_Two = Callable[[Any, Any], Any]


class Reductions(Base):
    """reduce, fold, aggregate, and their trees."""

    def reduce(self, f: _Two) -> Any:
        from pyspark.util import fail_on_stopiteration

        f = fail_on_stopiteration(f)
        parts = self.mapPartitions(lambda iterator: _reduced(iterator, f)).collect()
        if not parts:
            raise ValueError("Can not reduce() empty RDD")
        return reduce(f, parts)

    def fold(self, zeroValue: Any, op: _Two) -> Any:
        return self.aggregate(zeroValue, op, op)

    def aggregate(self, zeroValue: Any, seqOp: _Two, combOp: _Two) -> Any:
        from pyspark.util import fail_on_stopiteration

        seq, combine = fail_on_stopiteration(seqOp), fail_on_stopiteration(combOp)
        parts = self.mapPartitions(lambda iterator: [reduce(seq, iterator, copy.deepcopy(zeroValue))]).collect()
        return reduce(combine, parts, zeroValue)

    def treeReduce(self, f: _Two, depth: int = 2) -> Any:
        """The levels of Spark's tree spare its driver; here one level does."""
        if depth < 1:
            raise ValueError(f"Depth cannot be smaller than 1 but got {depth}.")
        return self.reduce(f)

    def treeAggregate(self, zeroValue: Any, seqOp: _Two, combOp: _Two, depth: int = 2) -> Any:
        if depth < 1:
            raise ValueError(f"Depth cannot be smaller than 1 but got {depth}.")
        if self.getNumPartitions() == 0:
            return zeroValue
        return self.aggregate(zeroValue, seqOp, combOp)

    def countByValue(self) -> "dict[Any, int]":
        from collections import defaultdict

        counts: "dict[Any, int]" = defaultdict(int)
        for partition in self.mapPartitions(_tallied).collect():
            for value, count in partition.items():
                counts[value] += count
        return counts


def _reduced(iterator: Iterable[Any], f: _Two) -> Iterator[Any]:
    elements = iter(iterator)
    try:
        first = next(elements)
    except StopIteration:
        return
    yield reduce(f, elements, first)


def _tallied(iterator: Iterable[Any]) -> "list[dict[Any, int]]":
    counts: "dict[Any, int]" = {}
    for value in iterator:
        counts[value] = counts.get(value, 0) + 1
    return [counts]
