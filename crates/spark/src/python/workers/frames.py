# What every worker of ours begins with: the connection to the server, and its frames: numbers are big-endian, bytes
# come behind their length (int32). An answer is 0 and what was made, or -2 and a traceback.
import io
import os
import socket
import struct
import sys
import traceback


def connect():
    sock = socket.create_connection(("127.0.0.1", int(os.environ["PYTHON_WORKER_FACTORY_PORT"])))
    stream = sock.makefile("rwb")
    write_bytes(stream, os.environ["PYTHON_WORKER_FACTORY_SECRET"].encode())
    stream.flush()
    read_bytes(stream)
    stream.write(struct.pack("!i", os.getpid()))
    stream.flush()
    return stream


def read_exactly(stream, count):
    data = stream.read(count)
    if len(data) != count:
        os._exit(0)
    return data


def read_int(stream):
    return struct.unpack("!i", read_exactly(stream, 4))[0]


def read_bytes(stream):
    return read_exactly(stream, read_int(stream))


def write_bytes(stream, data):
    stream.write(struct.pack("!i", len(data)) + data)


class Told(Exception):
    """The user's function raised somewhere else, and its traceback is here."""

    def __init__(self, traceback):
        super().__init__()
        self.traceback = traceback


def answer(stream, work):
    """Works, and answers with the parts that were made."""
    try:
        made = work()
        stream.write(struct.pack("!i", 0))
        for part in made or ():
            write_bytes(stream, part)
    except BaseException as error:
        stream.write(struct.pack("!i", -2))
        write_bytes(stream, error.traceback if isinstance(error, Told) else traceback.format_exc().encode())
    sys.stdout.flush()
    stream.flush()


