"""The part of Millstream that runs in the user's interpreter.

`hook` watches imports; `requirements` says what is missing and how to install it; `builder` lets a local master go
to the server; `spark_context` answers for the few things that programs ask of a SparkContext. `jupyter` and `notebook`
are the two ends of `millstream jupyter`, `findspark_init` is for notebooks that look for Spark first.
"""
