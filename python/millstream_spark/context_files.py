"""SparkContext's ways to files: data to read, and modules and data to take along to the workers."""

import os
import shutil
import sys
from typing import Any, Iterable, Iterator, Optional
from urllib.parse import unquote, urlsplit

from millstream_spark import plan


class Files:
    """textFile and its relatives, addFile and its relatives."""

    _temp_dir: str
    # Archives of modules that workers import from.
    _includes: "list[str]"
    defaultMinPartitions: int

    def textFile(self, name: str, minPartitions: Optional[int] = None, use_unicode: bool = True) -> Any:
        """Lines of a file, a directory, or all that a pattern matches."""
        from pyspark.serializers import UTF8Deserializer

        from millstream_spark.rdd import RDD

        count = minPartitions or self.defaultMinPartitions
        return RDD(plan.text_file(self._local_paths(name), count), self, UTF8Deserializer(use_unicode))

    def binaryRecords(self, path: str, recordLength: int) -> Any:
        """Records of a fixed length."""
        from pyspark.serializers import NoOpSerializer

        from millstream_spark.rdd import RDD

        if recordLength <= 0:
            raise ValueError(f"recordLength is {recordLength}: a record has at least one byte")
        source = plan.text_file(self._local_paths(path), self.defaultMinPartitions, recordLength)
        return RDD(source, self, NoOpSerializer())

    def wholeTextFiles(self, path: str, minPartitions: Optional[int] = None, use_unicode: bool = True) -> Any:
        """(path, content) of each file."""
        names = self._listed(path, minPartitions)
        return names.map(lambda name: (f"file:{name}", _text(name, use_unicode)))

    def binaryFiles(self, path: str, minPartitions: Optional[int] = None) -> Any:
        """(path, bytes) of each file."""
        return self._listed(path, minPartitions).map(lambda name: (f"file:{name}", _bytes(name)))

    def pickleFile(self, name: str, minPartitions: Optional[int] = None) -> Any:
        """What RDD.saveAsPickleFile wrote here."""
        from millstream_spark.rdd import RDD

        return RDD(plan.saved(self._local_path(name)), self, self._batched)  # type: ignore[attr-defined]

    def _listed(self, path: str, minimum: Optional[int]) -> Any:
        names = sorted(_files(self._local_paths(path)))
        if not names:
            raise FileNotFoundError(f"Input path does not exist: {path}")
        parallel = min(len(names), minimum or self.defaultMinPartitions)
        return self.parallelize(names, parallel)  # type: ignore[attr-defined]

    def _local_paths(self, name: str) -> str:
        """Several with commas, each as `_local_path` makes it."""
        return ",".join(self._local_path(part) for part in str(name).split(","))

    def _local_path(self, name: str) -> str:
        """A path on this machine, absolute; other file systems are refused by name."""
        parts = urlsplit(str(name))
        if parts.scheme in ("", "file"):
            path = str(name) if not parts.scheme else unquote(parts.path)
            return os.path.abspath(path)
        raise NotImplementedError(f"{name}: Millstream reads and writes files of this machine, not {parts.scheme}://")

    # ------------------------------------------------------------ taken along

    def _files_directory(self) -> str:
        from millstream_spark.files import SparkFiles

        place = os.path.join(self._temp_dir, "files")
        os.makedirs(place, exist_ok=True)
        SparkFiles._root_directory = place
        SparkFiles._sc = self
        return place

    def addFile(self, path: str, recursive: bool = False) -> None:
        """A copy for the workers; SparkFiles.get finds it."""
        from millstream_spark.files import SparkFiles

        given = self._local_path(path)
        target = SparkFiles.get(os.path.basename(given.rstrip("/")))
        if os.path.isdir(given):
            if not recursive:
                raise ValueError(f"{path} is a directory: addFile(path, recursive=True) takes it along")
            shutil.copytree(given, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(given, target)

    def addPyFile(self, path: str) -> None:
        """A module or an archive of modules, which workers then can import, and this program too."""
        import importlib

        from millstream_spark.files import SparkFiles

        self.addFile(path)
        name = os.path.basename(path)
        place = SparkFiles.getRootDirectory()
        found = os.path.join(place, name) if name.lower().endswith((".zip", ".egg", ".jar")) else place
        if found not in sys.path:
            sys.path.insert(1, found)
        importlib.invalidate_caches()
        if found != place and name not in self._includes:
            self._includes.append(name)

    def addArchive(self, path: str) -> None:
        """Unpacked for the workers, in a directory of its name."""
        from millstream_spark.files import SparkFiles

        given, _, name = str(path).partition("#")
        given = self._local_path(given)
        shutil.unpack_archive(given, SparkFiles.get(name or os.path.basename(given)))

    def listFiles(self) -> "list[str]":
        from millstream_spark.files import SparkFiles

        place = SparkFiles.getRootDirectory()
        return [f"file:{os.path.join(place, name)}" for name in sorted(os.listdir(place))]

    listArchives = listFiles


def _files(paths: str) -> Iterator[str]:
    import glob

    for pattern in paths.split(","):
        for name in glob.glob(pattern):
            inside: Iterable[str] = (
                (os.path.join(name, entry) for entry in os.listdir(name)) if os.path.isdir(name) else (name,)
            )
            yield from (one for one in inside if os.path.isfile(one) and os.path.basename(one)[0] not in "._")


def _bytes(name: str) -> bytes:
    with open(name, "rb") as file:
        return file.read()


def _text(name: str, decoded: bool) -> Any:
    data = _bytes(name)
    return data.decode("utf-8") if decoded else data
