"""Statistics of an RDD of numbers."""

import bisect
from typing import Any, Callable, Iterable, Optional, Union

from millstream_spark.rdd.base import Base


class Numbers(Base):
    """sum, mean, stats, histogram and their relatives."""

    def sum(self) -> Any:
        return self.mapPartitions(lambda iterator: [sum(iterator)]).fold(0, _plus)

    def max(self, key: Optional[Callable[[Any], Any]] = None) -> Any:
        return self.reduce(max) if key is None else self.reduce(lambda a, b: max(a, b, key=key))

    def min(self, key: Optional[Callable[[Any], Any]] = None) -> Any:
        return self.reduce(min) if key is None else self.reduce(lambda a, b: min(a, b, key=key))

    def stats(self) -> Any:
        """Count, mean, deviation, greatest and least, in one pass."""
        from pyspark.statcounter import StatCounter

        return self.mapPartitions(lambda iterator: [StatCounter(iterator)]).reduce(lambda a, b: a.mergeStats(b))

    def mean(self) -> float:
        return self.stats().mean()

    def variance(self) -> float:
        return self.stats().variance()

    def stdev(self) -> float:
        return self.stats().stdev()

    def sampleStdev(self) -> float:
        return self.stats().sampleStdev()

    def sampleVariance(self) -> float:
        return self.stats().sampleVariance()

    def sumApprox(self, timeout: int, confidence: float = 0.95) -> float:
        """Exact, as countApprox is."""
        return float(self.sum())

    def meanApprox(self, timeout: int, confidence: float = 0.95) -> float:
        return float(self.mean())

    def countApproxDistinct(self, relativeSD: float = 0.05) -> int:
        """Exact, as countApprox is."""
        if relativeSD < 0.000017:
            raise ValueError("relativeSD should be greater than 0.000017")
        return self.distinct().count()

    def histogram(self, buckets: Union[int, "list[Any]", "tuple[Any, ...]"]) -> "tuple[Any, list[int]]":
        """Counts between bounds: given ones, or so many of equal width between the least and the greatest."""
        even = isinstance(buckets, int)
        if even:
            given, bounds = self._even_bounds(buckets)  # type: ignore[arg-type]
            if len(bounds) == 2 and (bounds[0] == bounds[1] or buckets == 1):
                return given, [self._countable().count()]
        else:
            bounds = given = _checked(buckets)  # type: ignore[arg-type]

        def tally(iterator: Iterable[Any]) -> "list[list[int]]":
            return [_tally(iterator, bounds)]

        counts = self.mapPartitions(tally).reduce(lambda a, b: [x + y for x, y in zip(a, b)])
        return given, counts

    def _countable(self) -> Any:
        return self.filter(_is_a_value)

    def _even_bounds(self, buckets: int) -> "tuple[list[Any], list[Any]]":
        if buckets < 1:
            raise ValueError("number of buckets must be >= 1")
        try:
            low, high = self._countable().map(lambda x: (x, x)).reduce(_wider)
        except TypeError as error:
            if "empty" in str(error):
                raise ValueError("can not generate buckets from empty RDD") from error
            raise
        except ValueError as error:
            raise ValueError("can not generate buckets from empty RDD") from error
        if low == high or buckets == 1:
            return [low, high], [low, high]
        try:
            width = (high - low) / buckets
        except TypeError as error:
            raise TypeError("Can not generate buckets with non-number in RDD") from error
        if width in (float("inf"), float("-inf")) or width != width:
            raise ValueError("Can not generate buckets with infinite value")
        if (high - low) % buckets == 0:
            width = int(width)
        bounds = [low + index * width for index in range(buckets)] + [high]
        return bounds, bounds


def _plus(left: Any, right: Any) -> Any:
    return left + right


def _is_a_value(x: Any) -> bool:
    return x is not None and not (isinstance(x, float) and x != x)


def _wider(a: Any, b: Any) -> Any:
    return min(a[0], b[0]), max(a[1], b[1])


def _checked(bounds: "Union[list[Any], tuple[Any, ...]]") -> Any:
    if not isinstance(bounds, (list, tuple)):
        raise TypeError("buckets should be a list or tuple or number(int or long)")
    if len(bounds) < 2:
        raise ValueError("buckets should have more than one value")
    if any(not _is_a_value(bound) for bound in bounds):
        raise ValueError("can not have None or NaN in buckets")
    if sorted(bounds) != list(bounds):
        raise ValueError("buckets should be sorted")
    if len(set(bounds)) != len(bounds):
        raise ValueError("buckets should not contain duplicated values")
    return bounds


def _tally(iterator: Iterable[Any], bounds: Any) -> "list[int]":
    counts = [0] * len(bounds)
    for x in iterator:
        if not _is_a_value(x) or x > bounds[-1] or x < bounds[0]:
            continue
        counts[bisect.bisect_right(bounds, x) - 1] += 1
    # The last bound belongs to the last bucket.
    last = counts.pop()
    counts[-1] += last
    return counts
