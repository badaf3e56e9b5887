"""Where batches begin: receivers and directories of the server, and queues of the program."""

from typing import Any, Callable, Optional

from millstream_spark import plan
from millstream_spark.rdd import RDD
from millstream_spark.streaming.graph import Node


class Received(Node):
    """An input of the server: `describe` writes it into the message that starts the run."""

    def __init__(self, ssc: Any, describe: Callable[[Any], None], read: Any) -> None:
        super().__init__(ssc, ())
        self._read = read
        self._describe = describe
        self._number = ssc._add_input(self)

    def message(self, messages: Any) -> Any:
        made = messages.Input(id=self._number)
        self._describe(made)
        return made

    def receive(self, time: int, node_id: int, partitions: int) -> None:
        """What came in a batch, before the batch runs."""
        made = plan.made_by_the_server(node_id, partitions)
        self._ssc._sc._jobs.watch(made)
        self._generated[time] = RDD(made, self._ssc._sc, self._read)

    def compute(self, time: int) -> Optional[Any]:
        return None  # A batch of before this run: what was received then is gone.


class Queued(Node):
    """RDDs of the program, one a batch or all that are there; then the default, or nothing in no partitions."""

    def __init__(self, ssc: Any, queue: "list[Any]", one_at_a_time: bool, default: Optional[Any]) -> None:
        super().__init__(ssc, ())
        self._queue = queue
        self._one_at_a_time = one_at_a_time
        self._default = default

    def compute(self, time: int) -> Optional[Any]:
        if self._queue and self._one_at_a_time:
            return self._queue.pop(0)
        if self._queue:
            waiting, self._queue[:] = list(self._queue), []
            return self._ssc._sc.union(waiting)
        return self._default if self._default is not None else self._ssc._sc.emptyRDD()

    def __getstate__(self) -> Any:
        # As in Spark: it can be written (its states can be looked at), and is refused when it is read.
        return {"_ssc": self._ssc}

    def __setstate__(self, state: Any) -> None:
        raise NotImplementedError("queueStream doesn't support checkpointing: what was in its queue is not kept.")
