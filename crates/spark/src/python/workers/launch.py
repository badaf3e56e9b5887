# Runs one of PySpark's own workers: `python -c THIS MODULE`. Says first which PySpark it is, since the workers'
# protocol has changed between versions, and ends without the client's farewell, which would end the user's session.
import os
import runpy
import sys
import traceback

try:
    import pyspark

    print("pyspark", pyspark.__version__, flush=True)
    sys.argv = [sys.argv[1]]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
except BaseException:
    traceback.print_exc()
finally:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
