"""Import hook: checks PySpark before it is imported, patches some of its modules right after they were, and puts
ours in the place of those that need Java."""

import importlib
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Callable, Sequence
from typing import Optional, Union

from millstream_submit import builder, findspark_init, notebook, replaced, requirements

_Path = Optional[Sequence[str]]
_Target = Optional[types.ModuleType]


def _ours(place: str, function: str) -> Callable[[types.ModuleType], None]:
    """A patch of the package that stands for Spark, which is loaded when it is needed."""

    def patch(module: types.ModuleType) -> None:
        getattr(importlib.import_module(f"millstream_spark.{place}"), function)(module)

    return patch


# What is done to a module once its own code has run.
_PATCHES: dict[str, Callable[[types.ModuleType], None]] = {
    "pyspark": replaced.patch_package,
    "pyspark.sql.session": builder.patch,
    "pyspark.sql.context": _ours("sql.context", "patch"),
    "pyspark.sql.connect.session": _ours("sql.frames", "patch_session"),
    "pyspark.sql.connect.dataframe": _ours("sql.frames", "patch_frame"),
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
        ours = replaced.spec_of(fullname)
        if ours is not None:
            return ours
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
