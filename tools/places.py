"""Places: where a class or function of one's own is found again, ``MODULE:NAME`` or ``FILE.py:NAME``.

Worker processes, resumed runs and whoever opens a run load it from there, which runs the file.
"""

from __future__ import annotations

import inspect
import sys
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from illuminas.tools.errors import IlluminasError

_SCRIPT = "illuminas_script_"
"""Modules that were loaded from a script begin with this."""


def place_of(thing: Any) -> str:
    """Where a class or function is defined.

    Raises:
        IlluminasError: it is not at the top of a module or script.
    """
    if "<" in thing.__qualname__:
        raise IlluminasError(f"{thing.__qualname__} is not at the top of a file: define it there, as a def or a class.")
    if thing.__module__ != "__main__" and not thing.__module__.startswith(_SCRIPT):
        return f"{thing.__module__}:{thing.__qualname__}"
    try:
        file = inspect.getsourcefile(thing)
    except TypeError:
        file = None
    if file is None or not Path(file).exists():
        raise IlluminasError(f"{thing.__qualname__} was defined in an interactive session: put it into a file.")
    return f"{Path(file).resolve()}:{thing.__qualname__}"


def load_place(place: str) -> Any:
    """What is defined at a place.

    Raises:
        IlluminasError: nothing is.
    """
    where, _, name = place.rpartition(":")
    try:
        module = _script(Path(where)) if where.endswith(".py") else import_module(where)
        return getattr(module, name)
    except (ImportError, OSError, AttributeError, ValueError) as error:
        raise IlluminasError(
            f"{name} could not be loaded from {where}: {error}. Put the file back, or run where it can be imported."
        ) from error


def file_of(place: str) -> Path | None:
    """The file of a place; None where its module has none."""
    where = place.rpartition(":")[0]
    if where.endswith(".py"):
        return Path(where)
    file = getattr(import_module(where), "__file__", None)
    return None if file is None else Path(file)


@cache
def _script(path: Path) -> ModuleType:
    """The module of a script: the program itself where it is that, else loaded under a name of its own."""
    main = sys.modules.get("__main__")
    if main is not None and getattr(main, "__file__", None) and Path(str(main.__file__)).resolve() == path:
        return main
    name = f"{_SCRIPT}{path.stem}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.exists():
        raise ImportError(f"there is no script {path}")
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
