"""The macro spaces that are read from tables: what they say agrees with the published rows."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import NetworkShape, get_space
from illuminas.tools.tables import TableError, import_table, open_table, table_accuracy, table_test_accuracy
from illuminas.tools.tables.reference import parse_reference

MACRO, TRANSNAS = get_space("nbmacro"), get_space("transnas_macro")


def test_identities_after_the_first_layer_of_a_stage_may_stand_anywhere_in_it() -> None:
    assert MACRO.parse("00102000").canonical == MACRO.parse("00120000").canonical
    assert MACRO.parse("01000000").canonical != MACRO.parse("10000000").canonical, "the first layer widens"
    assert MACRO.parse("00112000").canonical != MACRO.parse("00121000").canonical
    assert len(MACRO.reduced()) == 27 * 3 * 7 * 7


def test_a_sequence_that_never_halves_is_refused_with_the_nearest_that_does() -> None:
    with pytest.raises(IlluminasError, match="nearest is '11123'"):
        TRANSNAS.parse("11121")
    with pytest.raises(IlluminasError, match="nearest is '44431'"):
        TRANSNAS.parse("44442")


@pytest.fixture(scope="module")
def data() -> Path:
    folder = Path(os.environ.get("ILLUMINAS_DATA", ""))
    if not (folder / "nbmacro_cifar10.parquet").exists():
        pytest.skip("no published tables in $ILLUMINAS_DATA")
    return folder


def test_nas_bench_macro_is_searched_by_two_seeds_and_reported_by_the_third(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ILLUMINAS_HOME", str(tmp_path))
    info = import_table(data / "nbmacro_cifar10.parquet")
    assert (info.space, info.datasets) == ("nbmacro", ("c10",))
    table, shape = open_table("nbmacro_cifar10"), NetworkShape()
    params, macs = table.values("params"), table.values("macs")
    for row, text in enumerate(table.texts):
        assert MACRO.complexity(MACRO.parse(text), shape) == (params[row], macs[row])
    reference = parse_reference("table:nbmacro_cifar10/c10")
    assert table_accuracy(reference, "02012100") == pytest.approx((89.47 + 88.95) / 2, abs=1e-4)
    assert table_test_accuracy(reference, "02012100") == pytest.approx(89.17, abs=1e-4)
    # networks that compute the same were trained once
    for each in MACRO.reduced():
        assert len({table_accuracy(reference, equal.text) for equal in MACRO.equals(each)}) == 1


def test_transnas_lists_every_sequence_of_its_space(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ILLUMINAS_HOME", str(tmp_path))
    info = import_table(data / "transnas_macro.parquet")
    assert info.space == "transnas_macro"
    assert set(open_table("transnas_macro").texts) == {each.text for each in TRANSNAS.reduced()}


def write_table(folder: Path, share: float) -> None:
    """A made-up table of a share of the NAS-Bench-Macro networks."""
    rng = np.random.default_rng(0)
    lines = ["arch_str,toy_val,toy_test"]
    for each in MACRO.reduced():
        if rng.random() < share:
            depth = float(MACRO.features(each)["depth"])
            lines.append(f"{each.text},{60 + 3 * depth + rng.normal():.3f},{60 + 3 * depth:.3f}")
    source = folder / "part.csv"
    source.write_text("\n".join(lines) + "\n")
    import_table(source)


def test_a_search_keeps_to_what_its_table_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILLUMINAS_HOME", str(tmp_path))
    write_table(tmp_path, 0.3)
    config = SearchConfig(
        space="nbmacro", dataset="table:part/toy", device="none", llm="none", evaluations=14, batch=4, seed=1
    )
    summary = Search(config).run()
    assert summary.evaluations == 14 and summary.failures == 0
    assert summary.best is not None and summary.best.objectives["accuracy"] > 75


def test_a_space_without_networks_refuses_images_and_a_table_of_another_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ILLUMINAS_HOME", str(tmp_path))
    write_table(tmp_path, 0.01)
    asked = {"device": "none", "llm": "none", "evaluations": 2}
    with pytest.raises(IlluminasError, match="builds no networks"):
        Search(SearchConfig(space="nbmacro", dataset="digits", **asked)).run()
    with pytest.raises(IlluminasError, match="use --space nbmacro"):
        Search(SearchConfig(space="transnas_macro", dataset="table:part/toy", **asked)).run()
    with pytest.raises(IlluminasError, match="--device none"):
        Search(SearchConfig(space="nbmacro", dataset="table:part/toy", **(asked | {"device": "local"}))).run()


def test_a_table_whose_architectures_no_space_can_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ILLUMINAS_HOME", str(tmp_path))
    source = tmp_path / "odd.csv"
    source.write_text("arch_str,a_val,a_test\n~~~,1,2\n")
    with pytest.raises(TableError, match=r"no architecture of code, mobile, nb201, nbmacro.*--space"):
        import_table(source)
