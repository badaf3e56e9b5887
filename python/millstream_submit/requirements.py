"""What PySpark's Connect client needs, and the one command that installs what is missing."""

import importlib.machinery
import importlib.util
import os
import shlex
import sys

# Module to look for, and the name under which pip knows it.
_PACKAGES: tuple[tuple[str, str], ...] = (
    ("pandas", "pandas"),
    ("pyarrow", "pyarrow"),
    ("grpc", "grpcio"),
    ("grpc_status", "grpcio-status"),
    ("google.rpc", "googleapis-common-protos"),
    ("zstandard", "zstandard"),
)


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _connect_is_there(package: importlib.machinery.ModuleSpec) -> bool:
    places = package.submodule_search_locations or []
    return any(os.path.isdir(os.path.join(place, "sql", "connect")) for place in places)


def advice() -> str:
    """One sentence and one command; empty if all is there."""
    package = importlib.machinery.PathFinder.find_spec("pyspark")
    if package is None:
        return _sentence("PySpark is not installed", ["pyspark-client"])
    if not _connect_is_there(package):
        return _sentence("this PySpark has no Spark Connect client (it came with 3.4)", ["--upgrade", "pyspark-client"])
    missing = [name for module, name in _PACKAGES if not _is_there(module)]
    if missing:
        return _sentence(f"PySpark's Connect client needs {', '.join(missing)}", missing)
    return ""


def _sentence(what: str, packages: list[str]) -> str:
    command = shlex.join([sys.executable or "python3", "-m", "pip", "install", *packages])
    return f"millstream submit: {what} in this Python. Install with:\n    {command}"


def check() -> None:
    """Ends the program with the advice if something is missing."""
    text = advice()
    if text:
        raise SystemExit(text)
