"""Pairs in DStreams: within each batch by key, and states over batches."""

from typing import Any, Callable, Iterable, Optional

from millstream_spark.rdd.partitioning import portable_hash
from millstream_spark.streaming.states import Stateful


class ByKey:
    """Each is the RDD's method of the same name, with one partition a core unless told otherwise."""

    _node: Any
    _ssc: Any
    _sc: Any
    _made: Callable[[Any], Any]
    transform: Callable[..., Any]
    transformWith: Callable[..., Any]

    def _width(self, partitions: Optional[int]) -> int:
        return partitions if partitions is not None else self._sc.defaultParallelism

    def mapValues(self, f: Callable[[Any], Any]) -> Any:
        return self.transform(lambda _, rdd: rdd.mapValues(f))

    def flatMapValues(self, f: Callable[[Any], Iterable[Any]]) -> Any:
        return self.transform(lambda _, rdd: rdd.flatMapValues(f))

    def partitionBy(self, numPartitions: int, partitionFunc: Callable[[Any], int] = portable_hash) -> Any:
        return self.transform(lambda _, rdd: rdd.partitionBy(numPartitions, partitionFunc))

    def reduceByKey(self, func: Callable[[Any, Any], Any], numPartitions: Optional[int] = None) -> Any:
        width = self._width(numPartitions)
        return self.transform(lambda _, rdd: rdd.reduceByKey(func, width))

    def combineByKey(
        self,
        createCombiner: Callable[[Any], Any],
        mergeValue: Callable[[Any, Any], Any],
        mergeCombiners: Callable[[Any, Any], Any],
        numPartitions: Optional[int] = None,
    ) -> Any:
        width = self._width(numPartitions)
        return self.transform(lambda _, rdd: rdd.combineByKey(createCombiner, mergeValue, mergeCombiners, width))

    def groupByKey(self, numPartitions: Optional[int] = None) -> Any:
        width = self._width(numPartitions)
        return self.transform(lambda _, rdd: rdd.groupByKey(width))

    # ------------------------------------------------------------ two streams

    def cogroup(self, other: Any, numPartitions: Optional[int] = None) -> Any:
        return self._with("cogroup", other, numPartitions)

    def join(self, other: Any, numPartitions: Optional[int] = None) -> Any:
        return self._with("join", other, numPartitions)

    def leftOuterJoin(self, other: Any, numPartitions: Optional[int] = None) -> Any:
        return self._with("leftOuterJoin", other, numPartitions)

    def rightOuterJoin(self, other: Any, numPartitions: Optional[int] = None) -> Any:
        return self._with("rightOuterJoin", other, numPartitions)

    def fullOuterJoin(self, other: Any, numPartitions: Optional[int] = None) -> Any:
        return self._with("fullOuterJoin", other, numPartitions)

    def _with(self, method: str, other: Any, partitions: Optional[int]) -> Any:
        width = self._width(partitions)
        return self.transformWith(lambda _, left, right: getattr(left, method)(right, width), other)

    # ------------------------------------------------------------ over batches

    def updateStateByKey(
        self,
        updateFunc: Callable[[Iterable[Any], Optional[Any]], Any],
        numPartitions: Optional[int] = None,
        initialRDD: Any = None,
    ) -> Any:
        """`updateFunc(new values, state before)` makes each key's state; None lets the key go."""
        from millstream_spark.rdd import RDD

        if initialRDD is not None and not isinstance(initialRDD, RDD):
            initialRDD = self._sc.parallelize(initialRDD)
        return self._made(Stateful(self._node, updateFunc, self._width(numPartitions), initialRDD))
