"""`SparkSession.builder` with a master: the program says `local[*]`, and runs on the server that submit chose."""

import os
import sys
import types
from typing import Any

# Configs of a SparkContext; a session of Spark Connect refuses or does not know them.
_OF_THE_CONTEXT = ("spark.app.id", "spark.submit.", "spark.driver.", "spark.executor", "spark.home")


def _let_the_master_go(options: dict[str, Any]) -> None:
    """A remote and a master exclude each other in PySpark. The remote is why we are here; the master is dropped."""
    master = options.pop("spark.master", None)
    if master is not None and not str(master).startswith("local"):
        print(f"millstream submit: master {master} is not used: the program runs on Millstream.", file=sys.stderr)


def patch(module: types.ModuleType) -> None:
    """Replaces the check that refuses a master beside a remote, and the one that refuses a SparkContext beside it."""
    session = module.SparkSession
    builder = session.Builder
    check = builder._validate_startup_urls
    get = builder.getOrCreate

    def validate(self: Any) -> None:
        if "SPARK_REMOTE" in os.environ or "spark.remote" in self._options:
            _let_the_master_go(self._options)
            os.environ.pop("MASTER", None)
        check(self)

    def get_or_create(self: Any) -> Any:
        url = self._options.get("spark.remote", os.environ.get("SPARK_REMOTE"))
        if url is None:
            return get(self)
        from pyspark.sql.connect.session import SparkSession as RemoteSparkSession

        os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
        _let_the_master_go(self._options)
        options = {key: value for key, value in self._options.items() if not key.startswith(_OF_THE_CONTEXT)}
        return RemoteSparkSession.builder.config(map={**options, "spark.remote": url}).getOrCreate()

    get_or_create.__doc__ = get.__doc__
    builder._validate_startup_urls = validate
    builder.getOrCreate = get_or_create
    _make_of_a_context(session)


def _make_of_a_context(session: Any) -> None:
    """`SparkSession(sc)`, as programs of Spark 2 have it: the session of the builder."""

    def new(cls: Any, sparkContext: Any = None, *_: Any, **__: Any) -> Any:
        if cls is not session or sparkContext is None or "SPARK_REMOTE" not in os.environ:
            return object.__new__(cls)
        return session.builder.config(conf=sparkContext.getConf()).getOrCreate()

    session.__new__ = new
