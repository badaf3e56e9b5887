"""DStreams whose RDD is made of their own RDD before: windows that move on, and states by key."""

from typing import Any, Callable, Iterable, Iterator, Optional

from millstream_spark import plan
from millstream_spark.rdd import RDD
from millstream_spark.rdd.partitioning import Partitioner, portable_hash
from millstream_spark.streaming.graph import Node, _moment


class Windowed(Node):
    """All RDDs of the last `window` milliseconds together."""

    def __init__(self, parent: Node, window: int, slide: int) -> None:
        super().__init__(parent._ssc, (parent,), slide)
        self._window = window
        _keep(parent)

    def parent_remember(self) -> int:
        return self._remember + self._window

    def compute(self, time: int) -> Optional[Any]:
        rdds = self._parents[0].between(time - self._window + self._parents[0]._slide, time)
        return self._ssc._sc.union(rdds) if rdds else self._ssc._sc.emptyRDD()


class Cut(Node):
    """A node whose RDDs would remember all batches before: after each batch the server forgets how they came to be."""

    must_checkpoint = True

    def __init__(self, parent: Node, slide: Optional[int] = None) -> None:
        super().__init__(parent._ssc, (parent,), slide)
        _keep(self)

    def settle(self, time: int) -> None:
        """Computes the batch's RDD if nothing did, and cuts it off."""
        rdd = self._generated.get(time)
        if rdd is not None and not rdd.isLocallyCheckpointed() and rdd.is_cached and not rdd.is_checkpointed:
            rdd.localCheckpoint()
            rdd._checkpoint.make()


class Reduced(Cut):
    """reduceByKeyAndWindow with an inverse: what came is added, what left is subtracted."""

    def __init__(
        self, parent: Node, add: Callable[..., Any], subtract: Callable[..., Any], window: int, slide: int
    ) -> None:
        super().__init__(parent, slide)
        self._add = add
        self._subtract = subtract
        self._window = window

    def parent_remember(self) -> int:
        return self._remember + self._window

    def compute(self, time: int) -> Optional[Any]:
        parent, moment, union = self._parents[0], _moment(time), self._ssc._sc.union
        begin, before = time - self._window, self.at(time - self._slide)
        # With few slides in a window it is less work to reduce them all again; Spark has the same bound.
        if before is None or self._window < 5 * self._slide:
            current = parent.between(begin + parent._slide, time)
            return self._add(moment, None, union(current)) if current else None
        left = parent.between(begin - self._slide + parent._slide, begin)
        if left:
            before = self._subtract(moment, before, union(left))
        came = parent.between(time - self._slide + parent._slide, time)
        return self._add(moment, before, union(came)) if came else before


class Stateful(Cut):
    """updateStateByKey: a state for each key, in partitions by the key's hash."""

    def __init__(self, parent: Node, update: Callable[[Any, Any], Any], partitions: int, initial: Any) -> None:
        super().__init__(parent)
        self._update = update
        self._partitioner = Partitioner(partitions, portable_hash)
        self._initial = initial

    def compute(self, time: int) -> Optional[Any]:
        before = self.at(time - self._slide)
        if before is None and self._initial is not None:
            before = self._initial = _in_one_frame(self._initial, self._partitioner)
        new = self._parents[0].at(time)
        if new is None:
            return before
        arrived = _in_one_frame(new, self._partitioner)
        if before is None:
            step = arrived._apply(_Step(self._update, alone=True), write=_one_frame())
        else:
            from pyspark.serializers import CPickleSerializer

            both = plan.pairs(before._plan(), arrived._plan(), zipped=True)
            step = RDD(both, self._ssc._sc, CPickleSerializer())._apply(_Step(self._update, False), write=_one_frame())
        step.partitioner = self._partitioner
        return step


class _Step:
    """One partition's states, one batch on."""

    def __init__(self, update: Callable[[Any, Any], Any], alone: bool) -> None:
        self.update = update
        self.alone = alone

    def __call__(self, split: int, iterator: Iterable[Any]) -> Iterator[Any]:
        if self.alone:
            states, arrived = [], iterator
        else:
            states, arrived = iterator
        values: "dict[Any, Any]" = {}
        old = dict(states)
        for key in old:
            values[key] = []
        for key, value in arrived:
            values.setdefault(key, []).append(value)
        for key, new in values.items():
            state = self.update(new, old.get(key))
            if state is not None:
                yield key, state


def _one_frame() -> Any:
    """Writes a partition as one batch, so that two partitions can be read side by side; reads as any batches do."""
    from pyspark.serializers import BatchedSerializer, CPickleSerializer

    return BatchedSerializer(CPickleSerializer(), BatchedSerializer.UNLIMITED_BATCH_SIZE)


def _in_one_frame(rdd: Any, partitioner: Partitioner) -> Any:
    placed = rdd.partitionBy(partitioner.numPartitions, partitioner.partitionFunc)
    return placed._apply(lambda _, iterator: iterator, True, write=_one_frame())


def _keep(node: Node) -> None:
    """Several batches read it: computed once."""
    from pyspark.storagelevel import StorageLevel

    if node._storage is None:
        node._storage = StorageLevel.MEMORY_ONLY
