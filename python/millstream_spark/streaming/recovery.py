"""A StreamingContext in its checkpoint directory: the graph as a pickle, states as saved partitions.

A checkpoint is written after a batch, so that what it names was processed; the next run goes on with the batch after
it. Each batch has one, as long as that costs little; `DStream.checkpoint(interval)` asks for fewer.
"""

import os
import time as clock
from typing import Any, Optional

from millstream_spark import plan
from millstream_spark.rdd import RDD

# After a checkpoint so many times its own duration passes without one, so that large states cost little.
_SHARE = 10


class _Saved:
    """In the pickle, instead of an RDD: where its partitions lie."""

    def __init__(self, path: str, partitioner: Any) -> None:
        self.path = path
        self.partitioner = partitioner


def write(ssc: Any, nodes: "list[Any]", time: int) -> None:
    """Writes a checkpoint if one is due at this batch."""
    states = [node for node in nodes if node.must_checkpoint]
    asked = [node._checkpoint_interval for node in states if node._checkpoint_interval]
    begun = clock.monotonic()
    if (time - ssc._zero) % min(asked) if asked else begun < getattr(ssc, "_next_checkpoint", 0.0):
        return
    saved = {}
    for number, node in enumerate(states):
        rdd = node._generated.get(time) if node.is_due(time) else node._generated.get(max(node._generated, default=0))
        if rdd is not None:
            path = os.path.join(ssc._directory, f"state-{time}-{number}")
            ssc._sc._jobs.save_partitions(rdd._plan(), path)
            saved[id(node)] = _Saved(path, rdd.partitioner)
    ssc._saved = saved
    data = pickled(ssc, saved)
    messages = ssc._sc._connection.messages
    request = messages.PutCheckpointRequest(
        context_id=ssc._sc._opened.id, directory=ssc._directory, time_ms=time, data=data
    )
    ssc._sc._connection.call("PutCheckpoint", request, "PutCheckpointResponse")
    _let_go(ssc, [kept.path for kept in saved.values()])
    ended = clock.monotonic()
    ssc._next_checkpoint = ended + _SHARE * (ended - begun)


def pickled(ssc: Any, saved: "dict[int, _Saved]") -> bytes:
    """The graph. Functions that cannot be pickled are an error, at the start already, as in Spark."""
    from pyspark.serializers import CloudPickleSerializer

    ssc._saved = saved
    try:
        return CloudPickleSerializer().dumps(ssc)
    finally:
        ssc._saved = None


def _let_go(ssc: Any, paths: "list[str]") -> None:
    """The states of the checkpoint before the last one are named by nothing any more."""
    ssc._kept = [*getattr(ssc, "_kept", []), paths][-2:]
    keep = {path for paths in ssc._kept for path in paths}
    names = (os.path.join(ssc._directory, name) for name in os.listdir(ssc._directory) if name.startswith("state-"))
    old = [path for path in names if path not in keep]
    if old:
        ssc._sc._jobs.remove_saved(old)


def state_of(ssc: Any) -> "dict[str, Any]":
    """What of a StreamingContext goes into the pickle. Anywhere else it is a mistake to pickle one."""
    saved = getattr(ssc, "_saved", None)
    if saved is None:
        raise RuntimeError(
            "It appears that you are attempting to reference a StreamingContext from a function that runs in "
            "workers; it is there in the program only."
        )
    return {
        "_conf": ssc._sc._conf.getAll(),
        "_batch": ssc._batch,
        "_zero": ssc._zero,
        "_last": ssc._last,
        "_directory": ssc._directory,
        "_least_remembered": ssc._least_remembered,
        "_inputs": ssc._inputs,
        "_outputs": ssc._outputs,
    }


def read(directory: str) -> Optional[Any]:
    """The context of the newest checkpoint, with a SparkContext as it had."""
    if not os.path.isdir(directory):
        return None
    import pickle

    from millstream_spark import connection as wire

    asked = wire.Connection(wire.address())
    request = asked.messages.GetCheckpointRequest(directory=directory, working_directory=os.getcwd())
    data, found = bytearray(), False
    for chunk in asked.stream("GetCheckpoint", request, "CheckpointChunk"):
        found = found or chunk.found
        data += chunk.data
    asked.close()
    if not found:
        return None
    from pyspark.conf import SparkConf

    from millstream_spark.context import SparkContext

    ssc = pickle.loads(bytes(data))
    conf = SparkConf(loadDefaults=False).setAll(ssc.__dict__.pop("_conf"))
    _give_life(ssc, SparkContext.getOrCreate(conf))
    return ssc


def _give_life(ssc: Any, context: Any) -> None:
    from millstream_spark.streaming.graph import nodes

    ssc._sc = context
    ssc._listeners, ssc._runner, ssc._stopped = [], None, False
    ssc._kept = []
    for node in nodes(ssc._outputs):
        kept = node.__dict__.pop("_kept_state", None)
        node._generated = {}
        if kept is not None:
            from millstream_spark.streaming.states import _one_frame

            rdd = RDD(plan.saved(kept.path), context, _one_frame(), partitioner=kept.partitioner)
            rdd.is_checkpointed = True
            node._generated[kept.time] = rdd


def node_state(node: Any) -> "dict[str, Any]":
    """What of a node goes into the pickle: not its RDDs, but where a state was saved."""
    state = dict(node.__dict__)
    state["_generated"] = {}
    kept = (getattr(node._ssc, "_saved", None) or {}).get(id(node))
    if kept is not None:
        kept.time = max(node._generated, default=0)
        state["_kept_state"] = kept
    if "_initial" in state:
        state["_initial"] = None
    return state
