"""Sorting over all partitions: bounds from a sample, a shuffle by range, a sort within each partition."""

import bisect
from typing import Any, Callable, Iterable, Optional

from millstream_spark.rdd.base import Base

# Sampled elements for each partition to be made, as Spark takes them.
_SAMPLES = 20.0


class Ordering(Base):
    """sortBy and sortByKey."""

    def sortBy(
        self, keyfunc: Callable[[Any], Any], ascending: bool = True, numPartitions: Optional[int] = None
    ) -> Any:
        return self.keyBy(keyfunc).sortByKey(ascending, numPartitions).values()

    def sortByKey(
        self,
        ascending: Optional[bool] = True,
        numPartitions: Optional[int] = None,
        keyfunc: Callable[[Any], Any] = lambda x: x,
    ) -> Any:
        if numPartitions is None:
            numPartitions = self._defaultReducePartitions()

        def sort(iterator: Iterable[Any]) -> Iterable[Any]:
            return _sorter()(iterator, key=lambda pair: keyfunc(pair[0]), reverse=not ascending)

        if numPartitions == 1:
            whole = self.coalesce(1) if self.getNumPartitions() > 1 else self
            return whole.mapPartitions(sort, True)
        bounds = _bounds(self, numPartitions, keyfunc)

        def within_bounds(key: Any) -> int:
            index = bisect.bisect_left(bounds, keyfunc(key))
            return index if ascending else numPartitions - 1 - index

        return self.partitionBy(numPartitions, within_bounds).mapPartitions(sort, True)


def _sorter() -> Any:
    """PySpark's own sort, which goes to disk when a partition is larger than a worker's memory."""
    from pyspark.serializers import CPickleSerializer
    from pyspark.shuffle import ExternalSorter

    return ExternalSorter(512, CPickleSerializer()).sorted


def _bounds(rdd: Any, partitions: int, keyfunc: Callable[[Any], Any]) -> "list[Any]":
    """The keys between which partitions lie: at most one less than there are partitions."""
    size = rdd.count()
    if not size:
        return []
    fraction = min(_SAMPLES * partitions / max(size, 1), 1.0)
    sample = sorted(rdd.sample(False, fraction, 1).map(lambda pair: pair[0]).collect(), key=keyfunc)
    if not sample:
        return []
    return [keyfunc(sample[len(sample) * (index + 1) // partitions]) for index in range(partitions - 1)]
