"""How searches and people name what is looked up: ``table:NAME/PREFIX`` a data set, ``table:NAME/COLUMN`` a device.

And the short names that people type, of data sets, devices and objectives.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.objectives import (
    LATENCY,
    NO_DEVICE,
    Constraint,
    Kind,
    Objective,
    device_of_column,
    find_kind,
    get_objective,
    is_local,
    parse_constraint,
)
from illuminas.tools.tables.table import Table, TableInfo, list_tables, open_table

_FORM = re.compile(r"table:([^/]+)/(.+)")


class TableReference(NamedTuple):
    """A data set or a device of an imported table."""

    name: str
    column: str

    def __str__(self) -> str:
        return f"table:{self.name}/{self.column}"


def parse_reference(text: str, kind: str | None = None) -> TableReference:
    """The data set or device written ``table:NAME/PREFIX`` or ``table:NAME/COLUMN``.

    Args:
        kind: the kind of objective that the column must hold; None takes any data set or device.

    Raises:
        IlluminasError: another form, no such table, or no such data set or device; the nearest is named.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise IlluminasError(
            f"expected table:NAME/DATASET or table:NAME/DEVICE, got {text!r}. See `illuminas data list`."
        )
    reference = TableReference(*match.groups())
    info = open_table(reference.name).info
    known = info.datasets + info.latencies + info.energies if kind is None else info.measured(kind)
    if reference.column not in known:
        what = "data set or device" if kind is None else f"device with {kind}"
        raise unknown_name(f"{what} of table {info.name}", reference.column, known)
    return reference


def is_listed(reference: TableReference, text: str) -> bool:
    """Whether a data set of a table has an architecture, or another way to write the same function."""
    return _table_with_dataset(reference).listed(text) is not None


def table_accuracy(reference: TableReference, text: str) -> float:
    """Validation accuracy of an architecture, per cent; this is what a search may see."""
    return _accuracy(reference, text, f"{reference.column}_val")


def table_test_accuracy(reference: TableReference, text: str) -> float:
    """Test accuracy of an architecture, per cent; for reports, never for a search."""
    return _accuracy(reference, text, f"{reference.column}_test")


def _accuracy(reference: TableReference, text: str, column: str) -> float:
    """Of an architecture, or of another way to write the same function, which a table may list in its place."""
    table = _table_with_dataset(reference)
    return table.query(table.listed(text) or text, column)


def table_value(objective: Objective, text: str) -> float:
    """Value of a table's device for an architecture, in the objective's unit.

    Raises:
        InfeasibleError: the device cannot run it.
        TableError: the table has no such row.
        IlluminasError: the table has no such device.
    """
    reference = parse_reference(objective.device or "", objective.kind)
    return open_table(reference.name).query(text, reference.column)


def _table_with_dataset(reference: TableReference) -> Table:
    table = open_table(reference.name)
    if reference.column not in table.info.datasets:
        raise unknown_name(f"data set of table {reference.name}", reference.column, table.info.datasets)
    return table


def find_dataset(name: str) -> str:
    """``table:NAME/PREFIX`` of a data set by its short name, or of itself.

    Raises:
        IlluminasError: no imported table has it, or several have.
    """
    return _find("data set", name, {info: info.datasets for info in _tables()})


def find_device(name: str, kind: str = LATENCY.name) -> str:
    """``table:NAME/COLUMN`` of a device by the short name of its column, or of itself; ``none`` is none.

    Args:
        kind: what the column must hold, a kind of objective.
    """
    if name == NO_DEVICE:
        return name
    return _find("device", name, {info: info.measured(kind) for info in _tables()}, kind)


def resolve_objective(name: str, *, device: str, declared: Sequence[Objective] = ()) -> Objective:
    """The objective that a person names: in full, without its device, or with its device's short name.

    Args:
        name: as ``accuracy``, ``latency``, ``latency:pixel3``, ``energy:table:costs/chip_mj``.
        device: of the run; a kind without a device takes it.
        declared: objectives that no kind describes.

    Raises:
        IlluminasError: there is no such objective or device, or the run has no device.
    """
    word, _, where = name.partition(":")
    kind = find_kind(word)
    if any(objective.name == name for objective in declared) or kind is None or kind.source != "device":
        return get_objective(name, declared)
    where = where or _of_kind(device, kind)
    if where == NO_DEVICE:
        raise IlluminasError(f"the run has no device: name one, as {kind.name}:local or {kind.name}:table:NAME/COLUMN.")
    if is_local(where):
        if kind.name != LATENCY.name:
            raise IlluminasError(f"this machine measures no {kind.name}: expected {kind.name}:table:NAME/COLUMN.")
        return kind.of(where)
    return kind.of(find_device(where, kind.name))


def resolve_constraint(
    text: str, objectives: Sequence[Objective], *, device: str, declared: Sequence[Objective] = ()
) -> tuple[Constraint, Objective]:
    """The constraint that a person writes, and the objective that it bounds, which the run need not optimise.

    Args:
        objectives: of the run; a name of a kind alone is the run's own of that kind.

    Raises:
        IlluminasError: it has another form, or there is no such objective.
    """
    constraint = parse_constraint(text)
    kind = find_kind(constraint.objective)
    own = [each for each in objectives if constraint.objective == each.name or (kind and each.kind == kind.name)]
    objective = own[0] if own else resolve_objective(constraint.objective, device=device, declared=declared)
    return constraint.model_copy(update={"objective": objective.name}), objective


def _of_kind(device: str, kind: Kind) -> str:
    """The column of a kind of objective for the device of another column: ``edgegpu_mj`` for ``edgegpu``."""
    if is_local(device) or device == NO_DEVICE:
        return device
    name, column = parse_reference(device)
    info = open_table(name).info
    alike = [each for each in info.devices(kind.name) if device_of_column(each) == device_of_column(column)]
    return str(TableReference(name, alike[0])) if alike else device


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


def _find(kind: str, name: str, known: dict[TableInfo, tuple[str, ...]], objective: str | None = None) -> str:
    if name.startswith("table:"):
        return str(parse_reference(name, objective))
    found = [f"table:{info.name}/{name}" for info, names in known.items() if name in names]
    if len(found) > 1:
        raise IlluminasError(f"{len(found)} tables have a {kind} {name}. Name one: {', '.join(found)}.")
    if not found:
        raise unknown_name(kind, name, {each for names in known.values() for each in names})
    return found[0]
