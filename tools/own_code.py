"""Code of one's own: where it is found again, and when it is loaded.

A *place* is ``MODULE:NAME`` or ``FILE.py:NAME``. Worker processes, resumed runs and whoever opens a run load a class or
function from there, which runs the file.

Anybody can write a log that names a place. Its file is imported only where log and file belong to the user of this
process, the file's SHA-256 is the log's, and this user began a search with it on this machine, as the data folder
records. Not covered: what the file itself imports, and what else has changed since.
"""

from __future__ import annotations

import inspect
import os
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
from illuminas.tools.frozen import Frozen
from illuminas.tools.paths import home, write_file

_FORBIDDEN = "ILLUMINAS_NO_OWN_CODE"
"""Environment variable: set in a server that others log in to, and in what it starts."""


class OwnCode(Frozen):
    """A class or function of one's own.

    Attributes:
        place: ``MODULE:NAME`` or ``FILE.py:NAME``.
        sha256: of the file.
    """

    place: str
    sha256: str

    @classmethod
    def at(cls, place: str) -> OwnCode:
        """What is there now; nothing is run."""
        return cls(place=place, sha256=digest_of(place))

    @property
    def where(self) -> str:
        """Its file, or its module where that has none."""
        return str(file_of(self.place) or self.place.rpartition(":")[0])


def forbid_own_code() -> None:
    """Import no code of one's own any more in this process, nor in those that it starts."""
    os.environ[_FORBIDDEN] = "1"


def record(code: OwnCode) -> None:
    """Record that this user runs it."""
    path = _record(code)
    if not path.is_file():
        write_file(path, code.where.encode())


def is_own(path: Path) -> bool:
    """Whether a file or folder belongs to the user of this process, or to the system's administrator."""
    try:
        return path.stat().st_uid in (os.getuid(), 0)
    except OSError:
        return False


def load_own(code: OwnCode, *, own_log: bool = True) -> Any:
    """Load what a log or a client names.

    Args:
        own_log: whether the log belongs to the user of this process.

    Raises:
        IlluminasError: it has changed, or nothing shows that this user has run it.
    """
    check_own(code, own_log=own_log)
    return load_place(code.place, code.sha256)


def check_own(code: OwnCode, *, own_log: bool = True) -> None:
    """As :func:`load_own`, without loading it."""
    file, found = file_of(code.place), OwnCode.at(code.place)
    if file is None or not file.is_file():
        raise IlluminasError(f"{code.place} could not be loaded: there is no such file. Put the file back.")
    if found != code:
        raise IlluminasError(
            f"{code.where} has changed: the run began with SHA-256 {code.sha256}, the file has {found.sha256}. Put the "
            "file of then back, or begin a new run."
        )
    if is_loaded(code.place):
        return
    refusal = f"{code.where} (SHA-256 {code.sha256}) is not imported: "
    if os.environ.get(_FORBIDDEN):
        raise IlluminasError(f"{refusal}others log in to this server. Look at the run with `illuminas serve` alone.")
    if not own_log or not is_own(file):
        raise IlluminasError(f"{refusal}it or the run's log belongs to somebody else. Copy what you trust, and own it.")
    if not _record(code).is_file():
        raise IlluminasError(
            f"{refusal}you have begun no search with it on this machine. Read it; if you trust it, begin one."
        )


def _record(code: OwnCode) -> Path:
    return home() / "own_code" / code.sha256


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
