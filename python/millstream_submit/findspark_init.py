"""`findspark.init()`: looks for an installed Spark and for its Java bridge. A PySpark that can be imported is enough."""

import importlib.util
import types
from typing import Any


def patch(module: types.ModuleType) -> None:
    """Lets `init` come back without what only a JVM needs."""
    search = module.init

    def init(*args: Any, **kwargs: Any) -> None:
        try:
            search(*args, **kwargs)
        except Exception:
            if importlib.util.find_spec("pyspark") is None:
                raise

    module.init = init
