"""What `millstream submit` puts in front of the user's Python: run the user's own sitecustomize, then our hook.

Python imports the first `sitecustomize` on its path, which is this one. Nothing that is installed changes; what is
replaced is replaced in this process.
"""

import importlib.machinery
import importlib.util
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))


def _run_the_next_one() -> None:
    """The user's (or the distribution's) sitecustomize, which ours hides."""
    path = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != _HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", path)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


def _install_ours() -> None:
    from millstream_submit import hook, lifeline

    lifeline.hold()
    hook.install()


_install_ours()
_run_the_next_one()
