"""Import hook: checks PySpark before it is imported, and patches a few modules right after they were."""

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Callable, Sequence
from typing import Optional, Union

from millstream_submit import builder, findspark_init, notebook, requirements, spark_context

_Path = Optional[Sequence[str]]
_Target = Optional[types.ModuleType]

# What is done to a module once its own code has run.
_PATCHES: dict[str, Callable[[types.ModuleType], None]] = {
    "pyspark.sql.session": builder.patch,
    "pyspark.sql.connect.session": spark_context.patch,
    "pyspark.sql.connect.client.core": notebook.patch,
    "findspark": findspark_init.patch,
}


class _PatchingLoader(importlib.abc.Loader):
    """The module's own loader, with our patch after it."""

    def __init__(self, loader: importlib.abc.Loader, patch: Callable[[types.ModuleType], None]) -> None:
        self._loader = loader
        self._patch = patch

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> Union[types.ModuleType, None]:
        return self._loader.create_module(spec)

    def exec_module(self, module: types.ModuleType) -> None:
        self._loader.exec_module(module)
        self._patch(module)


class _Finder(importlib.abc.MetaPathFinder):
    """First on `sys.meta_path`; leaves every module but ours to the finders behind it."""

    def __init__(self) -> None:
        self._checked = False

    def find_spec(
        self, fullname: str, path: _Path, target: _Target = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        if fullname == "pyspark" and not self._checked:
            self._checked = True
            requirements.check()
        patch = _PATCHES.get(fullname)
        if patch is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _PatchingLoader(spec.loader, patch)
        return spec


def install() -> None:
    """Watches imports from now on."""
    sys.meta_path.insert(0, _Finder())
