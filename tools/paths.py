"""Where illuminas keeps what it makes and fetches: one folder, ``$ILLUMINAS_HOME`` or the system's own place."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from illuminas.tools.errors import IlluminasError


def home() -> Path:
    """The data folder: ``$ILLUMINAS_HOME`` where set, else the platform's user data folder."""
    override = os.environ.get("ILLUMINAS_HOME")
    if override:
        return Path(override).expanduser().resolve()
    from platformdirs import user_data_path

    return user_data_path("illuminas", appauthor=False)


def runs_folder() -> Path:
    """One folder a run: its event log, checkpoints and knowledge base."""
    return home() / "runs"


def models_folder() -> Path:
    """Local LLM files, verified by SHA-256."""
    return home() / "models"


def tables_folder() -> Path:
    """Imported benchmark tables, one parquet file and one JSON description each."""
    return home() / "tables"


def weights_folder() -> Path:
    """Trained weights that children start from, one file a training."""
    return home() / "weights"


def absolute_path(path: str) -> str:
    """The path as it reads from any working folder; links in it are kept."""
    return os.path.abspath(Path(path).expanduser())


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all, whoever reads or dies meanwhile; its folder too where missing.

    Raises:
        OSError: the place can't be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_file(path: Path, data: bytes) -> Path:
    """Write a file, its folder too where that is missing; returns the path.

    Raises:
        IlluminasError: the place can't be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise IlluminasError(f"cannot write {path} ({error.strerror}). Name another place with --out.") from error
    return path
