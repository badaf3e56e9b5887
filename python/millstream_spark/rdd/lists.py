"""RDDs as lists and sets: union, distinct, cartesian, zip, and the elements' numbers."""

from typing import Any, Iterable, Iterator, Optional

from millstream_spark import plan
from millstream_spark.rdd.base import Base


class Lists(Base):
    """What puts whole RDDs together, or numbers their elements."""

    def union(self, other: Any) -> Any:
        """One after the other; nothing moves."""
        return self.ctx.union([self, other])

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Lists):
            raise TypeError(f"an RDD and a {type(other).__name__} cannot be added")
        return self.union(other)

    def distinct(self, numPartitions: Optional[int] = None) -> Any:
        pairs = self.map(lambda element: (element, None))
        return pairs.reduceByKey(lambda kept, _: kept, numPartitions).map(lambda pair: pair[0])

    def cartesian(self, other: Any) -> Any:
        """Each element with each of the other's."""
        from pyspark.serializers import CartesianDeserializer

        read = CartesianDeserializer(self._write, other._write)
        return type(self)(plan.pairs(self._plan(), other._plan(), zipped=False), self.ctx, read)

    def zip(self, other: Any) -> Any:
        """The first with the other's first, and so on; both must be cut in the same way."""
        from pyspark.serializers import PairDeserializer

        if self.getNumPartitions() != other.getNumPartitions():
            raise ValueError("Can only zip with RDD which has the same number of partitions")
        left, right = _one_frame_each(self), _one_frame_each(other)
        read = PairDeserializer(left._write, right._write)
        zipped = type(self)(plan.pairs(left._plan(), right._plan(), zipped=True), self.ctx, read)
        return zipped.mapPartitions(_in_step, preservesPartitioning=True)

    def zipWithIndex(self) -> Any:
        """Numbers in order; with several partitions their lengths are counted first."""
        starts = [0]
        if self.getNumPartitions() > 1:
            for count in self.mapPartitions(_length).collect()[:-1]:
                starts.append(starts[-1] + count)

        def number(split: int, iterator: Iterable[Any]) -> Iterator[Any]:
            return ((element, index) for index, element in enumerate(iterator, starts[split]))

        return self.mapPartitionsWithIndex(number)

    def zipWithUniqueId(self) -> Any:
        """Numbers without gaps within a partition's own residue; nothing is counted."""
        step = self.getNumPartitions()

        def number(split: int, iterator: Iterable[Any]) -> Iterator[Any]:
            return ((element, index * step + split) for index, element in enumerate(iterator))

        return self.mapPartitionsWithIndex(number)


def _length(iterator: Iterable[Any]) -> "list[int]":
    return [sum(1 for _ in iterator)]


def _one_frame_each(rdd: Any) -> Any:
    """A partition as one list in one frame, so that partitions meet however their elements were batched."""
    from pyspark.serializers import BatchedSerializer, CPickleSerializer

    return rdd._apply(lambda _, iterator: [list(iterator)], True, write=BatchedSerializer(CPickleSerializer(), 1))


def _in_step(pairs: Iterable[Any]) -> Iterator[Any]:
    for left, right in pairs:
        if len(left) != len(right):
            raise ValueError("Can only zip RDDs with same number of elements in each partition")
        yield from zip(left, right)
