"""Broadcast variables: a file that each worker reads once."""

import itertools
import os
import pickle
from types import GenericAlias
from typing import Any

_ids = itertools.count(0)
_REMOVED = object()

# What this process has read; PySpark's worker has a registry of this name too.
_broadcastRegistry: "dict[int, Any]" = {}


class Broadcast:
    """The program's handle. In a function it is pickled as a number and a path; the value goes by the file."""

    # `Broadcast[dict]` in the annotations of programs.
    __class_getitem__ = classmethod(GenericAlias)

    def __init__(self, context: Any, value: Any) -> None:
        from pyspark.serializers import CloudPickleSerializer

        self._id = next(_ids)
        self._value = value
        self._path = os.path.join(context._temp_dir, f"broadcast-{self._id}")
        self._destroyed = False
        with open(self._path, "wb") as file:
            file.write(CloudPickleSerializer().dumps(value))

    @property
    def value(self) -> Any:
        if self._destroyed:
            raise RuntimeError(f"Broadcast {self._id} was destroyed: make it again to use it.")
        return self._value

    def unpersist(self, blocking: bool = False) -> None:
        """Workers keep what they read until they end; there is nothing to send again."""

    def destroy(self, blocking: bool = False) -> None:
        self._destroyed = True
        if os.path.exists(self._path):
            os.unlink(self._path)

    def __reduce__(self) -> Any:
        if self._destroyed:
            raise RuntimeError(f"Attempted to use Broadcast({self._id}) after it was destroyed.")
        return _received, (self._id, self._path)


class _Received:
    """The worker's side: reads at the first use."""

    def __init__(self, number: int, path: str) -> None:
        self._id = number
        self._path = path
        self._value: Any = _REMOVED

    @property
    def value(self) -> Any:
        if self._value is _REMOVED:
            with open(self._path, "rb") as file:
                self._value = pickle.load(file)
        return self._value

    def __reduce__(self) -> Any:
        return _received, (self._id, self._path)


def _received(number: int, path: str) -> _Received:
    """One for each number and path in a process, so that tasks after the first have the value."""
    known = _broadcastRegistry.get(number)
    if known is None or known._path != path:
        known = _broadcastRegistry[number] = _Received(number, path)
    return known


class BroadcastPickleRegistry(set):
    """PySpark's name for what a pickler met; here a broadcast needs nobody to know of it."""
