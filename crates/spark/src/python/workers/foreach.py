# `writeStream.foreach(...)`: runs the user's function or writer over the rows of each batch.
#
# In: the pickled (function, ...) of PySpark's client; then for each batch its number (int64) and an Arrow stream.
# Out, after each: 0, or -2 and a traceback.
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


def read_bytes(stream):
    return read_exactly(stream, struct.unpack("!i", read_exactly(stream, 4))[0])


def write_bytes(stream, data):
    stream.write(struct.pack("!i", len(data)) + data)


def answer(stream, work):
    try:
        work()
        stream.write(struct.pack("!i", 0))
    except BaseException:
        stream.write(struct.pack("!i", -2))
        write_bytes(stream, traceback.format_exc().encode())
    sys.stdout.flush()
    stream.flush()


def rows_of(data):
    import pyarrow
    from pyspark.sql.pandas.types import from_arrow_schema

    try:
        from pyspark.sql.conversion import ArrowTableToRowsConversion
    except ImportError:
        from pyspark.sql.connect.conversion import ArrowTableToRowsConversion
    table = pyarrow.ipc.open_stream(io.BytesIO(data)).read_all()
    return ArrowTableToRowsConversion.convert(table, from_arrow_schema(table.schema))


def main():
    import pyspark
    from pyspark.serializers import CloudPickleSerializer
    from pyspark.taskcontext import TaskContext

    print("pyspark", pyspark.__version__, flush=True)
    stream = connect()
    command = read_bytes(stream)
    function = []
    answer(stream, lambda: function.append(CloudPickleSerializer().loads(command)[0]))
    context = TaskContext()
    context._partitionId, context._localProperties = 0, {}
    TaskContext._taskContext = context

    def batch(number, data):
        context._localProperties["streaming.sql.batchId"] = str(number)
        for _ in function[0](0, iter(rows_of(data))):
            pass

    while True:
        number = struct.unpack("!q", read_exactly(stream, 8))[0]
        data = read_bytes(stream)
        answer(stream, lambda: batch(number, data))


main()
