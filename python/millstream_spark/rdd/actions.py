"""What runs a job and brings elements to the program."""

import heapq
from typing import Any, Callable, Iterable, Iterator, Optional

from millstream_spark.rdd.base import Base


class Actions(Base):
    """collect, take, foreach and their relatives."""

    def collect(self) -> "list[Any]":
        return [element for partition in self._run() for element in partition]

    def collectWithJobGroup(self, groupId: str, description: str, interruptOnCancel: bool = False) -> "list[Any]":
        self.ctx.setJobGroup(groupId, description, interruptOnCancel)
        return self.collect()

    def toLocalIterator(self, prefetchPartitions: bool = False) -> Iterator[Any]:
        """One partition in memory at a time; what the server sends ahead is bounded by the connection."""
        return (element for partition in self._run() for element in partition)

    def take(self, num: int) -> "list[Any]":
        """Runs one partition, and more of them while they bring too little."""
        taken: "list[Any]" = []
        total, scanned = self.getNumPartitions(), 0
        while len(taken) < num and scanned < total:
            batch = 1
            if scanned:
                # As many as should be enough at the rate seen, half as many again, but at most four times as many.
                estimate = int(1.5 * num * scanned / len(taken)) - scanned if taken else scanned * 4
                batch = min(max(estimate, 1), scanned * 4)
            wanted = range(scanned, min(scanned + batch, total))
            left = num - len(taken)
            for partition in self.mapPartitions(_Firsts(left))._run(wanted):
                taken.extend(partition[: num - len(taken)])
            scanned += batch
        return taken[:num]

    def first(self) -> Any:
        found = self.take(1)
        if not found:
            raise ValueError("RDD is empty")
        return found[0]

    def isEmpty(self) -> bool:
        return self.getNumPartitions() == 0 or not self.take(1)

    def top(self, num: int, key: Optional[Callable[[Any], Any]] = None) -> "list[Any]":
        """The greatest, in falling order."""
        best = self.mapPartitions(lambda iterator: heapq.nlargest(num, iterator, key=key)).collect()
        return heapq.nlargest(num, best, key=key)

    def takeOrdered(self, num: int, key: Optional[Callable[[Any], Any]] = None) -> "list[Any]":
        """The least, in rising order."""
        if num < 0:
            raise ValueError("top N cannot be negative.")
        best = self.mapPartitions(lambda iterator: heapq.nsmallest(num, iterator, key=key)).collect()
        return heapq.nsmallest(num, best, key=key)

    def foreach(self, f: Callable[[Any], None]) -> None:
        def each(iterator: Iterable[Any]) -> Iterable[Any]:
            for element in iterator:
                f(element)
            return iter(())

        self._finish(self.mapPartitions(each))

    def foreachPartition(self, f: Callable[[Iterable[Any]], None]) -> None:
        def whole(iterator: Iterable[Any]) -> Iterable[Any]:
            f(iterator)
            return iter(())

        self._finish(self.mapPartitions(whole))

    @staticmethod
    def _finish(rdd: Any) -> None:
        for _ in rdd._run():
            pass

    def count(self) -> int:
        return sum(element for partition in self.mapPartitions(_count)._run() for element in partition)

    def countApprox(self, timeout: int, confidence: float = 0.95) -> int:
        """Exact: nothing here is so far away that half an answer would be faster."""
        return self.count()


class _Firsts:
    """The first elements of a partition; the rest is not computed."""

    def __init__(self, num: int) -> None:
        self.num = num

    def __call__(self, iterator: Iterable[Any]) -> Iterator[Any]:
        elements = iter(iterator)
        for _ in range(self.num):
            try:
                element = next(elements)
            except StopIteration:
                return
            yield element


def _count(iterator: Iterable[Any]) -> "list[int]":
    return [sum(1 for _ in iterator)]
