"""PySpark's classes that stand for a whole Spark on this machine, answered by a Millstream server.

`context` and `rdd` are what a program sees of RDDs, `streaming` what it sees of DStreams, `sql` what ties both to
DataFrames. They describe; the server runs: `plan` is the description, `jobs` and `connection` bring it there. Functions
run in worker processes of this same interpreter, which import this package too: modules load nothing heavy.
"""
