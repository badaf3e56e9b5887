"""DStreams: a graph of RDDs to be made, once for each batch.

The graph and its functions are here, in the program; clock, receivers and data are the server's. A batch begins with a
message that names what was received, and ends with an acknowledgement (`runner`).
"""

from millstream_spark.streaming.context import StreamingContext
from millstream_spark.streaming.dstream import DStream
from millstream_spark.streaming.listener import StreamingListener

__all__ = ["StreamingContext", "DStream", "StreamingListener"]
