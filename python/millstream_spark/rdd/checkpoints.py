"""Checkpoints of RDDs: asked for by the program, made by the first job that needs the RDD."""

import weakref
from typing import Any

from millstream_spark import plan


class Checkpoint:
    """One that was asked for. The context knows of it until it is made."""

    path = ""

    def __init__(self, rdd: Any) -> None:
        self._rdd = weakref.ref(rdd)
        rdd.ctx._awaiting.append(self)

    def make(self) -> None:
        """Makes it now, and the RDD begins there from now on."""
        rdd = self._rdd()
        if rdd is None or self not in rdd.ctx._awaiting:
            return
        rdd.ctx._awaiting.remove(self)
        rdd._source = rdd._whole = self._made(rdd)
        rdd._read, rdd._function = rdd._write, None
        rdd.is_checkpointed = True

    def _made(self, rdd: Any) -> plan.Plan:
        raise NotImplementedError

    def is_of(self, ids: "set[int]") -> bool:
        rdd = self._rdd()
        return rdd is not None and rdd._whole is not None and rdd._whole.id in ids


class Reliable(Checkpoint):
    """Files in a directory."""

    def __init__(self, rdd: Any, path: str) -> None:
        super().__init__(rdd)
        self.path = path

    def _made(self, rdd: Any) -> plan.Plan:
        rdd.ctx._jobs.save_partitions(rdd._plan(), self.path)
        return plan.saved(self.path)


class Local(Checkpoint):
    """Partitions that the server keeps; it forgets how they came to be."""

    def _made(self, rdd: Any) -> plan.Plan:
        rdd.ctx._jobs.cut(rdd._plan(), rdd.ctx._properties())
        return rdd._plan()


def before_a_job(ctx: Any, target: plan.Plan) -> None:
    """Makes the checkpoints that a job would compute anyway."""
    ids, stack = set(), [target]
    while stack:
        node = stack.pop()
        if node.id not in ids:
            ids.add(node.id)
            stack.extend(node.parents)
    for checkpoint in list(ctx._awaiting):
        if checkpoint.is_of(ids):
            checkpoint.make()
