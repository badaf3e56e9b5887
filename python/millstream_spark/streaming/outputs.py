"""What a program does with each batch."""

from typing import Any, Callable, Optional

from millstream_spark.streaming.graph import Output

_RULE = "-" * 43


class Outputs:
    """foreachRDD and what is made of it."""

    _node: Any
    _ssc: Any

    def foreachRDD(self, func: Callable[..., None]) -> None:
        """`func(rdd)`, or `func(time, rdd)`, runs here, in the program, for each batch."""
        from millstream_spark.streaming.dstream import _arguments

        function = func if _arguments(func) != 1 else lambda time, rdd: func(rdd)
        self._ssc._outputs.append(Output(self._node, function))

    def pprint(self, num: int = 10) -> None:
        """The first elements, under the batch's time."""

        def show(time: Any, rdd: Any) -> None:
            taken = rdd.take(num + 1)
            lines = [_RULE, f"Time: {time}", _RULE, *map(str, taken[:num])]
            print("\n".join(lines + ["..."] * (len(taken) > num) + [""]), flush=True)

        self.foreachRDD(show)

    def saveAsTextFiles(self, prefix: str, suffix: Optional[str] = None) -> None:
        """A directory for each batch: prefix-TIME.suffix, the time in milliseconds."""

        def save(time: Any, rdd: Any) -> None:
            name = f"{prefix}-{int(time.timestamp() * 1000)}"
            rdd.saveAsTextFile(f"{name}.{suffix}" if suffix is not None else name)

        self.foreachRDD(save)
