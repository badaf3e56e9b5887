"""What every RDD is: a plan on the server, a function that is not on the server yet, and how its frames are read."""

import itertools
from types import GenericAlias
from typing import Any, Callable, Iterable, Iterator, Optional

from millstream_spark import failures
from millstream_spark.plan import Plan, step
from millstream_spark.rdd import checkpoints
from millstream_spark.rdd.draining import Drained

_ids = itertools.count(1)
_REFERENCED = (
    "It appears that you are attempting to broadcast an RDD or reference an RDD from an action or transformation. RDD "
    "transformations and actions can only be invoked by the driver, not inside of other transformations; for example, "
    "rdd1.map(lambda x: rdd2.values.count() * x) is invalid because the values transformation and count action cannot "
    "be performed inside of the rdd1.map transformation. For more information, see SPARK-5063."
)

Worker = Callable[[int, Iterable[Any]], Iterable[Any]]


class _Then:
    """Two worker functions in one, so that a chain of maps is one pass through one worker."""

    def __init__(self, first: Worker, second: Worker) -> None:
        self.first = first
        self.second = second

    def __call__(self, split: int, iterator: Iterable[Any]) -> Iterable[Any]:
        return self.second(split, self.first(split, iterator))


class Base:
    """An RDD's identity. `_source` is its plan's last node, and `_function` what is still to be put on it."""

    # `RDD[str]` in the annotations of programs.
    __class_getitem__ = classmethod(GenericAlias)

    def __init__(
        self,
        source: Plan,
        ctx: Any,
        read: Any = None,
        function: Optional[Worker] = None,
        partitioner: Any = None,
        write: Any = None,
    ) -> None:
        self.ctx = ctx
        self.partitioner = partitioner
        self.is_cached = False
        self.is_checkpointed = False
        self.has_resource_profile = False
        self._source = source
        self._read = read if read is not None else ctx.serializer
        self._function = function
        self._write = self._read if function is None else (write if write is not None else ctx.serializer)
        self._whole: Optional[Plan] = source if function is None else None
        self._id: Optional[int] = None
        self._name: Optional[str] = None
        self._storage: Any = None
        self._checkpoint: Any = None

    def _apply(self, function: Worker, preserves: bool = False, write: Any = None) -> Any:
        """This RDD with a function over each partition: one more step, or one with the steps that wait."""
        partitioner = self.partitioner if preserves else None
        if self._function is not None and not self.is_cached and self._checkpoint is None and self._default_writes():
            chain = _Then(self._function, function)
            return type(self)(self._source, self.ctx, self._read, chain, partitioner, write)
        return type(self)(self._plan(), self.ctx, self._write, function, partitioner, write)

    def _default_writes(self) -> bool:
        """Frames of another shape (lines, shuffle keys) are read back by somebody else: the chain ends there."""
        return self._write is self.ctx.serializer

    def _reserialize(self, serializer: Any = None) -> Any:
        """The same elements in other frames; programs that mix serializers ask for it by PySpark's name."""
        wanted = serializer or self.ctx.serializer
        return self if self._write == wanted else self._apply(lambda _, iterator: iterator, True, write=wanted)

    def _plan(self) -> Plan:
        """The node on the server that holds exactly this RDD's elements."""
        if self._whole is None:
            parts = (self._function, None, Drained(self._read), self._write)
            self._whole = step(self._source, lambda: _pickled(parts), self.ctx._includes)
        return self._whole

    def _run(self, partitions: Optional[Iterable[int]] = None) -> Iterator["list[Any]"]:
        """Computes partitions and reads them, one list a partition."""
        self.ctx._assert_running()
        if self.ctx._awaiting:
            checkpoints.before_a_job(self.ctx, self._plan())
        for data in self.ctx._jobs.run(self._plan(), partitions, self.ctx._properties()):
            yield self._load(data)

    def _load(self, data: bytes) -> "list[Any]":
        import io

        return list(self._write.load_stream(io.BytesIO(data)))

    def getNumPartitions(self) -> int:
        """How many partitions there are."""
        return self.ctx._jobs.partitions(self._source)

    def id(self) -> int:
        """A number that no other RDD of this context has; given when it is asked for, as to RDDs that jobs see."""
        if self._id is None:
            self._id = next(_ids)
        return self._id

    @property
    def context(self) -> Any:
        """The context that made it."""
        return self.ctx

    def name(self) -> Optional[str]:
        return self._name

    def setName(self, name: str) -> Any:
        """A name for `toDebugString` and for the reader."""
        self._name = name
        return self

    def toDebugString(self) -> Optional[bytes]:
        """How it came to be, newest first."""
        from millstream_spark.rdd.lineage import described

        return described(self._plan(), self.ctx._jobs.partitions, self._name).encode()

    def __repr__(self) -> str:
        label = self._plan().label
        return f"{self._name + ' ' if self._name else ''}{label}[{self.id()}] at RDD"

    def __getnewargs__(self) -> Any:
        raise failures.in_a_worker("RDD_TRANSFORM_ONLY_VALID_ON_DRIVER", _REFERENCED)

    def __reduce__(self) -> Any:
        # Also for pickle protocols that do not ask for __getnewargs__.
        return self.__getnewargs__()


def _pickled(parts: Any) -> bytes:
    from pyspark.serializers import CloudPickleSerializer

    return CloudPickleSerializer().dumps(parts)
