"""SparkContext: the program's way to RDDs. One at a time in a process, as in PySpark."""

import atexit
import os
import shutil
import sys
import tempfile
import threading
import time
from typing import Any, ClassVar, Iterable, Optional

from millstream_spark import failures, plan
from millstream_spark.context_files import Files
from millstream_spark.context_properties import Properties
from millstream_spark.rdd import RDD

_REFERENCED = (
    "It appears that you are attempting to reference SparkContext from a broadcast variable, action, or "
    "transformation. SparkContext can only be used on the driver, not in code that runs on workers. For more "
    "information, see SPARK-5063."
)
_HADOOP = "Hadoop's formats need its Java classes; textFile, wholeTextFiles, binaryFiles and DataFrames are there."
_UNSUPPORTED = {
    "sequenceFile": _HADOOP,
    "hadoopFile": _HADOOP,
    "hadoopRDD": _HADOOP,
    "newAPIHadoopFile": _HADOOP,
    "newAPIHadoopRDD": _HADOOP,
    "_jsc": "there is no Java behind this SparkContext.",
    "show_profiles": "workers are not profiled.",
    "dump_profiles": "workers are not profiled.",
}


class SparkContext(Files, Properties):
    """A context on the server and the jobs of this program."""

    # None tells PySpark's own modules (SparkConf, for one) that no Java runs.
    _jvm: ClassVar[Any] = None
    _gateway: ClassVar[Any] = None
    _next_accum_id: ClassVar[int] = 0
    _active_spark_context: ClassVar[Optional["SparkContext"]] = None
    _lock: ClassVar[Any] = threading.RLock()

    def __init__(
        self,
        master: Optional[str] = None,
        appName: Optional[str] = None,
        sparkHome: Optional[str] = None,
        pyFiles: Optional["list[str]"] = None,
        environment: Optional["dict[str, Any]"] = None,
        batchSize: int = 0,
        serializer: Any = None,
        conf: Any = None,
        gateway: Any = None,
        jsc: Any = None,
        profiler_cls: Any = None,
        udf_profiler_cls: Any = None,
        memory_profiler_cls: Any = None,
    ) -> None:
        self._assert_on_driver()
        self._conf = _configuration(conf, master, appName, environment)
        with SparkContext._lock:
            if SparkContext._active_spark_context is not None:
                running = SparkContext._active_spark_context
                raise ValueError(
                    "Cannot run multiple SparkContexts at once; existing SparkContext"
                    f"(app={running.appName}, master={running.master}) is still there: stop it first."
                )
            self._serializers(batchSize, serializer)
            self._includes: "list[str]" = []
            self._awaiting: "list[Any]" = []
            self._temp_dir = tempfile.mkdtemp(prefix="millstream-")
            self.startTime = int(time.time() * 1000)
            self._stopped, self._running = False, None
            atexit.register(self.stop)
            try:
                self._begin()
            except BaseException:
                self.stop()
                raise
            SparkContext._active_spark_context = self
        for path in pyFiles or ():
            self.addPyFile(path)

    def _serializers(self, size: int, chosen: Any) -> None:
        from pyspark.serializers import AutoBatchedSerializer, BatchedSerializer, CPickleSerializer

        plain = chosen or CPickleSerializer()
        self._batched = AutoBatchedSerializer(plain)
        self._batchSize = size
        if size == 0:
            self.serializer: Any = self._batched
        else:
            self.serializer = plain if size == 1 else BatchedSerializer(plain, size)
        self._unbatched_serializer = plain

    def _begin(self) -> None:
        """Asks for workers now: they start while the program goes on."""
        self._open()

    @property
    def _jobs(self) -> Any:
        """None once it was stopped."""
        if self._running is None and not self._stopped:
            with SparkContext._lock:
                if self._running is None and not self._stopped:
                    self._open()
        return None if self._stopped else self._running

    def _open(self) -> None:
        from pyspark.version import __version__

        from millstream_spark import connection
        from millstream_spark.jobs import Jobs

        self._connection = connection.Connection(connection.address())
        environment = {**os.environ, **self.environment}
        request = self._connection.messages.OpenRequest(
            app_name=self.appName,
            interpreter=self.pythonExec,
            directory=os.getcwd(),
            environment=environment,
            sys_path=_search_path(),
            pyspark_version=__version__,
            python_version="%d.%d" % sys.version_info[:2],
            max_workers=self._threads() or 0,
            files_directory=self._files_directory(),
        )
        self._opened = connection.Opened(self._connection, request)
        self._running = Jobs(self._connection, self._opened)

    @property
    def environment(self) -> "dict[str, str]":
        """What workers have in their environment beside this process's: spark.executorEnv.NAME."""
        prefix = "spark.executorEnv."
        named = {key[len(prefix) :]: value for key, value in self._conf.getAll() if key.startswith(prefix)}
        return {"PYTHONHASHSEED": os.environ.get("PYTHONHASHSEED", "0"), **named}

    def _threads(self) -> Optional[int]:
        """What local[N] says; None for local[*]."""
        inside = self.master.partition("[")[2].rstrip("]").split(",")[0]
        if self.master == "local":
            return 1
        return int(inside) if inside.isdigit() else None

    # ------------------------------------------------------------ what it is

    @property
    def master(self) -> str:
        return str(self._conf.get("spark.master"))

    @property
    def appName(self) -> str:
        return str(self._conf.get("spark.app.name"))

    @property
    def sparkHome(self) -> Optional[str]:
        return self._conf.get("spark.home")

    @property
    def applicationId(self) -> str:
        return f"local-{self.startTime}"

    @property
    def uiWebUrl(self) -> Optional[str]:
        return None

    @property
    def version(self) -> str:
        from pyspark.version import __version__

        return str(__version__)

    @property
    def pythonVer(self) -> str:
        return "%d.%d" % sys.version_info[:2]

    @property
    def pythonExec(self) -> str:
        return shutil.which(os.environ.get("PYSPARK_PYTHON") or sys.executable) or sys.executable

    @property
    def defaultParallelism(self) -> int:
        """spark.default.parallelism, else what the master says, else the machine's cores."""
        configured = self._conf.get("spark.default.parallelism")
        if configured:
            return int(configured)
        return self._threads() or (self._jobs is not None and int(self._opened.cores)) or 1

    @property
    def defaultMinPartitions(self) -> int:
        return min(self.defaultParallelism, 2)

    @property
    def resources(self) -> "dict[str, Any]":
        return {}

    def _worker_memory(self) -> int:
        """Mebibytes that a worker holds before it goes to disk: spark.python.worker.memory."""
        text = str(self._conf.get("spark.python.worker.memory", "512m")).lower().removesuffix("b")
        units = {"k": 1 / 1024, "m": 1, "g": 1024, "t": 1024 * 1024}
        return max(1, int(float(text[:-1]) * units[text[-1]])) if text[-1] in units else max(1, int(text) >> 20)

    def getConf(self) -> Any:
        """A copy: what is changed in it changes nothing here."""
        from pyspark.conf import SparkConf

        copy = SparkConf(loadDefaults=False)
        copy.setAll([*self._conf.getAll(), ("spark.app.id", self.applicationId)])
        return copy

    def sparkUser(self) -> str:
        import getpass

        return getpass.getuser()

    def statusTracker(self) -> Any:
        from millstream_spark.status import StatusTracker

        return StatusTracker()

    def __repr__(self) -> str:
        return f"<SparkContext master={self.master} appName={self.appName}>"

    def _repr_html_(self) -> str:
        from html import escape

        facts = (("Version", self.version), ("Master", self.master), ("AppName", self.appName))
        rows = "".join(f"<dt>{name}</dt><dd><code>{escape(value)}</code></dd>" for name, value in facts)
        return f"<div><p><b>SparkContext</b> on Millstream</p><dl>{rows}</dl></div>"

    # ------------------------------------------------------------ its life

    @classmethod
    def getOrCreate(cls, conf: Any = None) -> "SparkContext":
        with SparkContext._lock:
            return SparkContext._active_spark_context or cls(conf=conf)

    @classmethod
    def _ensure_initialized(cls, instance: Any = None, gateway: Any = None, conf: Any = None) -> None:
        """There is nothing to start; PySpark's own modules call it."""

    def stop(self) -> None:
        """Ends the context's jobs and workers. Safe to call twice."""
        with SparkContext._lock:
            if SparkContext._active_spark_context is self:
                SparkContext._active_spark_context = None
            before, self._stopped = self._stopped, True
        if before:
            return
        atexit.unregister(self.stop)
        if self._running is not None:
            self._opened.close()
        shutil.rmtree(self._temp_dir, ignore_errors=True)
        from pyspark import accumulators

        accumulators._accumulatorRegistry.clear()

    def _assert_running(self) -> None:
        if self._jobs is None:
            raise RuntimeError("This SparkContext was stopped: make a new one.")

    def __enter__(self) -> "SparkContext":
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    def __getnewargs__(self) -> Any:
        raise failures.in_a_worker("CONTEXT_ONLY_VALID_ON_DRIVER", _REFERENCED)

    def __reduce__(self) -> Any:
        raise failures.in_a_worker("CONTEXT_ONLY_VALID_ON_DRIVER", _REFERENCED)

    @staticmethod
    def _assert_on_driver() -> None:
        from pyspark.taskcontext import TaskContext

        if TaskContext.get() is not None:
            raise RuntimeError("SparkContext should only be created and accessed on the driver.")

    def __getattr__(self, name: str) -> Any:
        if name in _UNSUPPORTED:
            raise NotImplementedError(f"SparkContext.{name} is not supported by Millstream: {_UNSUPPORTED[name]}")
        raise AttributeError(f"'SparkContext' object has no attribute '{name}'")

    # ------------------------------------------------------------ RDDs

    def emptyRDD(self) -> RDD:
        """No elements in no partitions."""
        return RDD(plan.source([]), self)

    def range(self, start: int, end: Optional[int] = None, step: int = 1, numSlices: Optional[int] = None) -> RDD:
        if end is None:
            start, end = 0, start
        return self.parallelize(range(start, end, step), numSlices)

    def parallelize(self, c: Iterable[Any], numSlices: Optional[int] = None) -> RDD:
        """The program's own elements, cut into partitions where Spark cuts them."""
        slices = max(1, int(numSlices) if numSlices is not None else self.defaultParallelism)
        if isinstance(c, range):
            empty = RDD(plan.source([b""] * slices), self)
            return empty.mapPartitionsWithIndex(_Part(c, slices))
        return RDD(plan.source(_cut(c, slices, self)), self)

    def union(self, rdds: "list[Any]") -> Any:
        """All of them, one after the other."""
        if not rdds:
            raise ValueError("union needs at least one RDD")
        if len({id(rdd._write) for rdd in rdds}) > 1:
            rdds = [rdd._apply(_as_it_is, True) if rdd._write is not self.serializer else rdd for rdd in rdds]
        return RDD(plan.union([rdd._plan() for rdd in rdds]), self, rdds[0]._write)

    def broadcast(self, value: Any) -> Any:
        """A value that workers read once, however many tasks use it."""
        from millstream_spark.broadcast import Broadcast

        self._assert_running()
        return Broadcast(self, value)

    def accumulator(self, value: Any, accum_param: Any = None) -> Any:
        """A variable to which tasks add."""
        from pyspark import accumulators

        if accum_param is None:
            for kind, param in (
                (int, accumulators.INT_ACCUMULATOR_PARAM),
                (float, accumulators.FLOAT_ACCUMULATOR_PARAM),
                (complex, accumulators.COMPLEX_ACCUMULATOR_PARAM),
            ):
                if isinstance(value, kind):
                    accum_param = param
                    break
            else:
                raise TypeError(f"No default accumulator param for type {type(value)}")
        SparkContext._next_accum_id += 1
        return accumulators.Accumulator(SparkContext._next_accum_id - 1, value, accum_param)

    def runJob(
        self, rdd: Any, partitionFunc: Any, partitions: Optional["list[int]"] = None, allowLocal: bool = False
    ) -> "list[Any]":
        mapped = rdd.mapPartitions(partitionFunc)
        return [element for partition in mapped._run(partitions) for element in partition]


