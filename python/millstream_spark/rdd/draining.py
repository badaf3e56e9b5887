"""Reading in the worker: what a function leaves unread is read away, so that the worker can be used again."""

from typing import Any, Iterator

# PySpark's mark in the place of a frame's length.
_END = -1


class Drained:
    """A deserializer around another one. When its elements are no longer wanted, the frames left are skipped."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def load_stream(self, stream: Any) -> Iterator[Any]:
        elements = self._elements(stream)
        next(elements)  # One that was never begun would not notice that it is let go.
        return elements

    def _elements(self, stream: Any) -> Iterator[Any]:
        try:
            yield None
            yield from self.inner.load_stream(stream)
        except GeneratorExit:
            _skip(stream)
            raise


def _skip(stream: Any) -> None:
    """Reads frames up to the mark that ends them."""
    while True:
        head = stream.read(4)
        length = int.from_bytes(bytes(head), "big", signed=True)
        if len(head) < 4 or length == _END:
            return
        if length > 0:
            stream.read(length)
