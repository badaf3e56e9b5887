"""Which element lies in which partition."""

import struct
import sys
from typing import Any, Callable, Iterable, Iterator, Optional

from millstream_spark import plan
from millstream_spark.rdd.base import Base

# Elements of a chunk on its way to another partition: large enough to pickle well, small enough to hold.
_CHUNK = 1000


def portable_hash(x: Any) -> int:
    """A hash that is equal in all processes: for None and tuples too, unlike Python's own.

    Workers all run with the same PYTHONHASHSEED, which makes the hash of text equal among them.
    """
    if x is None:
        return 0
    if isinstance(x, tuple):
        mixed = 0x345678
        for item in x:
            mixed ^= portable_hash(item)
            mixed *= 1000003
            mixed &= sys.maxsize
        mixed ^= len(x)
        return int(-2 if mixed == -1 else mixed)
    return hash(x)


class Partitioner:
    """A number of partitions and the function that chooses one: equal ones need no shuffle between them."""

    def __init__(self, numPartitions: int, partitionFunc: Callable[[Any], int]) -> None:
        self.numPartitions = numPartitions
        self.partitionFunc = partitionFunc

    def __eq__(self, other: Any) -> bool:
        return (
            isinstance(other, Partitioner)
            and self.numPartitions == other.numPartitions
            and self.partitionFunc == other.partitionFunc
        )

    def __hash__(self) -> int:
        return hash((self.numPartitions, self.partitionFunc))

    def __call__(self, key: Any) -> int:
        return self.partitionFunc(key) % self.numPartitions


class Partitioning(Base):
    """partitionBy and the ways to have more or fewer partitions."""

    def partitionBy(self, numPartitions: Optional[int], partitionFunc: Callable[[Any], int] = portable_hash) -> Any:
        """A pair goes where the function sends its key."""
        if numPartitions is None:
            numPartitions = self._defaultReducePartitions()
        partitioner = Partitioner(numPartitions, partitionFunc)
        if self.partitioner == partitioner:
            return self
        return self._routed(lambda _, pair: partitioner(pair[0]), numPartitions, partitioner)

    def _routed(self, where: Callable[[int, Any], int], partitions: int, partitioner: Any = None) -> Any:
        """A shuffle in which `where(split, element)` says each element's new partition."""
        from pyspark.serializers import NoOpSerializer

        serializer = self.ctx._batched
        chunks = self._apply(lambda split, it: _in_chunks(split, it, where, serializer), write=NoOpSerializer())
        return type(self)(plan.shuffle(chunks._plan(), partitions), self.ctx, serializer, partitioner=partitioner)

    def repartition(self, numPartitions: int) -> Any:
        """Any number of partitions, evenly filled."""
        return self.coalesce(numPartitions, shuffle=True)

    def coalesce(self, numPartitions: int, shuffle: bool = False) -> Any:
        """Fewer partitions by joining neighbours; with a shuffle also more, evenly filled."""
        if not numPartitions > 0:
            raise ValueError("Number of partitions must be positive.")
        if not shuffle:
            return type(self)(plan.coalesce(self._plan(), numPartitions), self.ctx, self._write)
        return self._apply(_dealt)._routed(lambda _, pair: pair[0], numPartitions).values()

    def repartitionAndSortWithinPartitions(
        self,
        numPartitions: Optional[int] = None,
        partitionFunc: Callable[[Any], int] = portable_hash,
        ascending: bool = True,
        keyfunc: Callable[[Any], Any] = lambda x: x,
    ) -> Any:
        def sort(iterator: Iterable[Any]) -> Iterable[Any]:
            return iter(sorted(iterator, key=lambda pair: keyfunc(pair[0]), reverse=not ascending))

        return self.partitionBy(numPartitions, partitionFunc).mapPartitions(sort, True)

    def _defaultReducePartitions(self) -> int:
        """As Spark chooses: what the configuration says, else as many as there are now."""
        if self.ctx._conf.contains("spark.default.parallelism"):
            return self.ctx.defaultParallelism
        return max(1, self.getNumPartitions())


def _dealt(split: int, iterator: Iterable[Any]) -> Iterator[Any]:
    """Deals elements out like cards, by tens, each partition beginning elsewhere."""
    for index, element in enumerate(iterator):
        yield split + index // 10, element


def _in_chunks(split: int, iterator: Iterable[Any], where: Callable[[int, Any], int], serializer: Any) -> Iterator[bytes]:
    """In turns a partition's number and elements for it."""
    waiting: "dict[int, list[Any]]" = {}
    for element in iterator:
        target = where(split, element)
        chunk = waiting.setdefault(target, [])
        chunk.append(element)
        if len(chunk) >= _CHUNK:
            yield struct.pack("!q", target)
            yield _one_chunk(waiting.pop(target), serializer)
    for target, chunk in waiting.items():
        yield struct.pack("!q", target)
        yield _one_chunk(chunk, serializer)


def _one_chunk(elements: "list[Any]", serializer: Any) -> bytes:
    return serializer.serializer.dumps(elements)
