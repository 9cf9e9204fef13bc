"""Places: where a class or function of one's own is found again, ``MODULE:NAME`` or ``FILE.py:NAME``.

Worker processes, resumed runs and whoever opens a run load it from there, which runs the file.
"""

from __future__ import annotations

import inspect
import sys
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from itertools import accumulate
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


def load_place(place: str, digest: str | None = None) -> Any:
    """What is defined at a place.

    Args:
        digest: SHA-256 that the file must have; of a script, the bytes that were checked are the bytes that run.

    Raises:
        IlluminasError: nothing is, or the file is another.
    """
    where, _, name = place.rpartition(":")
    try:
        source = _read(place)
        if digest is not None and sha256(source).hexdigest() != digest:
            raise IlluminasError(f"{where} has changed since it was first used: expected SHA-256 {digest}.")
        module = _script(Path(where), source) if where.endswith(".py") else import_module(where)
        return getattr(module, name)
    except IlluminasError:
        raise
    except Exception as error:  # whatever the file raises
        raise IlluminasError(
            f"{name} could not be loaded from {where}: {error}. Put the file back, or run where it can be imported."
        ) from error


def is_loaded(place: str) -> bool:
    """Whether the file of a place is the program itself, or was imported by it before."""
    where = place.rpartition(":")[0]
    return _is_program(Path(where)) if where.endswith(".py") else where in sys.modules


def digest_of(place: str) -> str:
    """SHA-256 of the file of a place, found without running anything; of nothing where there is no file."""
    try:
        return sha256(_read(place)).hexdigest()
    except OSError:
        return sha256(b"").hexdigest()


def file_of(place: str) -> Path | None:
    """The file of a place, found without running anything; None where its module has none, or there is no such one."""
    where = place.rpartition(":")[0]
    if where.endswith(".py"):
        return Path(where)
    if where in sys.modules:
        file = getattr(sys.modules[where], "__file__", None)
        return None if file is None else Path(file)
    among, origin = None, None
    for name in accumulate(where.split("."), lambda package, module: f"{package}.{module}"):
        found = (finder.find_spec(name, among) for finder in sys.meta_path)
        spec = next((each for each in found if each is not None), None)
        if spec is None:
            return None
        among, origin = spec.submodule_search_locations, spec.origin if spec.has_location else None
    return None if origin is None else Path(origin)


def _read(place: str) -> bytes:
    file = file_of(place)
    return b"" if file is None else file.read_bytes()


def _is_program(path: Path) -> bool:
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return file is not None and Path(file).resolve() == path


@cache
def _script(path: Path, source: bytes) -> ModuleType:
    """The module of a script: the program itself where it is that, else loaded under a name of its own."""
    if _is_program(path):
        return sys.modules["__main__"]
    name = f"{_SCRIPT}{path.stem}_{sha256(bytes(path) + source).hexdigest()[:8]}"
    spec = spec_from_file_location(name, path)
    if spec is None:
        raise ImportError(f"there is no script {path}")
    module = module_from_spec(spec)
    sys.modules[name] = module
    exec(compile(source, path, "exec"), module.__dict__)
    return module
