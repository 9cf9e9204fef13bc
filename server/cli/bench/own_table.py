"""A table of one's own on a bench: its options, and a data folder that holds it while the bench runs."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from illuminas.server.cli.bench.options import COLUMNS, BenchOptions
from illuminas.tools.errors import IlluminasError
from illuminas.tools.paths import home

SHARED = ("models", "results.sqlite")
"""What a bench on a table of one's own takes from the user's data folder: local LLMs, and scores once computed."""


def check_table_options(asked: BenchOptions) -> None:
    """Refuse options that do not go together."""
    if asked.table is None and (given := asked.given(*COLUMNS)):
        raise IlluminasError(f"{', '.join(given)} name columns of a file: say which with --table FILE.")
    if asked.table is not None:
        lacking = [f"--{name} COLUMN" for name in ("validation", "test") if getattr(asked, name) is None]
        if lacking:
            raise IlluminasError(f"--table needs {' and '.join(lacking)} as well.")
        if asked.given("dataset", "device", "objective"):
            raise IlluminasError(
                "--table brings its own data set, and --latency its device: leave out --dataset, --device and "
                "--objective."
            )
    if asked.objective and asked.device:
        raise IlluminasError(
            "--device stands for accuracy and a latency: name it in --objective latency:DEVICE instead."
        )


@contextmanager
def own_table(asked: BenchOptions) -> Iterator[tuple[str, str] | None]:
    """The user's tables, or one of its own in a data folder that goes afterwards: its data set and its device."""
    table, validation, test, latency = asked.table, asked.validation, asked.test, asked.latency
    if table is None:
        yield None
        return
    from illuminas.tools.tables import import_columns

    assert validation is not None and test is not None, "checked before"
    user, before = home(), os.environ.get("ILLUMINAS_HOME")
    (user / "models").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="illuminas-bench-") as folder:
        for name in SHARED:
            Path(folder, name).symlink_to(user / name)
        os.environ["ILLUMINAS_HOME"] = folder  # for the processes too
        try:
            name = re.sub(r"[^A-Za-z0-9]+", "-", table.stem).strip("-") or "own"
            import_columns(table, name=name, validation=validation, test=test, latency=latency)
            yield f"table:{name}/task", "none" if latency is None else f"table:{name}/latency_ms"
        finally:
            if before is None:
                del os.environ["ILLUMINAS_HOME"]
            else:
                os.environ["ILLUMINAS_HOME"] = before
