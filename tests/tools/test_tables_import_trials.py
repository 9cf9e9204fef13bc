"""Importing training records: NAS-Bench-201 API files and NATS-Bench folders, checked against the authors' own code."""

from __future__ import annotations

import bz2
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from illuminas.tools.spaces.nb201.cells import official_texts
from illuminas.tools.tables import ColumnKind, TableError, import_table, list_tables, open_table
from illuminas.tools.tables.sources import base, survey
from illuminas.tools.tables.sources.nas_bench_201 import StreamingUnpickler, last_epochs
from illuminas.tools.tables.sources.pickles import torch_pickle

SPLITS = {
    "cifar10-valid": ("x-valid", "ori-test"),
    "cifar10": ("ori-test",),
    "cifar100": ("ori-test", "x-valid", "x-test"),
    "ImageNet16-120": ("ori-test", "x-valid", "x-test"),
}
CELLS = 5
Change = Callable[[dict[str, Any]], object]


def trial(index: int, dataset: str, seed: int, epochs: int, rng: np.random.Generator) -> dict[str, Any]:
    """What the benchmark keeps of one training; the last epoch is no better than those before."""

    def history() -> dict[int, float]:
        return {epoch: float(rng.uniform(10, 90)) for epoch in range(epochs)}

    def scores() -> dict[str, float]:
        # as released: the first split after every epoch, the others after the last
        first, *others = SPLITS[dataset]
        found = {f"{first}@{epoch}": value for epoch, value in history().items()}
        return found | {f"{split}@{epochs - 1}": float(rng.uniform(10, 90)) for split in others}

    return {
        "name": "infer.tiny",
        "net_state_dict": None,
        "train_acc1es": history(),
        "train_acc5es": None,
        "train_losses": history(),
        "train_times": history(),
        "arch_config": {"channel": 16, "num_cells": 5, "arch_str": official_texts()[index], "class_num": 10},
        "params": 0.5 + index,
        "flop": 100.5 + index,
        "seed": seed,
        "epochs": epochs,
        "latency": [0.01 * (index + 1), 0.02 * (index + 1)],
        "eval_names": list(SPLITS[dataset]),
        "eval_acc1es": scores(),
        "eval_losses": scores(),
        "eval_times": {},
    }


def records(index: int, epochs: int, seeds: tuple[int, ...], datasets: tuple[str, ...] = tuple(SPLITS)) -> Any:
    """All trials of an architecture with one recipe."""
    rng = np.random.default_rng((index, epochs))
    return {
        "arch_index": index,
        "arch_str": official_texts()[index],
        "clear_net_done": True,
        "dataset_seed": {dataset: list(seeds) for dataset in datasets},
        "all_results": {
            (dataset, seed): trial(index, dataset, seed, epochs, rng) for dataset in datasets for seed in seeds
        },
    }


def api_data(less: tuple[str, ...] = tuple(SPLITS)) -> dict[str, Any]:
    """What an API file holds; the third architecture was trained three times, as are few of the published ones."""
    return {
        "meta_archs": list(official_texts()),
        "total_archs": 15_625,
        "evaluated_indexes": set(range(CELLS)),
        "arch2infos": {
            index: {
                "full": records(index, 200, (777, 888, 999) if index == 2 else (777,)),
                "less": records(index, 12, (777,), less),
            }
            for index in range(CELLS)
        },
    }


def save(data: object, path: Path, *, legacy: bool = True) -> Path:
    """Published files are of torch before 1.6."""
    torch.save(data, path, _use_new_zipfile_serialization=not legacy)
    return path


@pytest.fixture
def api_file(tmp_path: Path) -> Path:
    return save(api_data(), tmp_path / "NAS-Bench-201-v1_1-tiny.pth")


@pytest.fixture
def nats_folder(tmp_path: Path) -> Path:
    """The fast mode's folder of the first architectures."""
    folder = tmp_path / "NATS-tss-tiny-simple"
    folder.mkdir()
    write_bz2(folder / "meta", {"meta_archs": list(official_texts()[:CELLS]), "evaluated_indexes": []})
    for index in range(CELLS):
        seeds = (777, 888) if index == 1 else (777,)
        write_bz2(folder / f"{index:06d}", {"12": records(index, 12, (111,)), "200": records(index, 200, seeds)})
    return folder


def write_bz2(path: Path, value: object) -> Path:
    whole = path.with_name(f"{path.name}.pickle.pbz2")
    with bz2.open(whole, "wb") as file:
        pickle.dump(value, file, protocol=4)
    return whole


