"""Importing pickles: HW-NAS-Bench, mini-nasbench, HELP's latencies; and what a hostile one gets."""

from __future__ import annotations

import bz2
import functools
import io
import os
import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from illuminas.tools.objectives import get_objective
from illuminas.tools.spaces.nb201.cells import official_texts
from illuminas.tools.tables import (
    ColumnKind,
    TableError,
    import_columns,
    import_table,
    list_tables,
    open_table,
    parse_reference,
    table_value,
)

CELLS = 15_625
RAMP = np.linspace(2.0, 20.0, CELLS)
"""One value a cell, in the official order."""

# --- HW-NAS-Bench


def hw_data(**changes: Any) -> dict[str, Any]:
    """What the pickle holds; ``changes`` go to the metrics of cifar10."""
    configs = [{"name": "infer.tiny", "C": 16, "N": 5, "arch_str": text} for text in official_texts()]
    metrics = {
        "pixel3_latency": list(RAMP),
        "eyeriss_latency": RAMP[::-1],
        "eyeriss_energy": (0.1 * RAMP).tolist(),
        "config": configs,
    }
    return {
        "nasbench201": {"cifar10": metrics | changes, "ImageNet16-120": {"pixel3_latency": list(2 * RAMP)}},
        "fbnet": {"cifar100": {}},
    }


def dump(value: object, path: Path, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(value, protocol=protocol))
    return path


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_hw_nas_bench_becomes_devices_and_metrics(home: Path, tmp_path: Path, protocol: int) -> None:
    info = import_table(dump(hw_data(), tmp_path / "HW-NAS-Bench-v1_0.pickle", protocol))
    assert (info.format, info.rows) == ("HW-NAS-Bench pickle", CELLS)
    assert info.latencies == ("c10_pixel3_latency", "c10_eyeriss_latency", "in16_pixel3_latency")
    kinds = {column.name: column.kind for column in info.columns}
    assert kinds["c10_eyeriss_energy"] is ColumnKind.ENERGY
    device = parse_reference("table:HW-NAS-Bench-v1_0/in16_pixel3_latency")
    for index in (0, 1, 777, CELLS - 1):
        assert table_value(get_objective(f"latency:{device}"), official_texts()[index]) == pytest.approx(
            2 * RAMP[index]
        )


def _at(row: int, value: object) -> list[object]:
    return [*RAMP[:row], value, *RAMP[row + 1 :]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (hw_data(pixel3_latency=list(RAMP[:-1])), "cifar10, pixel3_latency: expected 15,625 values, got 15,624"),
        (hw_data(config=[{"arch_str": official_texts()[0]}]), "cifar10, config: expected 15,625 values, got 1"),
        (hw_data(config=[{"C": 16}] * CELLS), "config: expected dicts with an arch_str"),
        (
            hw_data(config=[{"arch_str": text} for text in reversed(official_texts())]),
            "row 1: index 0 is officially .* but the row says",
        ),
        (hw_data(pixel3_latency=_at(4, "fast")), "row 5: expected a number in c10_pixel3_latency, got 'fast'"),
        (hw_data(pixel3_latency=list(RAMP / 1000)), "c10_pixel3_latency, got 0.01.* seconds. Multiply by 1000"),
        (hw_data(pixel3_latency=list(1000 * RAMP)), "c10_pixel3_latency, got 1.* microseconds. Divide by 1000"),
        ({"fbnet": {"cifar100": {}}}, "expected the space 'nasbench201', got a dict with 1 keys, 'fbnet'"),
        ({"nasbench201": {"svhn": {}}}, "expected costs on cifar10, cifar100, ImageNet16-120, got 'svhn'"),
    ],
)
def test_a_wrong_hw_nas_bench_pickle_is_refused(home: Path, tmp_path: Path, data: object, message: str) -> None:
    with pytest.raises(TableError, match=f"^hw.pickle.*{message}"):
        import_table(dump(data, tmp_path / "hw.pickle"))
    assert list_tables() == []


# --- mini-nasbench

