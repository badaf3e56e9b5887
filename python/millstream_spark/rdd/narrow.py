"""Functions over elements or partitions, where each partition needs only itself."""

import operator
import os
import shlex
import threading
from itertools import chain
from subprocess import PIPE, Popen
from typing import Any, Callable, Iterable

from millstream_spark.rdd.base import Base


class Narrow(Base):
    """map and its relatives."""

    def map(self, f: Callable[[Any], Any], preservesPartitioning: bool = False) -> Any:
        from pyspark.util import fail_on_stopiteration

        f = fail_on_stopiteration(f)
        return self._apply(lambda _, iterator: map(f, iterator), preservesPartitioning)

    def flatMap(self, f: Callable[[Any], Iterable[Any]], preservesPartitioning: bool = False) -> Any:
        from pyspark.util import fail_on_stopiteration

        f = fail_on_stopiteration(f)
        return self._apply(lambda _, iterator: chain.from_iterable(map(f, iterator)), preservesPartitioning)

    def filter(self, f: Callable[[Any], bool]) -> Any:
        from pyspark.util import fail_on_stopiteration

        f = fail_on_stopiteration(f)
        return self._apply(lambda _, iterator: filter(f, iterator), True)

    def mapPartitions(self, f: Callable[[Iterable[Any]], Iterable[Any]], preservesPartitioning: bool = False) -> Any:
        return self._apply(lambda _, iterator: f(iterator), preservesPartitioning)

    def mapPartitionsWithIndex(
        self, f: Callable[[int, Iterable[Any]], Iterable[Any]], preservesPartitioning: bool = False
    ) -> Any:
        return self._apply(f, preservesPartitioning)

    def mapPartitionsWithSplit(
        self, f: Callable[[int, Iterable[Any]], Iterable[Any]], preservesPartitioning: bool = False
    ) -> Any:
        """The old name."""
        return self._apply(f, preservesPartitioning)

    def glom(self) -> Any:
        """Each partition as one list."""
        return self.mapPartitions(lambda iterator: [list(iterator)])

    def keyBy(self, f: Callable[[Any], Any]) -> Any:
        return self.map(lambda element: (f(element), element))

    def keys(self) -> Any:
        return self.map(operator.itemgetter(0))

    def values(self) -> Any:
        return self.map(operator.itemgetter(1))

    def mapValues(self, f: Callable[[Any], Any]) -> Any:
        return self.map(lambda pair: (pair[0], f(pair[1])), preservesPartitioning=True)

    def flatMapValues(self, f: Callable[[Any], Iterable[Any]]) -> Any:
        return self.flatMap(lambda pair: ((pair[0], value) for value in f(pair[1])), preservesPartitioning=True)

    def pipe(self, command: str, env: "dict[str, str] | None" = None, checkCode: bool = False) -> Any:
        """Each partition's lines through a program of the machine."""
        environment = env or {}
        return self.mapPartitions(lambda iterator: _piped(iterator, command, environment, checkCode))


def _piped(elements: Iterable[Any], command: str, environment: "dict[str, str]", check: bool) -> Iterable[str]:
    program = Popen(shlex.split(command), env={**os.environ, **environment}, stdin=PIPE, stdout=PIPE)

    def write() -> None:
        for element in elements:
            program.stdin.write(f"{element}".rstrip("\n").encode() + b"\n")
        program.stdin.close()

    threading.Thread(target=write, daemon=True).start()
    for line in program.stdout:
        yield line.rstrip(b"\n").decode("utf-8")
    program.wait()
    if check and program.returncode:
        raise RuntimeError(f"Pipe function `{command}` exited with error code {program.returncode}")