EXPECTED = {
    "c10_val": ("cifar10-valid", "x-valid", "200"),
    "c10_test": ("cifar10", "ori-test", "200"),
    "c10_test_half": ("cifar10-valid", "ori-test", "200"),
    "c100_val": ("cifar100", "x-valid", "200"),
    "c100_test": ("cifar100", "x-test", "200"),
    "in16_val": ("ImageNet16-120", "x-valid", "200"),
    "in16_test": ("ImageNet16-120", "x-test", "200"),
    "c10_val_e12": ("cifar10-valid", "x-valid", "12"),
    "in16_test_e12": ("ImageNet16-120", "x-test", "12"),
}
"""Column -> the question to the authors' own API."""


def check_against_api(api: Any, name: str) -> None:
    """Every number of the table is what the authors' code answers for the same file."""
    table = open_table(name)
    for index, text in enumerate(official_texts()[:CELLS]):
        for column, (dataset, split, recipe) in EXPECTED.items():
            answer = api.query_by_index(index, hp=recipe).get_metrics(dataset, split)["accuracy"]
            assert table.query(text, column) == pytest.approx(answer, abs=1e-9)
        for prefix, dataset in (("c10", "cifar10"), ("in16", "ImageNet16-120")):
            costs = api.get_cost_info(index, dataset, hp="200")
            assert table.query(text, f"{prefix}_params") == costs["params"]
            assert table.query(text, f"{prefix}_flops") == costs["flops"]
            assert table.query(text, f"{prefix}_latency_ms") == pytest.approx(1000 * costs["latency"])


def test_an_api_file_gives_the_numbers_that_its_own_package_gives(home: Path, api_file: Path) -> None:
    nas_201_api = pytest.importorskip("nas_201_api", reason="nas-bench-201 is not installed")
    info = import_table(api_file)
    assert (info.name, info.format, info.rows) == ("NAS-Bench-201-v1_1-tiny", "NAS-Bench-201 API file", CELLS)
    assert (info.datasets, info.latencies) == (
        ("c10", "c100", "in16"),
        ("c10_latency_ms", "c100_latency_ms", "in16_latency_ms"),
    )
    data = torch.load(api_file, weights_only=False)
    check_against_api(nas_201_api.NASBench201API(data, verbose=False), info.name)


def test_a_nats_bench_folder_gives_the_numbers_that_its_own_package_gives(home: Path, nats_folder: Path) -> None:
    nats_bench = pytest.importorskip("nats_bench", reason="nats-bench is not installed")
    seen: list[tuple[int, int]] = []
    info = import_table(nats_folder, progress=lambda done, total: seen.append((done, total)))
    assert (info.name, info.format, info.rows) == ("NATS-tss-tiny-simple", "NATS-Bench folder", CELLS)
    assert seen == [(done, CELLS) for done in range(1, CELLS + 1)]
    check_against_api(nats_bench.create(str(nats_folder), "tss", fast_mode=True, verbose=False), info.name)


def test_the_kinds_keep_test_accuracies_from_being_searched_on(home: Path, api_file: Path) -> None:
    kinds = {column.name: column.kind for column in import_table(api_file).columns}
    assert kinds["c10_test_half"] is kinds["c100_test_e12"] is ColumnKind.TEST
    assert kinds["c10_val"] is ColumnKind.VALIDATION
    assert kinds["c10_params"] is kinds["in16_flops"] is ColumnKind.METRIC


def test_both_containers_of_torch_give_the_same_table(home: Path, tmp_path: Path, api_file: Path) -> None:
    archive = save(api_data(), tmp_path / "archive.pth", legacy=False)
    assert import_table(archive).sha256 == import_table(api_file).sha256


def test_weights_and_pickled_objects_in_a_file_are_passed_over(home: Path, tmp_path: Path, api_file: Path) -> None:
    data = api_data()
    for index in range(CELLS):
        for result in data["arch2infos"][index]["full"]["all_results"].values():
            result["net_state_dict"] = {"stem.weight": torch.ones(16, 3, 3, 3)}
            result["flop"] = np.float64(result["flop"])
    expected = import_table(api_file).sha256
    for legacy in (True, False):
        assert import_table(save(data, tmp_path / "weights.pth", legacy=legacy)).sha256 == expected


def test_objects_of_the_packages_own_classes_are_read_as_their_records(home: Path, tmp_path: Path) -> None:
    api_utils = pytest.importorskip("nas_201_api.api_utils", reason="nas-bench-201 is not installed")
    data, expected = api_data(), import_table(save(api_data(), tmp_path / "dicts.pth")).sha256
    for recipes in data["arch2infos"].values():
        recipes["full"] = api_utils.ArchResults.create_from_state_dict(recipes["full"])
    assert import_table(save(data, tmp_path / "objects.pth")).sha256 == expected


