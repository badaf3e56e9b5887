# Functions of whole tables and of groups: `mapInPandas`, `applyInPandas`, `applyInPandasWithState` and their like.
#
# Each task is one run of PySpark's own worker (`pyspark.worker.main`) within this process, so that what a user's
# function gets, may give back and is told when it is wrong is Spark's. This program writes the words and the rows of a
# task as Spark's executor does, which differ between versions, and reads what comes back. States are typed columns on
# the server's side and pickles on the worker's: they are translated here, since the server opens no pickle.
#
# In: a JSON text ("kind", "offsets", "conf") and the pickled (function, type); then for each task a JSON text, the
# number of tables (int32) and the tables as Arrow streams. Out, for each task: 0 and the rows, then (with state) what
# became of the groups, as Arrow streams; or -2 and a traceback.
import json

MAP_PANDAS, MAP_ARROW, WITH_STATE, GROUPED_ARROW = 205, 207, 208, (209, 215)
START_ARROW_STREAM, EXCEPTION, END_OF_STREAM, START_OF_INIT_MESSAGE = -6, -2, -4, -8


def text(words):
    return struct.pack("!i", len(words.encode())) + words.encode()


def mapping(pairs):
    return struct.pack("!i", len(pairs)) + b"".join(text(key) + text(value) for key, value in pairs.items())


def context(version):
    """The task's context: a single task of a single stage."""
    if version >= (4, 2):
        return text(json.dumps({
            "isBarrier": False, "connInfo": None, "secret": None, "stageId": 0, "partitionId": 0, "attemptNumber": 0,
            "taskAttemptId": 0, "cpus": 1, "cpuAmount": "1", "resources": {}, "localProperties": {},
        }))
    no_port = b"" if version >= (4, 1) else struct.pack("!ii", 0, 0)
    return b"\0" + no_port + struct.pack("!iiiqiii", 0, 0, 0, 0, 1, 0, 0)


def words_of(version, task, command, state_schema):
    """What comes before the rows: which task this is, how it is to work, and its function."""
    words = struct.pack("!i", 0) + text("%d.%d" % sys.version_info[:2]) + context(version)
    words += text(os.getcwd()) + struct.pack("!i?ii", 0, False, 0, task["kind"]) + mapping(task["conf"])
    offsets = task["offsets"]
    if version >= (4, 2):
        words += mapping({"state_value_schema": state_schema} if state_schema else {})
        offsets = b"".join(struct.pack("!i?", offset, False) for offset in offsets)
    else:
        words += (text(state_schema) if state_schema else b"") + b"\0"
        offsets = struct.pack("!%di" % len(offsets), *offsets)
    words += struct.pack("!ii", 1, len(task["offsets"])) + offsets
    words += struct.pack("!ii", 1, len(command)) + command
    if version >= (4, 2):
        words += struct.pack("!q", 0)
    if version >= (4, 3):
        words = struct.pack("!ii", START_OF_INIT_MESSAGE, len(words)) + words
    return words


def arrow_stream(schema, batches):
    import pyarrow

    out = io.BytesIO()
    with pyarrow.ipc.new_stream(out, schema) as writer:
        for batch in batches:
            writer.write(batch)
    return out.getvalue()


def whole(table):
    """A table as one record batch."""
    import pyarrow

    batches = table.combine_chunks().to_batches()
    if batches:
        return batches[0]
    return pyarrow.RecordBatch.from_arrays([pyarrow.array([], field.type) for field in table.schema], schema=table.schema)


def as_struct(batch):
    """A batch of one struct column that holds all columns."""
    import pyarrow

    structs = pyarrow.StructArray.from_arrays(batch.columns, fields=list(batch.schema))
    schema = pyarrow.schema([pyarrow.field("struct", structs.type, False)])
    return pyarrow.RecordBatch.from_arrays([structs], schema=schema)


def mapped(batch, most):
    """All rows, in batches."""
    structs = as_struct(batch)
    return arrow_stream(structs.schema, [structs.slice(start, most) for start in range(0, structs.num_rows, most)])


def grouped(version, task, batches, groups):
    """A stream for each group, or two: each group says where its rows begin, and how many there are, in each table."""
    if task["kind"] in GROUPED_ARROW:
        batches = [as_struct(batch) for batch in batches]
    if version < (4, 1) and len(batches) == 1:
        return arrow_stream(batches[0].schema, [batches[0].slice(*spans[0]) for spans in groups])
    parts = []
    for spans in groups:
        parts.append(struct.pack("!i", len(batches)))
        for batch, (start, rows) in zip(batches, spans):
            parts.append(arrow_stream(batch.schema, [batch.slice(start, rows)]))
    return b"".join(parts) + struct.pack("!i", 0)


def state_objects(groups):
    """The states as they are pickled for `GroupState`, and their type."""
    from pyspark.serializers import CPickleSerializer
    from pyspark.sql.conversion import ArrowTableToRowsConversion
    from pyspark.sql.pandas.types import from_arrow_schema

    table = groups.select(["state"])
    schema = from_arrow_schema(table.schema, prefer_timestamp_ntz=True)
    dumps = CPickleSerializer().dumps
    rows = ArrowTableToRowsConversion.convert(table, schema)
    return [None if row[0] is None else dumps(row[0]) for row in rows], schema


