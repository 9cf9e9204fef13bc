"""Benchmark tables: what is imported can be looked up, and what is wrong is refused as a whole."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import get_objective
from illuminas.tools.spaces import InvalidArchitecture
from illuminas.tools.spaces.nb201.cells import cell_to_text, official_texts
from illuminas.tools.tables import (
    ColumnKind,
    InfeasibleError,
    TableError,
    TableReference,
    import_columns,
    import_table,
    list_tables,
    open_table,
    parse_reference,
    table_accuracy,
    table_test_accuracy,
    table_value,
)

INDICES = (7, 0, 15_624, 3, 100)
CELLS = [official_texts()[index] for index in INDICES]
HEADER = "index,arch_str,c10_val,c10_test,pixel_ms,zen"


def rows(**changes: str) -> list[str]:
    """Five good rows; ``c10_val="x"`` puts ``x`` into that column of the third."""
    found = []
    for number, cell in enumerate(CELLS):
        row = {
            "index": str(INDICES[number]),
            "arch_str": cell,
            "c10_val": f"{80 + number}.5",
            "c10_test": f"{70 + number}.25",
            "pixel_ms": f"{number + 1}.5",
            "zen": f"-{number}.5",
        }
        found.append(",".join((row | changes if number == 2 else row).values()))
    return found


def write(path: Path, lines: list[str], *, header: str = HEADER) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def everything_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def bench(home: Path, tmp_path: Path) -> Path:
    """An imported table named ``bench``, and the file it came from."""
    source = write(tmp_path / "bench.csv", rows())
    import_table(source)
    return source


def test_an_imported_table_is_looked_up_by_the_published_string(bench: Path) -> None:
    table = open_table("bench")
    assert [table.query(cell, "c10_val") for cell in CELLS] == [80.5, 81.5, 82.5, 83.5, 84.5]
    assert table.query(CELLS[3], "zen") == -3.5


def test_the_description_says_what_each_column_is(bench: Path) -> None:
    (info,) = list_tables()
    assert {column.name: column.kind for column in info.columns} == {
        "c10_val": ColumnKind.VALIDATION,
        "c10_test": ColumnKind.TEST,
        "pixel_ms": ColumnKind.LATENCY,
        "zen": ColumnKind.METRIC,
    }
    assert (info.name, info.source, info.rows, info.space) == ("bench", "bench.csv", 5, "nb201")
    assert (info.datasets, info.latencies) == (("c10",), ("pixel_ms",))


def test_a_column_that_has_test_in_its_name_is_never_a_data_set(home: Path, tmp_path: Path) -> None:
    header = HEADER.replace("c10_val", "c10_test_val").replace("c10_test,", "c10_val_test,")
    info = import_table(write(tmp_path / "bench.csv", rows(), header=header))
    assert info.datasets == ()
    with pytest.raises(IlluminasError, match="unknown data set"):
        table_accuracy(TableReference("bench", "c10_test"), CELLS[0])


def test_search_and_report_read_different_columns(bench: Path) -> None:
    reference = parse_reference("table:bench/c10")
    assert table_accuracy(reference, CELLS[1]) == 81.5
    assert table_test_accuracy(reference, CELLS[1]) == 71.25
    assert table_value(get_objective("latency:table:bench/pixel_ms"), CELLS[1]) == 2.5


def test_a_reference_round_trips(bench: Path) -> None:
    reference = parse_reference("table:bench/c10")
    assert reference == TableReference("bench", "c10")
    assert parse_reference(str(reference)) == reference


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bench/c10", "expected table:NAME/DATASET"),
        ("table:bench", "expected table:NAME/DATASET"),
        ("table:bensh/c10", "Did you mean 'bench'"),
        ("table:bench/c100", "Did you mean 'c10'"),
        ("table:bench/pixel", "Did you mean 'pixel_ms'"),
        ("table:bench/c10_test", "unknown data set or device"),
        ("table:bench/zen", "Known: c10, pixel_ms"),
    ],
)
def test_a_wrong_reference_is_answered_with_what_there_is(bench: Path, text: str, message: str) -> None:
    with pytest.raises(IlluminasError, match=message):
        parse_reference(text)


def test_without_any_table_the_message_says_how_to_get_one(home: Path) -> None:
    assert list_tables() == []
    with pytest.raises(TableError, match="illuminas data import"):
        parse_reference("table:bench/c10")


def test_a_data_set_is_no_device_and_the_other_way_round(bench: Path) -> None:
    with pytest.raises(IlluminasError, match=r"unknown device.*Known: pixel_ms"):
        table_value(get_objective("latency:table:bench/c10"), CELLS[0])
    with pytest.raises(IlluminasError, match=r"unknown data set.*Known: c10"):
        table_accuracy(TableReference("bench", "pixel_ms"), CELLS[0])


def test_what_the_table_lacks_is_an_error_and_never_a_number(home: Path, tmp_path: Path) -> None:
    import_table(write(tmp_path / "bench.csv", rows(zen="")))
    table = open_table("bench")
    with pytest.raises(TableError, match="no zen"):
        table.query(CELLS[2], "zen")
    with pytest.raises(TableError, match="no row"):
        table.query(cell_to_text((3, 3, 3, 3, 3, 3)), "zen")
    with pytest.raises(InvalidArchitecture):
        table.query("a cell", "zen")
    with pytest.raises(IlluminasError, match="Did you mean 'c10_val'"):
        table.query(CELLS[2], "c10_vel")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arch_str": "|conv~0|"}, "row 3: not a NAS-Bench-201 cell"),
        ({"arch_str": CELLS[0] + " "}, "row 3: expected"),
        ({"arch_str": CELLS[0]}, "row 3: arch_str .* already in row 1"),
        ({"arch_str": "64:64:64:64:64"}, "row 3: not a NAS-Bench-201 cell"),
        ({"arch_str": ""}, "row 3: not a NAS-Bench-201 cell"),
        ({"index": "3"}, "row 4: index 3 is already in row 3"),
        ({"index": "15625"}, "row 3: expected an official index of nb201, 0 to 15624, got 15625"),
        ({"index": "-1"}, "row 3: expected an official index of nb201, 0 to 15624, got -1"),
        ({"index": "5"}, r"row 3: index 5 is officially \|.* but the row says .*remove the column index"),
        ({"index": ""}, "row 3: column index is empty"),
        ({"index": "x"}, "expected whole numbers in column index"),
        ({"c10_val": ""}, "row 3: expected a validation accuracy in column c10_val, got no finite number"),
        ({"c10_val": "inf"}, "row 3: .* got no finite number"),
        ({"c10_val": "-0.5"}, "row 3: .*0 to 100 per cent, got -0.5"),
        ({"c10_test": "100.5"}, "row 3: expected a test accuracy .*0 to 100 per cent, got 100.5"),
        ({"c10_val": "high"}, "row 3: expected numbers in column c10_val, got 'high'"),
        ({"pixel_ms": "-2"}, "row 3: expected a latency in ms .*0 or more, got -2"),
    ],
)
def test_a_wrong_value_is_refused_with_its_row(
    home: Path, tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(TableError, match=f"bench.csv.*{message}"):
        import_table(write(tmp_path / "bench.csv", rows(**changes)))
    assert list_tables() == []


def test_accuracies_as_fractions_are_refused(home: Path, tmp_path: Path) -> None:
    lines = [f"{cell},0.{number + 5}" for number, cell in enumerate(CELLS)]
    with pytest.raises(TableError, match=r"row 5: .*in per cent, got at most 0.9; multiply by 100"):
        import_table(write(tmp_path / "bench.csv", lines, header="arch_str,c10_val"))


@pytest.mark.parametrize(
    ("header", "lines", "message"),
    [
        (HEADER, [], "no rows"),
        ("cell,c10_val", [f"{CELLS[0]},90"], "expected a column arch_str or index, got cell, c10_val"),
        ("arch_str", CELLS, "no column of numbers"),
        ("arch_str,zen,zen", [f"{CELLS[0]},1,2"], "two columns of one name"),
        ("arch_str,zen", [f"{CELLS[0]},"], "column zen has no values"),
        ("arch_str,zen", [f"{CELLS[0]},1", CELLS[1]], "cannot be read as csv"),
        ("", [], "cannot be read as csv"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    home: Path, tmp_path: Path, header: str, lines: list[str], message: str
) -> None:
    with pytest.raises(TableError, match=message):
        import_table(write(tmp_path / "bench.csv", lines, header=header))


def test_a_half_written_parquet_file_is_refused_and_leaves_nothing(bench: Path, home: Path) -> None:
    whole = next((home / "tables").glob("bench.*.parquet")).read_bytes()
    before = everything_in(home / "tables")
    half = bench.with_name("half.parquet")
    half.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TableError, match=r"half.parquet cannot be read as parquet.*complete"):
        import_table(half)
    assert everything_in(home / "tables") == before


@pytest.mark.parametrize(
    ("file", "name", "message"),
    [
        ("bench.txt", None, "bench.txt is none of the sources that can be read; expected a parquet or CSV file"),
        ("missing.csv", None, "there is no file"),
        ("bench.csv", "a/b", "expected a table name"),
        ("bench.csv", "../b", "expected a table name"),
    ],
)
def test_wrong_names_are_refused(bench: Path, file: str, name: str | None, message: str) -> None:
    bench.with_name("bench.txt").write_text("cells")
    with pytest.raises(TableError, match=message):
        import_table(bench.with_name(file), name=name)


def test_an_import_that_is_cut_off_leaves_the_old_table(
    bench: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, written = Path.replace, []

    def full_disk(self: Path, target: Path) -> Path:
        written.append(target.suffix)
        if target.suffix == ".json":
            raise OSError("no space left on device")
        return real(self, target)

    write(bench, rows(c10_val="99.5"))
    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OSError, match="no space"):
        import_table(bench)
    assert written == [".parquet", ".json"]
    assert open_table("bench").query(CELLS[2], "c10_val") == 82.5
    assert not [path for path in (home / "tables").iterdir() if path.name.startswith(".")]


def test_importing_again_replaces_the_table_and_its_file(bench: Path, home: Path) -> None:
    assert open_table("bench").query(CELLS[2], "c10_val") == 82.5
    write(bench, rows(c10_val="99.5"))
    info = import_table(bench)
    assert open_table("bench").query(CELLS[2], "c10_val") == 99.5
    assert {path.name for path in (home / "tables").iterdir()} == {"bench.json", info.path.name}
    assert import_table(bench) == info
    assert info.path.is_file()


def test_a_table_changed_behind_our_back_is_refused(bench: Path) -> None:
    (info,) = list_tables()
    info.path.write_bytes(info.path.read_bytes() + b" ")
    with pytest.raises(TableError, match="changed after it was imported"):
        open_table("bench")
    info.path.unlink()
    with pytest.raises(TableError, match="lost its file"):
        open_table("bench")


def test_a_file_of_indices_names_its_cells_by_the_official_order(home: Path, tmp_path: Path) -> None:
    lines = [f"{index},{index + 1}" for index in (100, 7, 3)]
    info = import_table(write(tmp_path / "phone_latency.csv", lines, header="index,pixel9"))
    assert (info.rows, info.latencies) == (3, ("pixel9",))
    device = parse_reference("table:phone_latency/pixel9")
    assert [table_value(get_objective(f"latency:{device}"), official_texts()[index]) for index in (3, 7, 100)] == [
        4,
        8,
        101,
    ]


def test_the_official_order_lists_every_cell_once_and_begins_as_its_authors_say() -> None:
    texts = official_texts()
    assert len(texts) == len(set(texts)) == 5**6
    # from the benchmark's documentation
    assert texts[0] == "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"


@pytest.mark.parametrize(
    ("factor", "message"),
    [
        (1 / 1000, r"row \d: expected a latency in ms .* got 0.0035, as much as half .* seconds\? Multiply by 1000"),
        (1000, r"row \d: expected a latency in ms .* got 3500, .* microseconds\? Divide by 1000"),
    ],
)
def test_latencies_in_another_unit_are_refused(home: Path, tmp_path: Path, factor: float, message: str) -> None:
    lines = [f"{cell},{factor * (number + 1.5):g}" for number, cell in enumerate(CELLS)]
    with pytest.raises(TableError, match=message):
        import_table(write(tmp_path / "bench.csv", lines, header="arch_str,chip_ms"))
    assert list_tables() == []


def test_single_latencies_near_zero_are_outliers_and_no_other_unit(home: Path, tmp_path: Path) -> None:
    import_table(write(tmp_path / "bench.csv", rows(pixel_ms="0.003")))
    assert table_value(get_objective("latency:table:bench/pixel_ms"), CELLS[2]) == 0.003


ANY = "cell,arch_str,fitness,loss,seconds"
ANY_ROWS = [f"{number},{cell},{90 - number},{80 - number},{number + 2}" for number, cell in enumerate(CELLS)]


def test_columns_of_any_name_become_a_task_and_a_device(home: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "mine.csv", ANY_ROWS, header=ANY)
    info = import_columns(source, name="any", validation="fitness", test="loss", latency="seconds")
    assert (info.datasets, info.latencies) == (("task",), ("latency_ms",))
    assert [column.name for column in info.columns] == ["task_val", "task_test", "latency_ms"]
    task = parse_reference("table:any/task")
    assert table_accuracy(task, CELLS[1]) == 89
    assert table_test_accuracy(task, CELLS[1]) == 79
    assert table_value(get_objective("latency:table:any/latency_ms"), CELLS[1]) == 3
    assert import_columns(source, name="any", validation="fitness", test="fitness").latencies == ()


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ({"validation": "fitnes", "test": "loss"}, "unknown column of mine.csv 'fitnes'. Did you mean 'fitness'"),
        ({"validation": "fitness", "test": "lost"}, "Did you mean 'loss'"),
        ({"validation": "fitness", "test": "loss", "latency": "second"}, "Did you mean 'seconds'"),
        ({"validation": "arch_str", "test": "loss"}, "unknown column of mine.csv 'arch_str'"),
    ],
)
def test_a_column_that_is_not_there_names_the_nearest(
    home: Path, tmp_path: Path, roles: dict[str, str], message: str
) -> None:
    source = write(tmp_path / "mine.csv", ANY_ROWS, header=ANY)
    with pytest.raises(IlluminasError, match=message):
        import_columns(source, name="any", **roles)
    assert list_tables() == []


def test_the_whole_table_can_be_read_at_once(bench: Path) -> None:
    table = open_table("bench")
    assert dict(zip(table.texts, table.values("c10_val"), strict=True))[CELLS[3]] == 83.5
    with pytest.raises(IlluminasError, match="Did you mean 'c10_val'"):
        table.values("c10_vel")


def test_a_description_of_another_version_may_say_more(bench: Path, home: Path) -> None:
    path = home / "tables" / "bench.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "companion": "other", "later": 1}))
    assert open_table("bench").query(CELLS[0], "c10_val") == 80.5


def test_the_published_tables_import_and_answer(home: Path, tables_folder: Path) -> None:
    # both columns, index and arch_str: the import checks the official order in all rows
    latency = import_table(tables_folder / "nb201_latency.parquet")
    accuracy = import_table(tables_folder / "nb201_accuracy.parquet")
    assert latency.rows == accuracy.rows == 15_625
    assert accuracy.datasets == ("c10", "c100", "in16")
    assert "raspi4" in latency.latencies and "index" not in latency.latencies
    # the first published cell, as the tables' authors document it
    first = official_texts()[0]
    c100 = parse_reference("table:nb201_accuracy/c100")
    assert table_accuracy(c100, first) == pytest.approx(52.70)
    assert table_test_accuracy(c100, first) == pytest.approx(52.9133)
    assert table_value(get_objective("latency:table:nb201_latency/pixel3"), first) == pytest.approx(3.60585)


@pytest.mark.parametrize(("look_up", "column"), [(table_accuracy, "toy"), (table_test_accuracy, "toy")])
def test_a_look_up_takes_microseconds(planted: Path, look_up: Callable[..., float], column: str) -> None:
    reference = parse_reference(f"table:planted/{column}")
    texts = [cell_to_text((op, 1, 2, 3, 4, 0)) for op in range(5)] * 20
    fastest = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        for text in texts:
            look_up(reference, text)
        fastest = min(fastest, time.perf_counter() - start)
    assert fastest / len(texts) < 25e-6


def test_what_a_device_cannot_run_is_infeasible_and_not_missing(home: Path, tmp_path: Path) -> None:
    rows = [f"{CELLS[0]},1.5,3.0", f"{CELLS[1]},nan,4.0"]
    source = write(tmp_path / "costs.csv", rows, header="arch_str,chip_ms,chip_mj")
    info = import_table(source, name="costs")
    assert (info.latencies, info.energies) == (("chip_ms",), ("chip_mj",))
    latency, energy = get_objective("latency:table:costs/chip_ms"), get_objective("energy:table:costs/chip_mj")
    assert (table_value(latency, CELLS[0]), table_value(energy, CELLS[1])) == (1.5, 4.0)
    with pytest.raises(InfeasibleError, match="chip_ms of table costs cannot run"):
        table_value(latency, CELLS[1])
    with pytest.raises(TableError, match="no row") as missing:
        table_value(latency, CELLS[2])
    assert not isinstance(missing.value, InfeasibleError)
