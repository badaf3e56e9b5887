"""The connection to the server: calls by name on the port that Spark Connect uses too."""

import os
import sys
import threading
from typing import Any, Iterator, Optional
from urllib.parse import urlsplit

from millstream_spark import failures

# Enough for the largest message that the server takes; larger data goes in pieces.
LARGEST_MESSAGE = 64 << 20
PIECE = 1 << 20
_SERVICE = "/millstream.v1.Dstream/"


def address() -> str:
    """Where `millstream submit` says that the server is."""
    remote = os.environ.get("SPARK_REMOTE", "")
    parts = urlsplit(remote)
    if parts.scheme != "sc" or not parts.hostname:
        raise RuntimeError(
            f"SPARK_REMOTE is {remote!r}: no server to run on. Start the program with `millstream submit`."
        )
    if "use_ssl" in parts.path or "token" in parts.path:
        raise NotImplementedError(f"SPARK_REMOTE is {remote!r}: RDDs go to a server without TLS and tokens only.")
    return f"{parts.hostname}:{parts.port or 15002}"


class Connection:
    """One channel; safe to use from several threads."""

    def __init__(self, where: str) -> None:
        import grpc  # Not above: workers import this package, and have no use for it.

        from millstream_spark import dstream_pb2

        self._grpc = grpc
        self._where = where
        self.messages = dstream_pb2
        options = [("grpc.max_receive_message_length", LARGEST_MESSAGE), ("grpc.max_send_message_length", -1)]
        self._channel = grpc.insecure_channel(where, options=options)

    def call(self, name: str, request: Any, response: str) -> Any:
        """One question, one answer."""
        reply = getattr(self.messages, response)
        method = self._channel.unary_unary(
            _SERVICE + name, request_serializer=type(request).SerializeToString, response_deserializer=reply.FromString
        )
        try:
            return method(request)
        except self._grpc.RpcError as error:
            raise failures.of_call(error, self._where) from None

    def stream(self, name: str, request: Any, event: str) -> "Events":
        """One question, events until the server ends them."""
        message = getattr(self.messages, event)
        method = self._channel.unary_stream(
            _SERVICE + name, request_serializer=type(request).SerializeToString, response_deserializer=message.FromString
        )
        return Events(method(request), self._grpc.RpcError, self._where)

    def close(self) -> None:
        self._channel.close()


class Events:
    """What a streaming call brings; `cancel` ends it from any thread."""

    def __init__(self, call: Any, error: type, where: str) -> None:
        self._call = call
        self._error = error
        self._where = where
        self.cancelled = False

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._call
        except self._error as error:
            if not self.cancelled:
                raise failures.of_call(error, self._where) from None

    def cancel(self) -> None:
        self.cancelled = True
        self._call.cancel()


class Opened:
    """A context on the server: its id, and the thread that prints what its workers print."""

    def __init__(self, connection: Connection, request: Any) -> None:
        self.connection = connection
        self._events = connection.stream("Open", request, "ContextEvent")
        events = iter(self._events)
        first = next(events, None)
        if first is None or first.WhichOneof("event") != "opened":
            raise RuntimeError("the server does not open a context: it speaks another version of these messages.")
        self.id = first.opened.context_id
        self.cores = max(1, first.opened.cores)
        self._listener: Optional[threading.Thread] = threading.Thread(
            target=self._listen, args=(events,), name="millstream-context", daemon=True
        )
        self._listener.start()

    def _listen(self, events: Iterator[Any]) -> None:
        try:
            for event in events:
                _show(event)
        except Exception as error:  # The next call says the same to the program itself.
            print(f"millstream: {error}", file=sys.stderr)

    def close(self) -> None:
        """Waits for what the workers printed last."""
        request = self.connection.messages.CloseRequest(context_id=self.id)
        try:
            self.connection.call("Close", request, "CloseResponse")
            if self._listener is not threading.current_thread():
                self._listener.join(timeout=2)
        except Exception:
            pass  # A server that is gone has closed the context.
        finally:
            self._events.cancel()
            self.connection.close()


def _show(event: Any) -> None:
    """Workers' output belongs to the program's own: the same streams, the same order."""
    kind = event.WhichOneof("event")
    if kind == "text":
        stream = sys.stderr if event.text.to_stderr else sys.stdout
        stream.write(event.text.text.decode("utf-8", "replace"))
        stream.flush()
    elif kind == "notice":
        print(f"millstream: {event.notice}", file=sys.stderr)