def with_state(batch, groups, task, most):
    """The rows with a last column that tells of each group's state and where its rows are; large groups in pieces."""
    import pyarrow

    told = pyarrow.struct([("properties", pyarrow.string()), ("keyRowAsUnsafe", pyarrow.binary()),
                           ("object", pyarrow.binary()), ("startOffset", pyarrow.int32()),
                           ("numRows", pyarrow.int32()), ("isLastChunk", pyarrow.bool_())])
    schema = batch.schema.append(pyarrow.field("__state", told))
    objects, state_schema = state_objects(groups)
    batches, infos, start, place = [], [], 0, 0

    def flush():
        nonlocal infos, start
        rows = batch.slice(start, place - start)
        column = pyarrow.array(infos + [None] * (rows.num_rows - len(infos)), told)
        batches.append(pyarrow.RecordBatch.from_arrays([*rows.columns, column], schema=schema))
        infos, start = [], place

    counts, timed_out = groups.column("rows").to_pylist(), groups.column("timed_out").to_pylist()
    for number, (left, has_timed_out, state) in enumerate(zip(counts, timed_out, objects)):
        properties = json.dumps({
            "optionalValue": None, "batchProcessingTimeMs": task["batch_time"],
            "eventTimeWatermarkMs": task["watermark"], "timeoutConf": task["timeout"], "hasTimedOut": has_timed_out,
            "watermarkPresent": task["watermark_present"], "defined": state is not None, "updated": False,
            "removed": False, "timeoutTimestamp": -1,
        })
        while left:
            taken = min(left, most - (place - start))
            left -= taken
            infos.append({"properties": properties, "keyRowAsUnsafe": struct.pack("!i", number), "object": state,
                          "startOffset": place - start, "numRows": taken, "isLastChunk": not left})
            place += taken
            if place - start == most:
                flush()
    if place > start:
        flush()
    return arrow_stream(schema, batches), state_schema


def run_worker(words, data):
    """One run of PySpark's worker: the batches that it made."""
    import pyarrow
    import pyspark.worker

    out = io.BytesIO()
    try:
        pyspark.worker.main(io.BytesIO(words + data + struct.pack("!i", END_OF_STREAM)), out)
    except SystemExit:
        pass
    out.seek(0)
    batches = []
    while True:
        mark = struct.unpack("!i", out.read(4))[0]
        if mark == START_ARROW_STREAM:
            batches.extend(pyarrow.ipc.open_stream(out))
        elif mark == EXCEPTION:
            raise Told(out.read(struct.unpack("!i", out.read(4))[0]))
        else:
            return batches


def table_of(structs):
    """The rows of struct columns as an Arrow stream; no bytes if there are none."""
    import pyarrow

    parts = [pyarrow.RecordBatch.from_arrays(part.flatten(), schema=pyarrow.schema(list(part.type))) for part in structs]
    return arrow_stream(parts[0].schema, parts) if parts else b""


def groups_of(batches, state_schema, count):
    """What became of each group: whether its state changed, the state, and when its time is out."""
    import pyarrow
    from pyspark.serializers import CPickleSerializer
    from pyspark.sql.conversion import LocalDataToArrowConversion

    changed, timeouts, states = [False] * count, [None] * count, [(None,)] * count
    state_type = state_schema[0].dataType
    loads = CPickleSerializer().loads
    for batch in batches:
        number_of = batch.column(0)[0]["stateCount"].as_py()
        for row in batch.column(2).slice(0, number_of).to_pylist():
            number = struct.unpack("!i", row["keyRowAsUnsafe"])[0]
            properties = json.loads(row["properties"])
            changed[number] = properties["updated"] or properties["removed"]
            if properties["timeoutTimestamp"] != -1:
                timeouts[number] = int(properties["timeoutTimestamp"])
            if row["object"]:
                states[number] = (state_type.fromInternal(loads(row["object"])),)
    table = LocalDataToArrowConversion.convert(states, state_schema, False)
    table = table.append_column("changed", pyarrow.array(changed, pyarrow.bool_()))
    table = table.append_column("timeout", pyarrow.array(timeouts, pyarrow.int64()))
    return arrow_stream(table.schema, table.to_batches())


def run_task(version, task, command, asked, tables):
    most = int(task["conf"].get("spark.sql.execution.arrow.maxRecordsPerBatch", 10000))
    most = most if most > 0 else 2**31 - 1
    if task["kind"] == WITH_STATE:
        data, state_schema = with_state(whole(tables[0]), tables[1], asked, most)
        words = words_of(version, task, command, state_schema[0].dataType.json())
        made = run_worker(words, data)
        rows = [part.column(1).slice(0, part.column(0)[0]["dataCount"].as_py()) for part in made]
        return [table_of(rows), groups_of(made, state_schema, tables[1].num_rows)]
    batches = [whole(table) for table in tables]
    if task["kind"] in (MAP_PANDAS, MAP_ARROW):
        data = mapped(batches[0], most)
    else:
        data = grouped(version, task, batches, asked["groups"])
    return [table_of([part.column(0) for part in run_worker(words_of(version, task, command, None), data)])]


def main():
    import pyarrow
    import pyspark

    print("pyspark", pyspark.__version__, flush=True)
    version = tuple(int(part) for part in pyspark.__version__.split(".")[:2])
    if not (4, 0) <= version < (4, 4):
        sys.exit("functions of DataFrames and of groups need PySpark 4.0 to 4.3; this Python has " + pyspark.__version__)
    stream = connect()
    task = json.loads(read_bytes(stream))
    command = read_bytes(stream)
    while True:
        asked = json.loads(read_bytes(stream))
        tables = [read_bytes(stream) for _ in range(read_int(stream))]
        tables = [pyarrow.ipc.open_stream(io.BytesIO(table)).read_all() for table in tables]
        answer(stream, lambda: run_task(version, task, command, asked, tables))


main()
