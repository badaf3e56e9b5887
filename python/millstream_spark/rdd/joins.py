"""Several RDDs of pairs, brought together by key."""

from functools import reduce
from typing import Any, Callable, Iterable, Iterator, Optional

from millstream_spark.rdd.base import Base


class Joins(Base):
    """The joins and cogroup; all of them are one grouping of values that carry their RDD's number."""

    def join(self, other: Any, numPartitions: Optional[int] = None) -> Any:
        return _joined(self, other, numPartitions, lambda left, right: _product(left, right))

    def leftOuterJoin(self, other: Any, numPartitions: Optional[int] = None) -> Any:
        return _joined(self, other, numPartitions, lambda left, right: _product(left, right or [None]))

    def rightOuterJoin(self, other: Any, numPartitions: Optional[int] = None) -> Any:
        return _joined(self, other, numPartitions, lambda left, right: _product(left or [None], right))

    def fullOuterJoin(self, other: Any, numPartitions: Optional[int] = None) -> Any:
        return _joined(self, other, numPartitions, lambda left, right: _product(left or [None], right or [None]))

    def cogroup(self, other: Any, numPartitions: Optional[int] = None) -> Any:
        return _cogrouped((self, other), numPartitions)

    def groupWith(self, other: Any, *others: Any) -> Any:
        return _cogrouped((self, other, *others), None)

    def subtractByKey(self, other: Any, numPartitions: Optional[int] = None) -> Any:
        """The pairs whose key the other does not have."""
        both = _tagged((self, other), numPartitions)
        return both.flatMapValues(lambda groups: [] if groups[1] else groups[0])

    def subtract(self, other: Any, numPartitions: Optional[int] = None) -> Any:
        """The elements that the other does not have."""
        return self.map(_marked).subtractByKey(other.map(_marked), numPartitions).keys()

    def intersection(self, other: Any) -> Any:
        """The elements that both have, each once."""
        both = _tagged((self.map(_marked), other.map(_marked)), None)
        return both.filter(lambda pair: bool(pair[1][0]) and bool(pair[1][1])).keys()


def _marked(element: Any) -> Any:
    return element, True


def _tagged(rdds: "tuple[Any, ...]", partitions: Optional[int]) -> Any:
    """(key, (values of the first, values of the second, ...)), the values in lists."""
    count = len(rdds)
    pairs = [_with_number(rdd, number) for number, rdd in enumerate(rdds)]
    if partitions is None:
        partitions = _width(rdds)
    everything = reduce(lambda left, right: left.union(right), pairs)

    def create(numbered: Any) -> Any:
        return add(tuple([] for _ in range(count)), numbered)

    def add(lists: Any, numbered: Any) -> Any:
        lists[numbered[0]].append(numbered[1])
        return lists

    def merge(lists: Any, others: Any) -> Any:
        for values, more in zip(lists, others):
            values.extend(more)
        return lists

    return everything.combineByKey(create, add, merge, partitions)


def _width(rdds: "tuple[Any, ...]") -> int:
    """As many partitions as Spark takes: those that all share, the configured number, or all of them together."""
    first = rdds[0].partitioner
    if first is not None and all(rdd.partitioner == first for rdd in rdds):
        return first.numPartitions
    if rdds[0].ctx._conf.contains("spark.default.parallelism"):
        return rdds[0].ctx.defaultParallelism
    return max(1, sum(rdd.getNumPartitions() for rdd in rdds))


def _with_number(rdd: Any, number: int) -> Any:
    return rdd.mapValues(lambda value: (number, value))


def _cogrouped(rdds: "tuple[Any, ...]", partitions: Optional[int]) -> Any:
    from pyspark.resultiterable import ResultIterable

    return _tagged(rdds, partitions).mapValues(lambda groups: tuple(ResultIterable(group) for group in groups))


def _joined(
    left: Any, right: Any, partitions: Optional[int], combine: Callable[[Any, Any], Iterable[Any]]
) -> Any:
    return _tagged((left, right), partitions).flatMapValues(lambda groups: combine(*groups))


def _product(left: Iterable[Any], right: "list[Any]") -> Iterator[Any]:
    return ((one, other) for one in left for other in right)
