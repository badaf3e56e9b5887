"""The part of Millstream that runs in the user's interpreter.

`hook` watches imports; `requirements` says what is missing and how to install it; `builder` lets a local master go
to the server; `lifeline` ends the program with the `millstream` that runs it; `replaced` puts the classes of `millstream_spark` where PySpark has those that need Java. `jupyter` and
`notebook` are the two ends of `millstream jupyter`, `findspark_init` is for notebooks that look for Spark first.
"""
