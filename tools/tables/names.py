"""Data sets and devices of imported tables by the short names that people type."""

from __future__ import annotations

from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.tables.reference import parse_reference
from illuminas.tools.tables.table import TableInfo, list_tables

NO_DEVICE = "none"


def find_dataset(name: str) -> str:
    """``table:NAME/PREFIX`` of a data set by its short name, or of itself.

    Raises:
        IlluminasError: no imported table has it, or several have.
    """
    return _find("data set", name, {info: info.datasets for info in _tables()})


def find_device(name: str) -> str:
    """``table:NAME/COLUMN`` of a latency column by its short name, or of itself; ``none`` is none."""
    if name == NO_DEVICE:
        return name
    return _find("device", name, {info: info.latencies for info in _tables()})


def all_datasets() -> list[str]:
    """Every data set that was imported."""
    return [f"table:{info.name}/{dataset}" for info in _tables() for dataset in info.datasets]


def _tables() -> list[TableInfo]:
    """The imported tables, one at least."""
    found = list_tables()
    if not found:
        raise IlluminasError(
            "no benchmark table is imported. Import one: illuminas data import FILE. illuminas bench also "
            "takes a file of your own: --table FILE --validation COLUMN --test COLUMN"
        )
    return found


def _find(kind: str, name: str, known: dict[TableInfo, tuple[str, ...]]) -> str:
    if name.startswith("table:"):
        return str(parse_reference(name))
    found = [f"table:{info.name}/{name}" for info, names in known.items() if name in names]
    if len(found) > 1:
        raise IlluminasError(f"{len(found)} tables have a {kind} {name}. Name one: {', '.join(found)}.")
    if not found:
        raise unknown_name(kind, name, {each for names in known.values() for each in names})
    return found[0]
