"""Makes the goldens of the DStream programs with Apache Spark: run it with a Python that has the whole PySpark.

    VENV/bin/python tests/golden/make_dstreams.py [PROGRAM ...]     (needs Java 17)
"""

import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "course"))
import dstream_programs  # noqa: E402


def main():
    submit = str(pathlib.Path(sys.executable).parent / "spark-submit")
    for name in sys.argv[1:] or dstream_programs.PROGRAMS:
        with tempfile.TemporaryDirectory() as place:
            os.chdir(place)
            environment = os.environ | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
            text = dstream_programs.play([submit, "--master", "local[3]", "--conf", "spark.default.parallelism=1"], name, patience=900, env=environment)
        (HERE / f"dstream_{name}.txt").write_text(text)
        print(name, dstream_programs.results(text), flush=True)


main()