def test_a_release_with_few_short_trainings_keeps_the_columns_that_every_row_has(home: Path, tmp_path: Path) -> None:
    data = api_data(less=("cifar10-valid",))
    for result in data["arch2infos"][3]["full"]["all_results"].values():
        result["latency"] = None
    del data["arch2infos"][3]["less"]["dataset_seed"]["cifar10-valid"]
    info = import_table(save(data, tmp_path / "v1_0.pth"))
    assert info.latencies == ()
    assert not [column.name for column in info.columns if column.name.endswith("_e12")]
    assert info.datasets == ("c10", "c100", "in16")


def test_epochs_without_a_split_in_their_key_are_read_where_there_is_one_split(home: Path, tmp_path: Path) -> None:
    data = api_data()
    for recipes in data["arch2infos"].values():
        (result,) = [
            recipes["full"]["all_results"]["cifar10", seed] for seed in recipes["full"]["dataset_seed"]["cifar10"]
        ][:1]
        result["eval_acc1es"] = {int(key.split("@")[1]): value for key, value in result["eval_acc1es"].items()}
    plain = import_table(save(api_data(), tmp_path / "plain.pth"))
    assert import_table(save(data, tmp_path / "keys.pth")).sha256 == plain.sha256


def test_histories_are_thinned_to_their_last_epoch_and_nothing_else_is() -> None:
    history = {epoch: float(epoch) for epoch in (199, 3, 4)}
    assert last_epochs(history) == {199: 199.0}
    scores = {"x-valid@9": 1.0, "x-valid@10": 2.0, "x-test@3": 3.0}
    assert last_epochs(scores) == {"x-valid@10": 2.0, "x-test@3": 3.0}
    for other in ({"a": 1.0, "b": 2.0, "c": 3.0}, {1: "a", 2: "b", 3: "c"}, {0: 1.0, 1: 2.0}):
        assert last_epochs(other) == other


def test_reading_tells_what_it_takes_and_is_refused_where_that_does_not_fit(
    home: Path, api_file: Path, nats_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("illuminas.tools.tables.sources.free_memory", lambda: 3_000_000_000)
    assert str(survey(api_file)) == (
        f"NAS-Bench-201 API file: reading it takes up to {base.amount(survey(api_file).memory)} of memory, "
        "3.0 GB are free"
    )
    monkeypatch.setattr("illuminas.tools.tables.sources.free_memory", lambda: 150_000_000)
    for source in (api_file, nats_folder):
        with pytest.raises(TableError, match=r"takes up to \d+ MB of memory, 150 MB are free.*NATS-Bench"):
            import_table(source)
    assert list_tables() == []
    monkeypatch.setattr("illuminas.tools.tables.sources.free_memory", lambda: None)
    assert import_table(api_file).rows == CELLS


def test_free_memory_is_the_least_that_system_and_container_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(base, "_GROUP", tmp_path)
    assert base.free_memory() is None
    (tmp_path / "meminfo").write_text("MemTotal:  9000 kB\nMemAvailable:    5000 kB\n")
    assert base.free_memory() == 5_120_000
    (tmp_path / "memory.max").write_text("3000000\n")
    (tmp_path / "memory.current").write_text("1000000\n")
    assert base.free_memory() == 2_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert base.free_memory() == 5_120_000


def _drop_seed(data: dict[str, Any]) -> None:
    del data["arch2infos"][2]["full"]["all_results"]["cifar100", 888]["eval_acc1es"]["x-test@199"]


def _no_test(data: dict[str, Any]) -> None:
    del data["arch2infos"][1]["full"]["all_results"]["cifar100", 777]["eval_acc1es"]["x-test@199"]


def _accuracy(value: float) -> Change:
    return lambda data: data["arch2infos"][1]["full"]["all_results"]["cifar10-valid", 777]["eval_acc1es"].update(
        {"x-valid@199": value}
    )


def _fractions(data: dict[str, Any]) -> None:
    for recipes in data["arch2infos"].values():
        for (dataset, _), result in recipes["full"]["all_results"].items():
            if dataset == "cifar10-valid":
                result["eval_acc1es"] = {key: value / 100 for key, value in result["eval_acc1es"].items()}


def _milliseconds(data: dict[str, Any]) -> None:
    for recipes in data["arch2infos"].values():
        for result in recipes["full"]["all_results"].values():
            result["latency"] = [1000 * value for value in result["latency"]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data["arch2infos"][1]["full"].update(arch_str="|conv~0|"), "row 2: not a NAS-Bench-201 cell"),
        (
            lambda data: data["arch2infos"][1]["full"].update(arch_str=official_texts()[2]),
            r"row 3: arch_str .* is already in row 2",
        ),
        (
            lambda data: data["arch2infos"][1]["full"].update(arch_str=official_texts()[9]),
            "row 2: index 1 is officially",
        ),
        (lambda data: data["arch2infos"][1]["full"].update(arch_str=7), "row 2: expected a string in arch_str, got 7"),
        (_accuracy(float("nan")), "row 2: expected a validation accuracy in column c10_val, got no finite number"),
        (_accuracy(123.0), "row 2: .* 0 to 100 per cent, got 123"),
        (_fractions, "row .* in per cent, got at most 0.* multiply by 100"),
        (_milliseconds, "expected a latency in ms .* microseconds"),
        (_no_test, "row 2: expected a test accuracy in column c100_test, got no finite number"),
        (_drop_seed, "architecture 2: expected x-test of cifar100 from all 3 seeds, got 2"),
        (lambda data: data["arch2infos"].pop(4), "expected records of the 5 evaluated architectures, got 4"),
        (lambda data: data["arch2infos"][1].pop("full"), "architecture 1: expected 'full' and 'less' trainings"),
        (
            lambda data: data["arch2infos"][1]["full"].pop("all_results"),
            "architecture 1: its records are not those of NAS-Bench-201",
        ),
        (
            lambda data: data.pop("arch2infos"),
            "expected the keys meta_archs, evaluated_indexes, arch2infos, got a dict with 3 keys",
        ),
    ],
)
def test_a_wrong_record_of_an_api_file_is_refused_by_name(
    home: Path, tmp_path: Path, change: Change, message: str
) -> None:
    data = api_data()
    change(data)
    with pytest.raises(TableError, match=f"^api.pth.*{message}"):
        import_table(save(data, tmp_path / "api.pth"))
    assert list_tables() == []