HEADER = ("arch", "cellstr", "cifar10-test", "cifar10-val", "imagenet-test", "imagenet-val")


def mini_columns(rows: int = 4) -> dict[str, list[Any]]:
    return {
        name: list(official_texts()[:rows]) if name == "cellstr" else [number + 10 * place for number in range(rows)]
        for place, name in enumerate(HEADER)
    } | {"arch": list(range(rows))}


def save_frame(columns: dict[str, list[Any]], path: Path, protocol: int = 4) -> Path:
    """As pandas of today writes a frame of plain objects."""
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype=object if "cell" in name else None) for name, values in columns.items()}
    )
    frame.columns = pd.Index(columns, dtype=object)
    frame.to_pickle(path, protocol=protocol)
    return path


def save_old_frame(columns: dict[str, list[Any]], path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As pandas 1.0 wrote it, the version of the published file: other classes, and a state for older readers."""
    numbers = [name for name in columns if name not in ("arch", "cellstr")]
    names = np.array(list(columns), dtype=object)

    def new_index(cls: type, parts: dict[str, Any]) -> Any:
        raise NotImplementedError

    class Index:
        def __init__(self, parts: dict[str, Any]) -> None:
            self.parts = parts

        def __reduce__(self) -> Any:
            return new_index, (Index, self.parts)

    class BlockManager:
        def __getstate__(self) -> Any:
            axes = [Index({"data": names, "name": None}), Index({"start": 0, "stop": 4, "step": 1, "name": None})]
            blocks = [
                {
                    "values": np.array([columns[name] for name in numbers], dtype=float),
                    "mgr_locs": np.array([list(columns).index(name) for name in numbers]),
                },
                {"values": np.array([columns["arch"]]), "mgr_locs": slice(0, 1, 1)},
                {"values": np.array([columns["cellstr"]], dtype=object), "mgr_locs": slice(1, 2, 1)},
            ]
            values = [block["values"] for block in blocks]
            return axes, values, [Index({"data": names, "name": None})], {"0.14.1": {"axes": axes, "blocks": blocks}}

    class DataFrame:
        def __getstate__(self) -> dict[str, Any]:
            return {"_data": BlockManager(), "_typ": "dataframe", "_metadata": [], "attrs": {}}

    places: list[tuple[Any, str, str]] = [
        (DataFrame, "pandas.core.frame", "DataFrame"),
        (BlockManager, "pandas.core.internals.managers", "BlockManager"),
        (Index, "pandas.core.indexes.base", "Index"),
        (new_index, "pandas.core.indexes.base", "_new_Index"),
    ]
    with monkeypatch.context() as patch:
        for made, module, name in places:
            made.__module__, made.__qualname__ = module, name
            if not isinstance(sys.modules.get(module), _Stage):
                patch.setitem(sys.modules, module, _Stage(module))
            setattr(sys.modules[module], name, made)
        return dump(DataFrame(), path, protocol=3)


class _Stage(types.ModuleType):
    """A module that is there while a pickle of its classes is written."""


def check_mini(source: Path) -> None:
    info = import_table(source)
    assert (info.format, info.rows) == ("mini-nasbench pickle", 4)
    assert info.datasets == ("cifar10", "imagenet")
    table, columns = open_table(info.name), mini_columns()
    for row, text in enumerate(official_texts()[:4]):
        assert table.query(text, "cifar10_val") == columns["cifar10-val"][row]
        assert table.query(text, "imagenet_test") == columns["imagenet-test"][row]


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_mini_nasbench_pickle_becomes_a_table(home: Path, tmp_path: Path, protocol: int) -> None:
    check_mini(save_frame(mini_columns(), tmp_path / "mini-bench-arch-cell-accs.pd", protocol))


def test_a_mini_nasbench_pickle_of_an_old_pandas_becomes_the_same_table(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_mini(save_old_frame(mini_columns(), tmp_path / "mini.pd", monkeypatch))


def test_columns_of_a_pickle_can_be_named_too(home: Path, tmp_path: Path) -> None:
    source = save_frame(mini_columns(), tmp_path / "mini.pd")
    info = import_columns(source, name="task", validation="imagenet_val", test="imagenet_test")
    assert info.datasets == ("task",)
    assert open_table("task").query(official_texts()[1], "task_val") == 51


def _mini(**changes: list[Any]) -> dict[str, list[Any]]:
    return mini_columns() | {name.replace("_", "-"): values for name, values in changes.items()}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"cell": ["a"], "cifar10-val": [1.0]}, "expected a DataFrame with a column cellstr, got cell, cifar10-val"),
        (_mini(arch=[0, 1, 3, 2]), "row 3: index 3 is officially"),
        (_mini(arch=[0, 1, 1, 3]), "row 3: index 1 is already in row 2"),
        (_mini(cellstr=[*official_texts()[:3], official_texts()[0]]), "row 4: arch_str .* is already in row 1"),
        (_mini(cellstr=[*official_texts()[:3], "|conv~0|"]), "row 4: not a NAS-Bench-201 cell"),
        (_mini(cellstr=[*official_texts()[:3], 5]), "row 4: expected a string in arch_str, got 5"),
        (_mini(cifar10_val=[1.0, 2.0, float("nan"), 4.0]), "row 3: expected a validation accuracy .*no finite number"),
        (_mini(cifar10_val=[0.1, 0.2, 0.3, 0.4]), "row 4: .*in per cent, got at most 0.4; multiply by 100"),
    ],
)
def test_a_wrong_mini_nasbench_pickle_is_refused(
    home: Path, tmp_path: Path, columns: dict[str, list[Any]], message: str
) -> None:
    with pytest.raises(TableError, match=f"^mini.pd.*{message}"):
        import_table(save_frame(columns, tmp_path / "mini.pd"))
    assert list_tables() == []


# --- HELP


def help_folder(folder: Path, **devices: Any) -> Path:
    (folder / "latency").mkdir(parents=True)
    for device, values in devices.items():
        torch.save(values, folder / "latency" / f"{device}.pt")
    return folder


def test_a_help_folder_becomes_devices_whatever_holds_the_numbers(home: Path, tmp_path: Path) -> None:
    folder = help_folder(
        tmp_path / "nasbench201",
        pixel2=RAMP.tolist(),
        fpga=torch.tensor(RAMP),
        eyeriss=torch.tensor(RAMP).float(),
        raspi4=np.concatenate([[0.004], RAMP[1:]]),
    )
    old = folder / "latency" / "titanx_1.pt"
    torch.save(torch.tensor(2 * RAMP), old, _use_new_zipfile_serialization=False)
    info = import_table(folder)
    assert (info.name, info.format, info.rows) == ("nasbench201", "HELP latency folder", CELLS)
    assert info.latencies == ("eyeriss", "fpga", "pixel2", "raspi4", "titanx_1")
    table = open_table("nasbench201")
    for index in (1, 777, CELLS - 1):
        text = official_texts()[index]
        for device in info.latencies:
            factor = 2 if device == "titanx_1" else 1
            assert table.query(text, device) == pytest.approx(factor * RAMP[index], rel=1e-6)
    assert import_table(folder / "latency").columns == info.columns


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (RAMP[:5000].tolist(), "pixel2.pt: expected 15,625 latencies.*got 5,000. Is it of another search space"),
        (torch.ones(5, 5), "pixel2.pt: expected a list of numbers, got an array of shape .5, 5."),
        ({"latency": 1}, "pixel2.pt: expected a list of numbers, got a dict with 1 keys"),
        (_at(2, -1.0), "row 3: expected a latency in ms in column pixel2, 0 or more, got -1"),
        ((RAMP / 1000).tolist(), "in column pixel2, got 0.01.* seconds. Multiply"),
        ((RAMP * 1000).tolist(), "in column pixel2, got 1.* microseconds. Divide"),
    ],
)
def test_a_wrong_help_folder_is_refused(home: Path, tmp_path: Path, values: Any, message: str) -> None:
    folder = help_folder(tmp_path / "help", fpga=RAMP.tolist(), pixel2=values)
    with pytest.raises(TableError, match=message):
        import_table(folder)
    assert list_tables() == []


# --- damaged and hostile files


@pytest.mark.parametrize("share", [0.2, 0.7, 0.99])
def test_half_written_pickles_are_refused(home: Path, tmp_path: Path, share: float) -> None:
    folder = help_folder(tmp_path / "help", fpga=torch.tensor(RAMP))
    torch.save(torch.tensor(RAMP), folder / "latency" / "fpga.pt", _use_new_zipfile_serialization=False)
    mini = save_frame(mini_columns(), tmp_path / "mini.pd")
    hw = dump(hw_data(), tmp_path / "hw.pickle")
    for source, path in ((mini, mini), (hw, hw), (folder, folder / "latency" / "fpga.pt")):
        whole = path.read_bytes()
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(TableError, match=f"{path.name} cannot be read as a pickle.*complete"):
            import_table(source)
    assert list_tables() == []


class Calls:
    """Pickled as a call of a function."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def by_hand(module: str, name: str, argument: str) -> bytes:
    """A pickle that calls ``module.name(argument)``, whether the name can be written by Python's pickler or not."""

    def word(text: str) -> bytes:
        return b"\x8c" + bytes([len(text)]) + text.encode()

    return b"\x80\x04" + word(module) + word(name) + b"\x93" + word(argument) + b"\x85R."


HOSTILE: dict[str, Callable[[str], bytes]] = {
    "posix.system": lambda mark: pickle.dumps(Calls(os.system, f"touch {mark}"), protocol=2),
    "builtins.eval": lambda mark: pickle.dumps(
        Calls(eval, f"__import__('pathlib').Path({mark!r}).touch()"), protocol=4
    ),
    "__builtin__.eval": lambda mark: pickle.dumps(
        Calls(eval, f"__import__('pathlib').Path({mark!r}).touch()"), protocol=2
    ),
    "builtins.getattr": lambda mark: by_hand("builtins", "getattr", mark),
    "functools.partial": lambda mark: pickle.dumps(Calls(functools.partial, mark), protocol=4),
    "torch.serialization.load": lambda mark: pickle.dumps(Calls(torch.load, mark), protocol=4),
    "numpy.load": lambda mark: by_hand("numpy", "load", mark),
    "os.path.os.system": lambda mark: by_hand("os.path", "os.system", f"touch {mark}"),
    "collections.OrderedDict.__init__.__globals__.get": lambda mark: by_hand(
        "collections", "OrderedDict.__init__.__globals__.get", "system"
    ),
    "numpy.ndarray.tofile": lambda mark: by_hand("numpy", "ndarray.tofile", mark),
}
"""What each wants to call -> its pickle, which would leave a file ``mark``."""


def in_api_file(folder: Path, content: bytes) -> Path:
    """In place of the object, after the three pickles that torch's old files begin with."""
    torch.save({}, folder / "api.pth", _use_new_zipfile_serialization=False)
    file = io.BytesIO((folder / "api.pth").read_bytes())
    for _ in range(3):
        pickle.load(file)
    (folder / "api.pth").write_bytes(file.getvalue()[: file.tell()] + content)
    return folder / "api.pth"


def in_header(folder: Path, content: bytes) -> Path:
    """In place of the first pickle of torch's old files."""
    (folder / "api.pth").write_bytes(content)
    return folder / "api.pth"


def in_archive(folder: Path, content: bytes) -> Path:
    """As the pickle in torch's archives."""
    with zipfile.ZipFile(folder / "api.pth", "w") as archive:
        archive.writestr("archive/data.pkl", content)
        archive.writestr("archive/version", "3")
    return folder / "api.pth"


def in_pickle(folder: Path, content: bytes) -> Path:
    """As a whole pickle that looks like nothing known."""
    (folder / "data.pickle").write_bytes(content)
    return folder / "data.pickle"


def in_frame(folder: Path, content: bytes) -> Path:
    """Within a pickle that begins as a DataFrame: protocol, the class, an instance of it, and then the call."""
    start = b"\x80\x04\x8c\x11pandas.core.frame\x8c\x09DataFrame\x93)\x81"
    (folder / "mini.pd").write_bytes(start + content)
    return folder / "mini.pd"


def in_costs(folder: Path, content: bytes) -> Path:
    """Within a pickle that begins as HW-NAS-Bench's."""
    (folder / "hw.pkl").write_bytes(b"\x80\x04}\x8c\x0bnasbench201" + content)
    return folder / "hw.pkl"


def in_latencies(folder: Path, content: bytes) -> Path:
    """As a device of HELP."""
    in_archive(folder, content).rename(folder / "fpga.pt")
    return folder


def in_nats_folder(folder: Path, content: bytes) -> Path:
    """As the description of a NATS-Bench folder."""
    (folder / "meta.pickle.pbz2").write_bytes(bz2.compress(content))
    return folder


def in_nats_record(folder: Path, content: bytes) -> Path:
    """As the record of an architecture."""
    in_nats_folder(folder, pickle.dumps({"meta_archs": [official_texts()[0]]}))
    (folder / "000000.pickle.pbz2").write_bytes(bz2.compress(content))
    return folder


PLACES = {
    in_api_file: "api.pth",
    in_header: "api.pth",
    in_archive: "api.pth",
    in_pickle: "data.pickle",
    in_frame: "mini.pd",
    in_costs: "hw.pkl",
    in_latencies: "fpga.pt",
    in_nats_folder: "meta.pickle.pbz2",
    in_nats_record: "000000.pickle.pbz2",
}
"""Where a hostile pickle may be -> the file that an error names."""


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@pytest.mark.parametrize("wanted", HOSTILE)
def test_a_hostile_pickle_is_refused_by_name_and_runs_nothing(
    home: Path, tmp_path: Path, place: Callable[[Path, bytes], Path], wanted: str
) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    mark = tmp_path / "mark"
    source = place(folder, HOSTILE[wanted](str(mark)))
    with pytest.raises(TableError, match=rf"^{PLACES[place]} wants to call {wanted}, .*refused, and not called"):
        import_table(source)
    assert not mark.exists()
    assert list_tables() == []


def test_the_hostile_pickles_of_these_tests_are_hostile(tmp_path: Path) -> None:
    for wanted in ("posix.system", "builtins.eval", "os.path.os.system"):
        mark = tmp_path / wanted
        pickle.loads(HOSTILE[wanted](str(mark)))
        assert mark.exists(), wanted


@pytest.mark.parametrize(
    "content",
    [
        b"cos\nsystem\n(S'true'\ntR.",  # protocol 0
        b"\x80\x02\x82\x01.",  # a class by its number in copyreg
        b"\x80\x04K\x01K\x02b.",  # attributes for a number
        pickle.dumps(OrderedDict(a=1))[:-1] + b"(K\x01K\x02\x86b.",  # attributes that are none
    ],
)
def test_other_tricks_of_pickles_end_in_an_error_that_names_the_file(
    home: Path, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "trick.pkl").write_bytes(content)
    with pytest.raises(TableError, match=r"trick\.pkl"):
        import_table(tmp_path / "trick.pkl")


def test_a_pickle_of_another_benchmark_is_told_from_what_can_be_read(home: Path, tmp_path: Path) -> None:
    other = {"00005c142e6f48ac74fdcf73e3439874": {"module_adjacency": [[0, 1], [0, 0]]}}
    with pytest.raises(TableError, match=r"nb101.pkl is a pickle that holds a dict with 1 keys, '0000.*expected a par"):
        import_table(dump(other, tmp_path / "nb101.pkl"))
    with pytest.raises(TableError, match=r"nasbench.tfrecord is none of the sources that can be read"):
        (tmp_path / "nasbench.tfrecord").write_bytes(b"\x00\x01")
        import_table(tmp_path / "nasbench.tfrecord")
    with pytest.raises(TableError, match=r"empty is none of the sources"):
        (tmp_path / "empty").mkdir()
        import_table(tmp_path / "empty")
