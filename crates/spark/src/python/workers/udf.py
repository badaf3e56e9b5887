# Python functions as columns: `F.udf`, `F.pandas_udf`, `spark.udf.register`.
#
# In: the kind of function (int32), the pickled (function, type) of PySpark's client; then Arrow streams of arguments,
# one column each. Out: 0, or -2 and a traceback; after each stream 0 and an Arrow stream of one column, or -2.

BATCHED, ARROW_BATCHED, PANDAS, PANDAS_ITER, ARROW, ARROW_ITER = 100, 101, 200, 204, 250, 251


def by_row(function, data_type):
    """A function of one row's values."""
    from pyspark.sql.conversion import ArrowTableToRowsConversion, LocalDataToArrowConversion
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StringType, StructField, StructType

    result = StructType([StructField("_0", data_type)])

    def coerced(value):
        return str(value) if value is not None and isinstance(data_type, StringType) else value

    def work(table):
        if table.num_columns:
            rows = ArrowTableToRowsConversion.convert(table, from_arrow_schema(table.schema))
        else:
            rows = [()] * table.num_rows
        values = [(coerced(function(*row)),) for row in rows]
        return LocalDataToArrowConversion.convert(values, result, False)

    return work


def by_column(function, data_type, kind):
    """A function of whole columns, of pandas or of Arrow."""
    import pandas
    import pyarrow
    from pyspark.sql.pandas.types import to_arrow_type

    wanted = to_arrow_type(data_type, timezone="UTC") if "timestamp" in data_type.simpleString() else to_arrow_type(data_type)

    def work(table):
        columns = [column.combine_chunks() for column in table.columns]
        if kind in (PANDAS, PANDAS_ITER):
            columns = [column.to_pandas() for column in columns]
        if kind in (PANDAS_ITER, ARROW_ITER):
            made = next(iter(function(iter([columns[0] if len(columns) == 1 else tuple(columns)]))))
        else:
            made = function(*columns)
        if isinstance(made, pandas.Series):
            made = pyarrow.Array.from_pandas(made, type=wanted)
        elif isinstance(made, pandas.DataFrame):
            made = pyarrow.Table.from_pandas(made, preserve_index=False).to_struct_array().combine_chunks()
        return pyarrow.table([made.cast(wanted)], names=["_0"])

    return work


def main():
    import pyarrow
    import pyspark
    from pyspark.serializers import CloudPickleSerializer

    print("pyspark", pyspark.__version__, flush=True)
    stream = connect()
    kind = read_int(stream)
    command = read_bytes(stream)
    work = []

    def start():
        function, data_type = CloudPickleSerializer().loads(command)
        work.append(by_row(function, data_type) if kind in (BATCHED, ARROW_BATCHED) else by_column(function, data_type, kind))

    def run(data):
        made = work[0](pyarrow.ipc.open_stream(io.BytesIO(data)).read_all())
        out = io.BytesIO()
        with pyarrow.ipc.new_stream(out, made.schema) as writer:
            writer.write_table(made)
        return [out.getvalue()]

    answer(stream, start)
    while True:
        data = read_bytes(stream)
        answer(stream, lambda: run(data))


main()
