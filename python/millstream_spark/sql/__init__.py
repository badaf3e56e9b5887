"""Where RDDs and DataFrames meet: the DataFrames are those of the Spark Connect session on the same server."""
