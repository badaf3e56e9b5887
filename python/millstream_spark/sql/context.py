"""SQLContext(sc): how programs of Spark 1 came to DataFrames. It hands everything to the session."""

import warnings
from typing import Any, Optional

from millstream_spark.sql.frames import session_of

_NAMES = (
    "createDataFrame",
    "range",
    "read",
    "readStream",
    "sql",
    "streams",
    "table",
    "udf",
    "udtf",
)
_CATALOG = ("cacheTable", "clearCache", "uncacheTable")


class SQLContext:
    """Each method is the session's, or its catalog's, of the same name."""

    _instantiatedContext: Optional["SQLContext"] = None

    def __init__(self, sparkContext: Any, sparkSession: Any = None, jsqlContext: Any = None) -> None:
        if sparkSession is None:
            warnings.warn(
                "Deprecated in 3.0.0. Use SparkSession.builder.getOrCreate() instead.", FutureWarning, stacklevel=2
            )
        self._sc = sparkContext
        self.sparkSession = sparkSession if sparkSession is not None else session_of(sparkContext)
        SQLContext._instantiatedContext = SQLContext._instantiatedContext or self

    @classmethod
    def getOrCreate(cls, sc: Any) -> "SQLContext":
        if SQLContext._instantiatedContext is None or SQLContext._instantiatedContext._sc is not sc:
            SQLContext._instantiatedContext = cls(sc)
        return SQLContext._instantiatedContext

    def newSession(self) -> "SQLContext":
        return type(self)(self._sc, self.sparkSession.newSession())

    def setConf(self, key: str, value: Any) -> None:
        self.sparkSession.conf.set(key, value)

    def getConf(self, key: str, defaultValue: Any = None) -> Any:
        return self.sparkSession.conf.get(key, defaultValue)

    def registerDataFrameAsTable(self, df: Any, tableName: str) -> None:
        df.createOrReplaceTempView(tableName)

    def dropTempTable(self, tableName: str) -> None:
        self.sparkSession.catalog.dropTempView(tableName)

    def tables(self, dbName: Optional[str] = None) -> Any:
        return self.sparkSession.sql(f"SHOW TABLES IN {dbName}" if dbName else "SHOW TABLES")

    def tableNames(self, dbName: Optional[str] = None) -> "list[str]":
        return [table.name for table in self.sparkSession.catalog.listTables(dbName)]

    def registerFunction(self, name: str, f: Any, returnType: Any = None) -> Any:
        return self.sparkSession.udf.register(name, f, returnType)

    def __getattr__(self, name: str) -> Any:
        if name in _NAMES:
            return getattr(self.sparkSession, name)
        if name in _CATALOG:
            return getattr(self.sparkSession.catalog, name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


class HiveContext(SQLContext):
    """Spark 1's SQLContext over a Hive metastore. There is none here; its tables are the server's."""


def patch(module: Any) -> None:
    """In the place of PySpark's, which ask Java for everything."""
    module.SQLContext, module.HiveContext = SQLContext, HiveContext
