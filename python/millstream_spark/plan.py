"""How an RDD is made, as the server knows it: nodes with an id, defined on the server when a job first needs them."""

import itertools
import threading
import weakref
from typing import Any, Callable, Iterator, Optional

_ids = itertools.count(1)


class Plan:
    """A node. `fill` writes its kind into a message; `partitions` is None while only the server can know."""

    def __init__(self, parents: "tuple[Plan, ...]", fill: Callable[[Any], None], partitions: Optional[int]) -> None:
        self.id = next(_ids)
        self.parents = parents
        self.partitions = partitions
        self.label = ""
        self._fill = fill
        self.defined = False

    def know(self) -> None:
        """The server has it: what only the message needed is let go."""
        self.defined = True
        self._fill = _nothing

    def message(self, messages: Any) -> Any:
        node = messages.Node(id=self.id)
        self._fill(node)
        return node


def _nothing(node: Any) -> None:
    """Of a node that is never written into a message again."""


def made_by_the_server(node_id: int, partitions: int) -> Plan:
    """What an input received in a batch."""
    plan = Plan((), _nothing, partitions)
    plan.id, plan.defined = node_id, True
    return plan


def source(partitions: "list[bytes]") -> Plan:
    def fill(node: Any) -> None:
        node.source.partitions.extend(partitions)

    plan = Plan((), fill, len(partitions))
    if not partitions:
        plan._fill = lambda node: node.source.SetInParent()
    plan.label = "ParallelCollectionRDD"
    return plan


def text_file(path: str, min_partitions: int, record_length: int = 0) -> Plan:
    def fill(node: Any) -> None:
        node.text_file.path = path
        node.text_file.min_partitions = min_partitions
        node.text_file.record_length = record_length

    plan = Plan((), fill, None)
    plan.label = f"{path} HadoopRDD"
    return plan


def step(parent: Plan, command: Callable[[], bytes], includes: "list[str]") -> Plan:
    """`command` is asked when the node is defined: what a function refers to is pickled as it is at the first job.
    `includes` are archives of modules among the context's files."""

    def fill(node: Any) -> None:
        node.step.parent = parent.id
        node.step.command = command()
        node.step.includes.extend(includes)

    plan = Plan((parent,), fill, parent.partitions)
    plan.label = "PythonRDD"
    return plan


def union(parents: "list[Plan]") -> Plan:
    def fill(node: Any) -> None:
        node.union.parents.extend(parent.id for parent in parents)

    counts = [parent.partitions for parent in parents]
    plan = Plan(tuple(parents), fill, None if None in counts else sum(counts))  # type: ignore[arg-type]
    plan.label = "UnionRDD"
    return plan


def coalesce(parent: Plan, partitions: int) -> Plan:
    def fill(node: Any) -> None:
        node.coalesce.parent = parent.id
        node.coalesce.partitions = partitions

    plan = Plan((parent,), fill, None if parent.partitions is None else min(partitions, parent.partitions))
    plan.label = "CoalescedRDD"
    return plan


def shuffle(parent: Plan, partitions: int) -> Plan:
    def fill(node: Any) -> None:
        node.shuffle.parent = parent.id
        node.shuffle.partitions = partitions

    plan = Plan((parent,), fill, partitions)
    plan.label = "ShuffledRDD"
    return plan


def pairs(left: Plan, right: Plan, zipped: bool) -> Plan:
    def fill(node: Any) -> None:
        node.pairs.left = left.id
        node.pairs.right = right.id
        node.pairs.zip = zipped

    if zipped:
        count = left.partitions
    else:
        count = None if None in (left.partitions, right.partitions) else left.partitions * right.partitions
    plan = Plan((left, right), fill, count)
    plan.label = "ZippedPartitionsRDD2" if zipped else "CartesianRDD"
    return plan


def saved(path: str) -> Plan:
    def fill(node: Any) -> None:
        node.saved.path = path

    plan = Plan((), fill, None)
    plan.label = "ReliableCheckpointRDD"
    return plan


def undefined(target: Plan) -> Iterator[Plan]:
    """The nodes that the server does not know yet, parents first. Lineages can be long: no recursion."""
    seen, stack = set(), [(target, False)]
    while stack:
        plan, ready = stack.pop()
        if ready:
            yield plan
        elif not plan.defined and plan.id not in seen:
            seen.add(plan.id)
            stack.append((plan, True))
            stack.extend((parent, False) for parent in plan.parents)


class Forgotten:
    """Ids of nodes that this process can no longer name; they go to the server with the next job."""

    def __init__(self) -> None:
        self._ids: "list[int]" = []
        self._lock = threading.Lock()

    def watch(self, plan: Plan) -> None:
        weakref.finalize(plan, self._add, plan.id).atexit = False

    def _add(self, node_id: int) -> None:
        # No lock: this runs in the middle of a garbage collection, maybe while `taken` holds it.
        self._ids.append(node_id)

    def taken(self) -> "list[int]":
        with self._lock:
            count = len(self._ids)
            taken, self._ids[:count] = self._ids[:count], []
            return taken
