"""DStreams over the last seconds."""

import operator
from typing import Any, Callable, Optional

from millstream_spark.streaming.states import Reduced, Windowed

_Two = Callable[[Any, Any], Any]


class Windows:
    """Durations are seconds, whole multiples of the stream's own slide."""

    _node: Any
    _sc: Any
    _ssc: Any
    _made: Callable[[Any], Any]
    map: Callable[..., Any]
    mapValues: Callable[..., Any]

    def window(self, windowDuration: float, slideDuration: Optional[float] = None) -> Any:
        """All elements of the window, every slide."""
        window, slide = self._checked(windowDuration, slideDuration)
        return self._made(Windowed(self._node, window, slide))

    def reduceByKeyAndWindow(
        self,
        func: _Two,
        invFunc: Optional[_Two],
        windowDuration: float,
        slideDuration: Optional[float] = None,
        numPartitions: Optional[int] = None,
        filterFunc: Optional[Callable[[Any], bool]] = None,
    ) -> Any:
        """By key over the window; with an inverse, what left the window is taken away from the result before."""
        window, slide = self._checked(windowDuration, slideDuration)
        width = numPartitions if numPartitions is not None else self._sc.defaultParallelism
        reduced = self.reduceByKey(func, width)  # type: ignore[attr-defined]
        if not invFunc:
            return reduced.window(windowDuration, slideDuration).reduceByKey(func, width)

        def add(_: Any, before: Any, came: Any) -> Any:
            came = came.reduceByKey(func, width)
            result = came if before is None else before.union(came).reduceByKey(func, width)
            return result.filter(filterFunc) if filterFunc else result

        def subtract(_: Any, before: Any, left: Any) -> Any:
            joined = before.leftOuterJoin(left.reduceByKey(func, width), width)
            return joined.mapValues(lambda both: both[0] if both[1] is None else invFunc(*both))

        return self._made(Reduced(reduced._node, add, subtract, window, slide))

    def reduceByWindow(
        self, reduceFunc: _Two, invReduceFunc: Optional[_Two], windowDuration: float, slideDuration: float
    ) -> Any:
        keyed = self.map(lambda x: (1, x))
        reduced = keyed.reduceByKeyAndWindow(reduceFunc, invReduceFunc, windowDuration, slideDuration, 1)
        return reduced.map(lambda pair: pair[1])

    def countByWindow(self, windowDuration: float, slideDuration: float) -> Any:
        ones = self.map(lambda _: 1)
        return ones.reduceByWindow(operator.add, operator.sub, windowDuration, slideDuration)

    def countByValueAndWindow(
        self, windowDuration: float, slideDuration: float, numPartitions: Optional[int] = None
    ) -> Any:
        ones = self.map(lambda x: (x, 1))
        counts = ones.reduceByKeyAndWindow(operator.add, operator.sub, windowDuration, slideDuration, numPartitions)
        return counts.filter(lambda pair: pair[1] > 0)

    def groupByKeyAndWindow(
        self, windowDuration: float, slideDuration: float, numPartitions: Optional[int] = None
    ) -> Any:
        from pyspark.resultiterable import ResultIterable

        lists = self.mapValues(lambda x: [x])
        grouped = lists.reduceByKeyAndWindow(
            lambda a, b: a + b, lambda a, b: a[len(b) :], windowDuration, slideDuration, numPartitions
        )
        return grouped.mapValues(ResultIterable)

    def _checked(self, window: float, slide: Optional[float]) -> "tuple[int, int]":
        own = self._node._slide
        for name, duration in (("windowDuration", window), ("slideDuration", slide)):
            if duration and int(duration * 1000) % own:
                raise ValueError(
                    f"{name} must be multiple of the parent dstream's slide (batch) duration ({own} ms)"
                )
        return int(window * 1000), int(slide * 1000) if slide else own
