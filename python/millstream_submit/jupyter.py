"""What `millstream jupyter` runs in the user's Python: hands over to the user's Jupyter, or says how to install it."""

import importlib.util
import os
import shlex
import sys

# Jupyter's commands that run notebooks: the module that each is, and what pip calls it.
_COMMANDS: dict[str, tuple[str, str]] = {
    "lab": ("jupyterlab", "jupyterlab"),
    "notebook": ("notebook", "notebook"),
    "nbconvert": ("nbconvert", "nbconvert"),
    "execute": ("nbclient", "nbclient"),
    "run": ("jupyter_client", "jupyter-client"),
    "console": ("jupyter_console", "jupyter-console"),
    "server": ("jupyter_server", "jupyter-server"),
}


def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _default() -> str:
    """The one that is installed; the newer one if both are."""
    return "lab" if _is_there("jupyterlab") else "notebook"


def _missing(command: str) -> list[str]:
    """What pip has to install before `command` can run a notebook."""
    wanted = [_COMMANDS[command], ("ipykernel", "ipykernel")] if command in _COMMANDS else []
    wanted.insert(0, ("jupyter_core", "jupyter-core"))
    return [package for module, package in wanted if not _is_there(module)]


def main() -> None:
    """Ends as Jupyter ends."""
    arguments = sys.argv[1:]
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help", "--version", "--paths")):
        arguments.insert(0, _default())
    missing = _missing(arguments[0])
    if missing:
        # The command itself brings all the rest along.
        packages = [name for name in missing if name != "jupyter-core"] or ["notebook"]
        install = shlex.join([sys.executable or "python3", "-m", "pip", "install", *packages])
        raise SystemExit(
            f"millstream jupyter: `jupyter {arguments[0]}` is not installed in this Python. Install with:\n    {install}"
        )
    from jupyter_core import command  # noqa: PLC0415 (may be missing)

    # Jupyter looks for its commands beside its own name.
    sys.argv = [os.path.join(os.path.dirname(sys.executable), "jupyter"), *arguments]
    command.main()


if __name__ == "__main__":
    main()
