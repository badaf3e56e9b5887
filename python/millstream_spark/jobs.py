"""Runs jobs: tells the server the nodes that it does not know, and brings the partitions back."""

import threading
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Optional

from millstream_spark import failures
from millstream_spark.connection import PIECE, Connection, Events, Opened
from millstream_spark.plan import Forgotten, Plan, undefined

if TYPE_CHECKING:
    from collections.abc import Callable


class Jobs:
    """The jobs of one context."""

    def __init__(self, connection: Connection, opened: Opened) -> None:
        self._connection = connection
        self._messages = connection.messages
        self._id = opened.id
        self._forgotten = Forgotten()
        self._defining = threading.Lock()
        self._running: "dict[Events, dict[str, str]]" = {}

    def run(self, plan: Plan, partitions: Optional[Iterable[int]], properties: "dict[str, str]") -> Iterator[bytes]:
        """The frames of each partition asked for (None: of all), in order, each partition whole."""
        request = self._messages.RunJobRequest(context_id=self._id, local_properties=properties)
        if partitions is None:
            request.all = True
        else:
            request.partitions.extend(partitions)
        with self._defining:
            self._define(plan)
            request.node_id = plan.id
        data = bytearray()
        for event in self._events("RunJob", request, properties):
            if event.WhichOneof("event") == "data":
                data += event.data.data
                if event.data.last:
                    yield bytes(data)
                    data = bytearray()

    def partitions(self, plan: Plan) -> int:
        """How many; asks the server if only it can know."""
        if plan.partitions is None:
            with self._defining:
                self._define(plan)
            request = self._messages.DescribeRequest(context_id=self._id, node_id=plan.id)
            plan.partitions = self._connection.call("Describe", request, "DescribeResponse").partitions
        return plan.partitions

    def save_as_text(self, plan: Plan, path: str) -> None:
        self._save("SaveAsText", plan, path)

    def save_partitions(self, plan: Plan, path: str) -> None:
        self._save("SavePartitions", plan, path)

    def remove_saved(self, paths: "list[str]") -> None:
        request = self._messages.RemoveSavedRequest(context_id=self._id, paths=paths)
        self._connection.call("RemoveSaved", request, "RemoveSavedResponse")

    def persist(self, plan: Plan, keep: bool) -> None:
        with self._defining:
            self._define(plan)
        request = self._messages.PersistRequest(context_id=self._id, node_id=plan.id, persist=keep)
        self._connection.call("Persist", request, "PersistResponse")

    def cut(self, plan: Plan, properties: "dict[str, str]") -> None:
        """Computes what is not there yet of a persisted node, and lets its ancestors go."""
        request = self._messages.CutRequest(context_id=self._id, node_id=plan.id)
        for _ in self._events("Cut", request, properties):
            pass
        plan.parents = ()

    def cancel(self, chosen: "Callable[[dict[str, str]], bool]") -> None:
        """Cancels the jobs whose local properties are chosen."""
        for events, properties in list(self._running.items()):
            if chosen(properties):
                events.cancelled = False
                events._call.cancel()

    def _save(self, name: str, plan: Plan, path: str) -> None:
        with self._defining:
            self._define(plan)
        request = self._messages.SaveRequest(context_id=self._id, node_id=plan.id, path=path)
        for _ in self._events(name, request, {}):
            pass

    def _events(self, name: str, request: Any, properties: "dict[str, str]") -> Iterator[Any]:
        events = self._connection.stream(name, request, "JobEvent")
        self._running[events] = dict(properties)
        ended = False
        try:
            for event in events:
                kind = event.WhichOneof("event")
                if kind == "accumulators":
                    _add_up(event.accumulators.updates)
                elif kind == "failed":
                    ended = True
                    raise failures.of_job(event.failed)
                elif kind == "done":
                    ended = True
                else:
                    yield event
            if not ended:
                raise failures.JobFailed("the server ended the job without a result.")
        finally:
            self._running.pop(events, None)
            if not ended:
                events.cancel()

    def _define(self, plan: Plan) -> None:
        """In pieces, so that no message grows beyond the limit."""
        self._forget()
        batch, size = [], 0
        for unknown in undefined(plan):
            node = unknown.message(self._messages)
            batch.append((unknown, node))
            size += node.ByteSize()
            if size > PIECE:
                self._send(batch)
                batch, size = [], 0
        self._send(batch)

    def _send(self, batch: "list[tuple[Plan, Any]]") -> None:
        if not batch:
            return
        nodes, rest = [], []
        for _, node in batch:
            rest.extend(_cut_down(node))
            nodes.append(node)
        request = self._messages.DefineRequest(context_id=self._id, nodes=nodes)
        counts = self._connection.call("Define", request, "DefineResponse").partitions
        for (plan, _), count in zip(batch, counts):
            plan.partitions = count
            plan.know()
            self._forgotten.watch(plan)
        for node_id, partition, piece in rest:
            request = self._messages.AppendRequest(
                context_id=self._id, node_id=node_id, partition=partition, data=piece
            )
            self._connection.call("Append", request, "AppendResponse")

    def watch(self, plan: Plan) -> None:
        """A node that the server made is this side's to forget."""
        self._forgotten.watch(plan)

    def _forget(self) -> None:
        ids = self._forgotten.taken()
        if ids:
            request = self._messages.ForgetRequest(context_id=self._id, node_ids=ids)
            self._connection.call("Forget", request, "ForgetResponse")


def _cut_down(node: Any) -> "list[tuple[int, int, bytes]]":
    """Takes what is too large out of a source's partitions: (node, partition, piece) in order, for Append."""
    rest: "list[tuple[int, int, bytes]]" = []
    if node.WhichOneof("kind") != "source" or node.ByteSize() <= 2 * PIECE:
        return rest
    for index, data in enumerate(node.source.partitions):
        if data:
            rest.extend((node.id, index, data[at : at + PIECE]) for at in range(0, len(data), PIECE))
            node.source.partitions[index] = b""
    return rest


def _add_up(updates: Iterable[bytes]) -> None:
    """Adds what tasks added; the workers' own accumulators began at the zero value."""
    from pyspark.accumulators import _accumulatorRegistry
    from pyspark.serializers import CPickleSerializer

    read = CPickleSerializer()
    for update in updates:
        accumulator_id, value = read.loads(update)
        accumulator = _accumulatorRegistry.get(accumulator_id)
        if accumulator is not None:
            accumulator += value
