"""Image files listed by a table of text: a column of paths, one of labels, and one of splits where there is one.

Columns are known by their names. Paths are below the folder of the table, or absolute. The text may be UTF-8, UTF-16
with its mark, or Latin-1; commas, semicolons and tabs part its columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from illuminas.tools.datasets.listing import SPLITS, Entry, Listing
from illuminas.tools.errors import IlluminasError

SUFFIXES = (".csv", ".tsv")
PATHS = ("path", "file", "image", "filename", "filepath", "file_path", "file_name", "image_path", "image_file", "img")
LABELS = ("label", "class", "target", "category", "class_name", "label_name")
SPLIT = ("split", "set", "subset", "fold_name", "partition")
_SEPARATORS = (",", ";", "\t")
_SHOWN = 80


def listed_csv(path: Path) -> Listing:
    """The images of a table.

    Raises:
        IlluminasError: its columns or lines are not as they should be; the message says what was expected.
    """
    rows = _rows(path)
    if not rows:
        raise IlluminasError(f"{path} is empty: {_expected()}.")
    columns = _columns(path, rows[0])
    if len(rows) == 1:
        raise IlluminasError(f"{path} has a line of names alone: expected a line for each image.")
    entries = [_entry(path, number, row, columns) for number, row in enumerate(rows[1:], start=2) if any(row)]
    known: dict[str, Entry] = {}
    for entry in entries:
        if known.setdefault(entry.name, entry) != entry:
            raise IlluminasError(
                f"{path}: {entry.name} is listed as {known[entry.name].label} and as {entry.label}, or in two splits. "
                "Expected one line an image: an image of several classes can't be learned here."
            )
    return Listing(path=path, root=str(path.parent), entries=sorted(known.values()))


def _rows(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if "\0" in text:
        raise IlluminasError(f"{path} is no text: {_expected()}.")
    first = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise IlluminasError(f"{path} can't be read as a table ({error}): {_expected()}.") from error
    return [[cell.strip() for cell in row] for row in found if row]


def _columns(path: Path, names: Sequence[str]) -> Mapping[str, int]:
    """What a column says -> its number.

    Raises:
        IlluminasError: a column is missing.
    """
    lower = [name.lower().replace(" ", "_") for name in names]
    found = {}
    for what, known in (("path", PATHS), ("label", LABELS), ("split", SPLIT)):
        place = next((lower.index(name) for name in known if name in lower), None)
        if place is not None:
            found[what] = place
        elif what != "split":
            got = ", ".join(names)
            raise IlluminasError(f"{path}: no column of {what}s: {_expected()}, got the columns {got[:_SHOWN]}.")
    return found


def _expected() -> str:
    return (
        f"expected a first line that names a column of paths ({', '.join(PATHS[:4])}), one of labels "
        f"({', '.join(LABELS[:3])}) and, where splits are given, split"
    )


def _entry(path: Path, number: int, row: Sequence[str], columns: Mapping[str, int]) -> Entry:
    """The image of a line.

    Raises:
        IlluminasError: something is missing in it.
    """
    if len(row) <= max(columns.values()):
        raise IlluminasError(f"{path}, line {number}: expected {max(columns.values()) + 1} columns, got {len(row)}.")
    name, label = row[columns["path"]], row[columns["label"]]
    if not name or not label:
        raise IlluminasError(f"{path}, line {number}: the {'label' if name else 'path'} is empty. Fill it in.")
    split = row[columns["split"]].lower() if "split" in columns else ""
    if split and split not in SPLITS:
        raise IlluminasError(f"{path}, line {number}: expected the split train, val or test, got {split[:_SHOWN]!r}.")
    if "split" in columns and not split:
        raise IlluminasError(f"{path}, line {number}: the split is empty. Expected train, val or test.")
    return Entry(str(PurePosixPath(name.replace("\\", "/"))), label, SPLITS[split] if split else None)
