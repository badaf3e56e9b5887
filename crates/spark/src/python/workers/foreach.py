# `writeStream.foreach(...)`: runs the user's function or writer over the rows of each batch.
#
# In: the pickled (function, ...) of PySpark's client; then for each batch its number (int64) and an Arrow stream.
# Out, after each: 0, or -2 and a traceback.


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
