"""NATS-Bench and the training records that it shares with NAS-Bench-201: from every trial to one row an architecture.

Both benchmarks keep, for an architecture and a training recipe, a dict of all trials: ``dataset_seed`` names the
seeds of each data set, ``all_results`` holds the trial of each ``(data set, seed)``, and a trial's ``eval_acc1es``
the accuracy on each split after each epoch, by ``"SPLIT@EPOCH"``.

NATS-Bench, topology space (Dong, Liu, Musial, Gabrys, TPAMI 2021, arXiv 2009.00437), has the same cells with more
seeds; the folder of its fast mode has one small file an architecture: ``meta.pickle.pbz2`` and ``000000.pickle.pbz2``
to ``015624.pickle.pbz2``.
"""

from __future__ import annotations

import bz2
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import get_space
from illuminas.tools.tables.sources.base import Progress, SourceFormat, SourceTable, make_table
from illuminas.tools.tables.sources.pickles import TORCH, Names, Record, contents, read_pickle
from illuminas.tools.tables.table import TableError


class Split(NamedTuple):
    """Which accuracy of which data set."""

    dataset: str
    name: str


SPLITS = {
    "c10_val": Split("cifar10-valid", "x-valid"),
    "c10_test": Split("cifar10", "ori-test"),
    "c10_test_half": Split("cifar10-valid", "ori-test"),
    "c100_val": Split("cifar100", "x-valid"),
    "c100_test": Split("cifar100", "x-test"),
    "in16_val": Split("ImageNet16-120", "x-valid"),
    "in16_test": Split("ImageNet16-120", "x-test"),
}
"""Column -> what it holds: the mean over the seeds after the last epoch. Networks of ``c10_val`` and
``c10_test_half`` were trained on one half of the training images, those of ``c10_test`` on all."""
DATASETS = {"c10": "cifar10", "c100": "cifar100", "in16": "ImageNet16-120"}

NAMES: Names = {
    **TORCH,
    **{
        (module, name): Record
        for module in ("nas_201_api.api", "nas_201_api.api_utils", "nas_102_api.api", "nats_bench.api_utils")
        for name in ("ArchResults", "ResultsCount")
    },
}
"""What the benchmarks' pickles may name: plain data, weights as placeholders, and their own classes as dicts."""
Records = Mapping[str, Any]
"""All trials of an architecture with one recipe."""


def row_of_trials(label: str, full: Records, less: Records | None) -> dict[str, float]:
    """The numbers of an architecture; a column that its records say nothing of is left out.

    Args:
        label: what errors call the architecture.
        full: trials of the recipe with 200 epochs.
        less: trials of the recipe with 12 epochs, for the columns that end in ``_e12``.

    Raises:
        TableError: the records are not built as they should be.
    """
    try:
        row = {"arch_str": full["arch_str"], **_accuracies(label, full, "")}
        if less is not None:
            row |= _accuracies(label, less, "_e12")
        for prefix, dataset in DATASETS.items():
            trials = _trials(full, dataset)
            if not trials:
                continue
            row[f"{prefix}_params"], row[f"{prefix}_flops"] = trials[0]["params"], trials[0]["flop"]
            latency = _latency(trials) or _latency(_trials(less or {}, dataset))
            if latency is not None:
                row[f"{prefix}_latency_ms"] = latency
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise TableError(
            f"{label}: its records are not those of NAS-Bench-201 ({type(error).__name__}: {error})."
        ) from error
    return row


def columns_of(rows: Mapping[int, Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows by official index as columns.

    A column that ends in ``_e12``, or of latencies, stays only where every row has it: releases differ in for how
    many architectures they have these.
    """
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    optional = {name for name in names if name.endswith(("_e12", "_latency_ms"))}
    kept = [name for name in names if name not in optional or all(name in row for row in rows.values())]
    order = sorted(rows)
    return {"index": order} | {name: [rows[index].get(name) for index in order] for name in kept}


def _trials(records: Records, dataset: str) -> list[Records]:
    seeds = records.get("dataset_seed", {}).get(dataset, ())
    return [records["all_results"][dataset, seed] for seed in seeds]


def _accuracies(label: str, records: Records, suffix: str) -> dict[str, float]:
    found = {}
    for column, split in SPLITS.items():
        trials = _trials(records, split.dataset)
        values = [value for trial in trials if (value := _last_accuracy(trial, split.name)) is not None]
        if not values:
            continue
        if len(values) < len(trials):
            raise TableError(
                f"{label}: expected {split.name} of {split.dataset} from all {len(trials)} seeds, got {len(values)}."
            )
        found[f"{column}{suffix}"] = fmean(values)
    return found


def _last_accuracy(trial: Records, split: str) -> float | None:
    """After the last epoch; trials of one split may number their epochs alone."""
    accuracies, last = trial["eval_acc1es"], trial["epochs"] - 1
    value = accuracies.get(f"{split}@{last}")
    if value is None and list(trial["eval_names"]) == [split]:
        value = accuracies.get(last)
    return None if value is None else float(value)


def _latency(trials: list[Records]) -> float | None:
    """Mean over the trials, from seconds to ms; None where one was not measured."""
    measured = [fmean(trial["latency"]) if trial.get("latency") else 0.0 for trial in trials]
    return 1000.0 * fmean(measured) if measured and min(measured) > 0 else None


_ENDING = ".pickle.pbz2"
_META = f"meta{_ENDING}"


class NATSBenchFormat(SourceFormat):
    """Columns as those of a NAS-Bench-201 API file."""

    name = "NATS-Bench folder"

    def recognises(self, source: Path) -> bool:
        return source.is_dir() and (source / _META).is_file()

    def memory(self, source: Path) -> int:
        return 400_000_000

    def read(self, source: Path, progress: Progress) -> SourceTable:
        meta = _read(source / _META)
        texts = meta.get("meta_archs") if isinstance(meta, dict) else None
        if not isinstance(texts, list) or not texts:
            raise TableError(f"{_META}: expected a dict with a list meta_archs, got {contents(meta)}.")
        try:
            get_space("nb201").parse(str(texts[0]))
        except IlluminasError as error:
            raise TableError(
                f"{_META}, architecture 0: {error} Is this NATS-Bench's size space? Its topology space is needed."
            ) from error
        names = [f"{index:06d}{_ENDING}" for index in range(len(texts))]
        there = {path.name for path in source.iterdir()}
        missing = [name for name in names if name not in there]
        if missing:
            raise TableError(
                f"{source.name}: expected {len(names)} architectures, got {len(names) - len(missing)}; {missing[0]} is "
                "the first that is not there. Unpack the archive again."
            )
        rows = {}
        for index, name in enumerate(names):
            recipes = _read(source / name)
            if not isinstance(recipes, dict) or not isinstance(recipes.get("200"), dict):
                raise TableError(f"{name}: expected trainings of 12 and 200 epochs, got {contents(recipes)}.")
            rows[index] = row_of_trials(name, recipes["200"], recipes.get("12"))
            if rows[index]["arch_str"] != texts[index]:
                raise TableError(
                    f"{name}: expected {texts[index]}, as {_META} lists it, got {rows[index]['arch_str']}."
                )
            progress(index + 1, len(names))
        return SourceTable(make_table(source.name, columns_of(rows)), {})


def _read(path: Path) -> object:
    with bz2.open(path, "rb") as file:
        return read_pickle(file, path.name, NAMES)