def test_a_file_that_torch_wrote_for_another_purpose_is_refused(home: Path, tmp_path: Path) -> None:
    for legacy in (True, False):
        weights = save({"weight": torch.ones(3)}, tmp_path / "net.pth", legacy=legacy)
        with pytest.raises(TableError, match=r"net\.pth: expected the keys meta_archs"):
            import_table(weights)
    (tmp_path / "net.pth").write_bytes(pickle.dumps([1, 2]) * 3)
    with pytest.raises(TableError, match=r"net\.pth: expected a file that torch.save wrote"):
        import_table(tmp_path / "net.pth")


@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_half_written_api_file_is_refused(home: Path, tmp_path: Path, legacy: bool, share: float) -> None:
    whole = save(api_data(), tmp_path / "half.pth", legacy=legacy).read_bytes()
    (tmp_path / "half.pth").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(TableError, match=r"half.pth cannot be read as a pickle.*complete"):
        import_table(tmp_path / "half.pth")
    assert list_tables() == []


def _rewrite(name: str, value: object) -> Callable[[Path], object]:
    return lambda folder: write_bz2(folder / name, value)


def _cut(folder: Path) -> None:
    path = folder / "000002.pickle.pbz2"
    path.write_bytes(path.read_bytes()[:-40])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda folder: (folder / "000003.pickle.pbz2").unlink(),
            "expected 5 architectures, got 4; 000003.pickle.pbz2",
        ),
        (_cut, "000002.pickle.pbz2 cannot be read as a pickle: .*Is it complete"),
        (_rewrite("meta", {"meta_archs": ["64:64:64:64:64", "8:8:8:8:8"]}), "meta.pickle.pbz2, .*size space"),
        (_rewrite("meta", {"archs": []}), "expected a dict with a list meta_archs, got a dict with 1 keys, 'archs'"),
        (_rewrite("000001", {"90": {}}), "000001.pickle.pbz2: expected trainings of 12 and 200 epochs"),
        (
            _rewrite("000001", {"200": records(2, 200, (777,)), "12": records(2, 12, (777,))}),
            r"000001.pickle.pbz2: expected \|.*as meta.pickle.pbz2 lists it",
        ),
        (
            _rewrite("000001", {"200": records(1, 200, (777,), ("cifar10",))}),
            "row 2: expected a validation accuracy in column c10_val, got no finite number",
        ),
    ],
)
def test_a_damaged_nats_bench_folder_is_refused_with_its_file(
    home: Path, nats_folder: Path, change: Callable[[Path], object], message: str
) -> None:
    change(nats_folder)
    with pytest.raises(TableError, match=message):
        import_table(nats_folder)
    assert list_tables() == []


def test_a_history_is_let_go_as_soon_as_it_was_read(tmp_path: Path) -> None:
    data = api_data() | {"meta_archs": []}  # the trainings alone: they are what makes published files large
    with torch_pickle(save(data, tmp_path / "api.pth")) as (file, size):
        tracemalloc.start()
        StreamingUnpickler(file, "api.pth", lambda done: None).load()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 0.5 * size
