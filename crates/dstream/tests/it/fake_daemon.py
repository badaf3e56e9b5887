"""Speaks the daemon's and the worker's side of PySpark 4.3's protocol, without PySpark: commands are words.

Run as `python3 -m fake_daemon`. A task's answer to `upper` is its frames in upper case, and so on, see `answer`.
"""

import os
import select
import signal
import socket
import struct
import sys
import time


def read_int(stream):
    data = stream.read(4)
    if len(data) < 4:
        os._exit(0)
    return struct.unpack("!i", data)[0]


def read_bytes(stream):
    return stream.read(read_int(stream))


def ints(*numbers):
    return struct.pack("!%di" % len(numbers), *numbers)


def frame(data):
    return ints(len(data)) + data


class Words:
    """The message that begins a task."""

    def __init__(self, data):
        self.data = data

    def take(self, length):
        taken, self.data = self.data[:length], self.data[length:]
        return taken

    def int(self):
        return struct.unpack("!i", self.take(4))[0]

    def bytes(self):
        return self.take(self.int())


def init(stream, broadcasts):
    assert read_int(stream) == -8, "START_OF_INIT_MESSAGE"
    words = Words(read_bytes(stream))
    partition = words.int()
    assert words.bytes() == b"3.11"
    assert words.bytes().startswith(b"{")
    words.bytes()
    for _ in range(words.int()):
        words.bytes()
    assert words.take(1) == b"\0"
    for _ in range(words.int()):
        number = struct.unpack("!q", words.take(8))[0]
        if number >= 0:
            broadcasts[number] = words.bytes()
        else:
            del broadcasts[-number - 1]
    assert words.int() == 0, "NON_UDF"
    assert words.int() == 0 and words.int() == 0, "no configurations"
    command = words.bytes()
    assert words.data == b""
    return partition, command


def frames(stream):
    while True:
        length = read_int(stream)
        if length == -1:
            return
        yield stream.read(length)


def answer(command, partition, broadcasts, stream):
    """The frames of the answer."""
    if command == b"upper":
        return [data.upper() for data in frames(stream)]
    if command == b"pairs":
        # A frame is a digit, the key, and a letter.
        return [part for data in frames(stream) for part in (struct.pack("!q", int(data[:1])), data[1:])]
    if command == b"broadcasts":
        list(frames(stream))
        return [b"%d=%s" % (number, path) for number, path in sorted(broadcasts.items())]
    if command == b"pid":
        list(frames(stream))
        return [b"%d" % os.getpid()]
    if command == b"print":
        list(frames(stream))
        os.write(1, b"printed\n")
        return []
    if command == b"leave":
        return []
    if command == b"exit":
        os._exit(3)
    if command == b"hang":
        time.sleep(600)
    raise ValueError("no command " + command.decode())


def worker(connection):
    stream = connection.makefile("rwb")
    stream.write(ints(os.getpid()))
    stream.flush()
    assert read_bytes(stream) == os.environ["PYTHON_WORKER_FACTORY_SECRET"].encode()
    stream.write(frame(b"ok"))
    stream.flush()
    broadcasts = {}
    while True:
        partition, command = init(stream, broadcasts)
        try:
            for data in answer(command, partition, broadcasts, stream):
                stream.write(frame(data))
        except ValueError as error:
            stream.write(ints(-2) + frame(b"Traceback: " + str(error).encode()))
            stream.flush()
            os._exit(1)
        stream.write(ints(-3) + b"\0" * 48 + ints(-1, 1) + frame(b"update %d" % partition))
        stream.flush()
        again = read_int(stream) == -4
        stream.write(ints(-4 if again else -1))
        stream.flush()
        if not again:
            os._exit(1)


def main():
    if "FAKE_LAST_WORDS" in os.environ:
        sys.exit(os.environ["FAKE_LAST_WORDS"])
    # The test sees this connection end when the daemon does.
    life = socket.create_connection(("127.0.0.1", int(os.environ["FAKE_LIFE"])))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.create_server(("127.0.0.1", 0))
    os.write(1, ints(listener.getsockname()[1]))
    end, open_until_killed = os.pipe()
    if os.fork() == 0:
        life.close()
        os.close(open_until_killed)
        # A daemon that is killed says nothing to its listener: the pipe does.
        while end not in select.select([listener, end], [], [])[0]:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                worker(connection)
            connection.close()
        os._exit(0)
    while True:
        pid = os.read(0, 4)
        if len(pid) < 4:
            os.killpg(0, signal.SIGKILL)
        try:
            os.kill(struct.unpack("!i", pid)[0], signal.SIGKILL)
        except ProcessLookupError:
            pass


if __name__ == "__main__":
    os.setpgid(0, 0)
    main()
