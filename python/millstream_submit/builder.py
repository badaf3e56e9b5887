"""`SparkSession.builder` with a master: the program says `local[*]`, and runs on the server that submit chose."""

import os
import sys
import types
from typing import Any


def _let_the_master_go(options: dict[str, Any]) -> None:
    """A remote and a master exclude each other in PySpark. The remote is why we are here; the master is dropped."""
    master = options.pop("spark.master", None)
    if master is not None and not str(master).startswith("local"):
        print(f"millstream submit: master {master} is not used: the program runs on Millstream.", file=sys.stderr)


def patch(module: types.ModuleType) -> None:
    """Replaces the check that refuses a master beside a remote."""
    builder = module.SparkSession.Builder
    check = builder._validate_startup_urls

    def validate(self: Any) -> None:
        if "SPARK_REMOTE" in os.environ or "spark.remote" in self._options:
            _let_the_master_go(self._options)
            os.environ.pop("MASTER", None)
        check(self)

    builder._validate_startup_urls = validate