class OfASession(SparkContext):
    """`spark.sparkContext`: programs that use DataFrames only ask it for little, and need no workers for that."""

    def _begin(self) -> None:
        """The first job opens it."""


class _Part:
    """Numbers of a range, made in the worker."""

    def __init__(self, numbers: range, slices: int) -> None:
        self.numbers = numbers
        self.slices = slices

    def __call__(self, split: int, iterator: Iterable[Any]) -> Iterable[Any]:
        size = len(self.numbers)
        return self.numbers[split * size // self.slices : (split + 1) * size // self.slices]


def _cut(elements: Iterable[Any], slices: int, context: SparkContext) -> "list[bytes]":
    """Batches of equal length first, then partitions of batches: the places where Spark cuts."""
    from itertools import islice

    if not hasattr(elements, "__len__"):
        elements = list(elements)
    size = max(1, min(len(elements) // slices, context._batchSize or 1024))  # type: ignore[arg-type]
    remaining = iter(elements)
    if context._batchSize == 1:
        frames = [context._unbatched_serializer.dumps(element) for element in remaining]
    else:
        batches = iter(lambda: list(islice(remaining, size)), [])
        frames = [context._unbatched_serializer.dumps(batch) for batch in batches]
    partitions = []
    for index in range(slices):
        own = frames[index * len(frames) // slices : (index + 1) * len(frames) // slices]
        partitions.append(b"".join(len(frame).to_bytes(4, "big") + frame for frame in own))
    return partitions


def _as_it_is(split: int, iterator: Iterable[Any]) -> Iterable[Any]:
    return iterator


def _search_path() -> "list[str]":
    """Where modules are found: this program's path, which begins with what `millstream submit` put there."""
    return [os.path.abspath(entry) if entry else os.getcwd() for entry in sys.path]


def _configuration(conf: Any, master: Optional[str], name: Optional[str], environment: Any) -> Any:
    """Arguments win over the conf, the conf over what `millstream submit` was told."""
    import json

    from pyspark.conf import SparkConf

    merged = SparkConf(loadDefaults=False)
    merged.setAll(list(json.loads(os.environ.get("MILLSTREAM_CONF", "{}")).items()))
    if conf is not None:
        merged.setAll(conf.getAll())
    if master:
        merged.setMaster(master)
    if name:
        merged.setAppName(name)
    for key, value in (environment or {}).items():
        merged.setExecutorEnv(key, value)
    given = merged.get("spark.master")
    if given is None:
        merged.setMaster("local[*]")
    elif not given.startswith("local"):
        print(f"millstream submit: master {given} is not used: the program runs on Millstream.", file=sys.stderr)
        merged.setMaster("local[*]")
    merged.setIfMissing("spark.app.name", os.path.basename(sys.argv[0]) or "pyspark-shell")
    merged.setIfMissing("spark.submit.deployMode", "client")
    return merged
