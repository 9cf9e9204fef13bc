"""The folder of verified model files: find one, or pull it.

A file has its final name only if its size and SHA-256 are the pinned ones. A note beside it (size, time of
change, hash) spares hashing half a gigabyte at every start; the note is void as soon as the file changes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import ValidationError

from illuminas.tools.errors import IlluminasError
from illuminas.tools.frozen import Frozen
from illuminas.tools.models.pins import ModelFile, Use, lookup
from illuminas.tools.models.sources import Source, SourceError, file_hash, sources_of
from illuminas.tools.paths import models_folder

Progress = Callable[[int, int, str], None]
"""Called with bytes there, bytes in all, and the name of the source."""


_WITHOUT: dict[Use, str] = {"llm": "use --llm none", "vision": "train networks from scratch"}
"""What people can do without a file."""


class ModelError(IlluminasError):
    """A model file could not be had, or is not the one it should be."""


class _Note(Frozen):
    """What a file was when it was verified."""

    size: int
    mtime_ns: int
    sha256: str


def find(name: str, *, verify: bool = False) -> Path | None:
    """The verified file of a model, or None: in the models folder, else in ``$ILLUMINAS_MODELS``.

    Args:
        name: a name of the catalogue, or ``default``.
        verify: hash the file again, whatever the note beside it says.
    """
    model = lookup(name)
    shared = os.environ.get("ILLUMINAS_MODELS")
    for folder in (models_folder(), *([Path(shared).expanduser()] if shared else [])):
        path = folder / model.file
        if path.is_file() and ((not verify and _noted(path, model)) or _mismatch(path, model) is None):
            _write_note(path, model)
            return path
    return None


def pull(
    name: str,
    *,
    progress: Progress = lambda done, total, source: None,
    sources: Sequence[Source] | None = None,
) -> Path:
    """The verified file of a model, fetched unless it is there already.

    Pulls of the same model wait for each other. What a broken pull has fetched is kept beside the models, and
    the next one goes on from it.

    Args:
        name: a name of the catalogue, or ``default``.
        progress: called now and then.
        sources: where to try, in order; by default the publisher's hub, then mirrors.

    Raises:
        ModelError: no source had it; says of each why.
    """
    from filelock import FileLock

    model = lookup(name)
    folder = models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{model.name}.partial"
    reasons = []
    with FileLock(folder / f".{model.name}.lock"):
        if (found := find(name)) is not None:
            return found
        for source in sources_of(model) if sources is None else sources:
            workplace = partial / source.name
            workplace.mkdir(parents=True, exist_ok=True)

            def report(done: int, source: Source = source) -> None:
                progress(min(done, model.size), model.size, source.name)

            try:
                fetched = source.fetch(model, workplace, report)
            except (SourceError, OSError) as error:
                reasons.append(f"{source.name}: {error}")
                continue
            if (wrong := _mismatch(fetched, model)) is not None:
                shutil.rmtree(workplace)  # which piece is wrong can't be told: begin anew
                reasons.append(f"{source.name}: refused, {wrong}")
                continue
            final = folder / model.file
            os.replace(fetched, final)
            _write_note(final, model)
            shutil.rmtree(partial)
            return final
    raise ModelError(
        f"{model.name} ({model.size / 1e6:,.0f} MB) could not be had.\n"
        + "\n".join(f"  {reason}" for reason in reasons)
        + f"\nTry again (it goes on where it stopped), put {model.file} into {folder}, or {_WITHOUT[model.use]}."
    )


def _mismatch(path: Path, model: ModelFile) -> str | None:
    """How a file differs from the pinned one; None if it doesn't."""
    size = path.stat().st_size
    if size != model.size:
        return f"expected {model.size:,} bytes, got {size:,}"
    got = file_hash(path)
    return None if got == model.sha256 else f"expected SHA-256 {model.sha256}, got {got}"


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + ".verified.json")


def _noted(path: Path, model: ModelFile) -> bool:
    """Whether the note says that exactly this file, unchanged since, was verified."""
    try:
        note = _Note.model_validate_json(_note_of(path).read_text())
    except (OSError, ValidationError):
        return False
    return note == _seen(path, model)


def _seen(path: Path, model: ModelFile) -> _Note:
    status = path.stat()
    return _Note(size=status.st_size, mtime_ns=status.st_mtime_ns, sha256=model.sha256)


def _write_note(path: Path, model: ModelFile) -> None:
    text = _seen(path, model).model_dump_json()
    # A folder shared read-only gets no note: its files are hashed at each start.
    with contextlib.suppress(OSError):
        if not _note_of(path).is_file() or _note_of(path).read_text() != text:
            _note_of(path).write_text(text)
