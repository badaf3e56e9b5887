"""What every DStream is: a node that makes one RDD a batch from its parents' RDDs, and remembers it for a while."""

from typing import Any, Callable, Optional


class Node:
    """`slide` and times are milliseconds; the first batch is at `ssc._zero + slide`."""

    # State must be cut off from its past again and again, for which a checkpoint directory is asked, as Spark does.
    must_checkpoint = False

    def __init__(self, ssc: Any, parents: "tuple[Node, ...]", slide: Optional[int] = None) -> None:
        ssc._not_started("Adding new inputs, transformations, and output operations")
        self._ssc = ssc
        self._parents = parents
        self._slide = slide if slide is not None else (parents[0]._slide if parents else ssc._batch)
        self._remember = self._slide
        self._storage: Any = None
        self._checkpoint_interval: Optional[int] = None
        self._generated: "dict[int, Any]" = {}

    # ------------------------------------------------------------ for the kinds of nodes

    def compute(self, time: int) -> Optional[Any]:
        """The RDD of a batch; None when there is none."""
        raise NotImplementedError

    def parent_remember(self) -> int:
        """How long parents must remember for this node's sake."""
        return self._remember

    # ------------------------------------------------------------ time

    def is_due(self, time: int) -> bool:
        return time > self._ssc._zero and (time - self._ssc._zero) % self._slide == 0

    def at(self, time: int) -> Optional[Any]:
        """The RDD of a batch, made once."""
        if time in self._generated:
            return self._generated[time]
        if not self.is_due(time):
            return None
        rdd = self.compute(time)
        if rdd is not None:
            if self._storage is not None and not rdd.is_cached:
                rdd.persist(self._storage)
            self._generated[time] = rdd
        return rdd

    def between(self, begin: int, end: int) -> "list[Any]":
        """The RDDs of the batches from `begin` to `end`, both included."""
        zero = self._ssc._zero
        first = begin + (zero - begin) % self._slide
        times = range(max(first, zero + self._slide), end + 1, self._slide)
        return [rdd for rdd in map(self.at, times) if rdd is not None]

    # ------------------------------------------------------------ memory

    def remember(self, duration: int) -> None:
        """At least so long; parents as long as this node needs them."""
        self._remember = max(self._remember, duration)
        for parent in self._parents:
            parent.remember(self.parent_remember())

    def forget(self, time: int) -> None:
        """Lets go of what is older than is remembered."""
        for old in [at for at in self._generated if at <= time - self._remember]:
            rdd = self._generated.pop(old)
            if self._storage is not None:
                rdd.unpersist()

    def __getstate__(self) -> Any:
        from millstream_spark.streaming import recovery

        return recovery.node_state(self)


class Transformed(Node):
    """One RDD made of the parents' RDDs of the same batch."""

    def __init__(self, ssc: Any, parents: "tuple[Node, ...]", function: Callable[..., Any]) -> None:
        super().__init__(ssc, parents)
        if len({parent._slide for parent in parents}) > 1:
            raise ValueError("Some of the DStreams have different slide durations")
        self._function = function

    def compute(self, time: int) -> Optional[Any]:
        rdds = [parent.at(time) for parent in self._parents]
        if len(rdds) == 1 and rdds[0] is None:
            return None
        return self._function(_moment(time), *rdds)


class Together(Node):
    """union: the RDDs of all parents."""

    def compute(self, time: int) -> Optional[Any]:
        rdds = [rdd for rdd in (parent.at(time) for parent in self._parents) if rdd is not None]
        return self._ssc._sc.union(rdds) if rdds else None


class Output(Node):
    """foreachRDD: a function of the program's own, for what it does."""

    def __init__(self, parent: Node, function: Callable[[Any, Any], None]) -> None:
        super().__init__(parent._ssc, (parent,))
        self._function = function

    def run(self, time: int) -> None:
        rdd = self._parents[0].at(time)
        if rdd is not None:
            self._function(_moment(time), rdd)


def _moment(time: int) -> Any:
    from datetime import datetime

    return datetime.fromtimestamp(time / 1000.0)


def nodes(outputs: "list[Node]") -> "list[Node]":
    """All nodes that the outputs need, each once."""
    found: "dict[int, Node]" = {}
    stack: "list[Node]" = list(outputs)
    while stack:
        node = stack.pop()
        if id(node) not in found:
            found[id(node)] = node
            stack.extend(node._parents)
    return list(found.values())
