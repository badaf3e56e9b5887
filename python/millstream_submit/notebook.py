"""A kernel of `millstream jupyter`: its session is tied to it, and what its console sinks print is printed in it.

`millstream submit` ties one program's session to its terminal. A Jupyter has many kernels, so each does it itself, by
Millstream's own call beside Spark Connect (`Submit.Attach`), on the connection that PySpark has opened anyway.
"""

import _thread
import os
import sys
import types
from typing import Any

# Set by `millstream jupyter` for all that it starts.
MARK = "MILLSTREAM_NOTEBOOK"
_ATTACH = "/millstream.v1.Submit/Attach"


def _field(number: int, value: bytes) -> bytes:
    """A field of protobuf's wire form: tag, length, bytes."""
    size, length = len(value), bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    length.append(size)
    return bytes([number << 3 | 2]) + bytes(length) + value


def _request(session: str, user: str) -> bytes:
    """`AttachRequest`, for this process as it is."""
    texts = [session, user, sys.executable, os.getcwd()]
    fields = [_field(number, text.encode()) for number, text in enumerate(texts, start=1)]
    pairs = [(name.encode(errors="replace"), value.encode(errors="replace")) for name, value in os.environ.items()]
    environment = [_field(5, _field(1, name) + _field(2, value)) for name, value in pairs]
    return b"".join(fields + environment)


def _print_all(texts: Any) -> None:
    """Prints until the session ends."""
    import grpc  # noqa: PLC0415 (PySpark's own dependency)
    from google.protobuf.wrappers_pb2 import BytesValue  # noqa: PLC0415

    try:
        for message in texts:
            # `ConsoleText` has the one field that `BytesValue` has.
            sys.stdout.write(BytesValue.FromString(message).value.decode(errors="replace"))
            sys.stdout.flush()
    except grpc.RpcError:
        pass  # The session, the server or this process is ending.


def _attach(client: Any) -> None:
    call = client._channel.unary_stream(_ATTACH, request_serializer=None, response_deserializer=None)
    texts = call(_request(client._session_id, client._user_id or ""))
    try:
        texts.initial_metadata()
    except Exception as error:  # Another Spark Connect server does not know the call: the notebook runs all the same.
        print(f"millstream jupyter: console sinks print on the server, not here: {error}", file=sys.stderr)
        return
    # Not a `threading.Thread`: ipykernel would hold its text to be that of the cell that opened the session, for ever.
    _thread.start_new_thread(_print_all, (texts,))


def patch(module: types.ModuleType) -> None:
    """Ties every session to this process, if `millstream jupyter` started it."""
    if MARK not in os.environ:
        return
    client = module.SparkConnectClient
    initialise = client.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        initialise(self, *args, **kwargs)
        _attach(self)

    client.__init__ = init
