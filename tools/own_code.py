"""Code of one's own that a run's log names: loaded only where this user has run the same before.

Anybody can write a log. The file that it names is imported only where log and file belong to the user of this process,
the file's SHA-256 is the log's, and this user began a search with it on this machine, as the data folder records. Not
covered: what the file itself imports, and what else has changed since.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from illuminas.tools.errors import IlluminasError
from illuminas.tools.frozen import Frozen
from illuminas.tools.paths import home, write_file
from illuminas.tools.places import digest_of, file_of, is_loaded, load_place

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
