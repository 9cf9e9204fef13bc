"""The NAS-Bench-201 space: cells, their canonical forms, how they vary, and how they are written."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import Architecture, InvalidArchitecture, NetworkShape, get_space
from illuminas.tools.spaces.nb201.cells import (
    CONV1,
    CONV3,
    EDGE_NAMES,
    NONE,
    OPERATIONS,
    POOL,
    SKIP,
    WORDS,
    Cell,
    canonical_form,
    cell_to_text,
    paths,
    prune,
    text_to_cell,
)
from illuminas.tools.spaces.nb201.space import NB201Space

SPACE = NB201Space()
ALL_CELLS: list[Cell] = list(itertools.product(range(5), repeat=6))
FIRST = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"


def some_cells(count: int = 60) -> list[Architecture]:
    rng = np.random.default_rng(7)
    return [SPACE.random(rng) for _ in range(count)]


def cell_of(architecture: Architecture) -> Cell:
    return text_to_cell(architecture.text)


def distance(left: Architecture, right: Architecture) -> int:
    return sum(a != b for a, b in zip(cell_of(left), cell_of(right), strict=True))


# Text


def test_the_space_is_found_by_name_and_a_near_miss_is_named() -> None:
    assert isinstance(get_space("nb201"), NB201Space)
    with pytest.raises(IlluminasError, match="Did you mean 'nb201'"):
        get_space("nb-201")


def test_a_published_string_names_the_operation_of_each_edge() -> None:
    assert text_to_cell(FIRST) == (POOL, CONV1, SKIP, CONV1, SKIP, SKIP)
    assert SPACE.parse(FIRST).text == FIRST


def test_every_cell_is_written_and_read_back() -> None:
    texts = [cell_to_text(cell) for cell in ALL_CELLS]
    assert len(set(texts)) == 15_625
    assert [text_to_cell(text) for text in texts] == ALL_CELLS


def test_white_space_around_a_string_is_harmless() -> None:
    assert SPACE.parse(f"  {FIRST}\n") == SPACE.parse(FIRST)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "conv3 conv3 skip",
        FIRST[:-1],
        FIRST + "|",
        FIRST + "+" + FIRST,
        FIRST.replace("avg_pool_3x3", "max_pool_3x3"),
        FIRST.replace("avg_pool_3x3~0", "avg_pool_3x3~1"),
        FIRST.replace("skip_connect~2", "skip_connect~3"),
        FIRST.replace("|+|", "||"),
        FIRST.upper(),
        FIRST.replace("~", " ~"),
    ],
)
def test_text_that_is_no_cell_is_answered_with_the_form_and_the_operations(text: str) -> None:
    with pytest.raises(InvalidArchitecture) as caught:
        SPACE.parse(text)
    message = str(caught.value)
    assert repr(text[:160]) in message
    assert all(operation in message for operation in OPERATIONS)
    (example,) = re.findall(r"example '([^']+)'", message)
    SPACE.parse(example)


# Canonical form


def test_there_are_4930_functions_and_the_341_disconnected_cells_are_one_of_them() -> None:
    classes = Counter(canonical_form(cell) for cell in ALL_CELLS)
    assert len(classes) == 4930
    assert classes["0"] == 341
    assert sum(not paths(cell) for cell in ALL_CELLS) == 341
    assert all((canonical_form(cell) == "0") == (not paths(cell)) for cell in ALL_CELLS)


def test_the_classes_are_the_published_tables_own(tables_folder: Path) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(tables_folder / "nb201_accuracy.parquet", columns=["arch_str", "rep_func"])
    forms = [canonical_form(text_to_cell(text)) for text in table["arch_str"].to_pylist()]
    pairs = set(zip(forms, table["rep_func"].to_pylist(), strict=True))
    # one class of theirs for each of ours, and the other way round
    assert len(pairs) == len({form for form, _ in pairs}) == len({rep for _, rep in pairs}) == 4930


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("none none none skip conv3 conv3", "none none none skip none none"),  # edges from nowhere
        ("conv3 pool none skip none none", "none none none skip none none"),  # edges to nowhere
        ("conv3 none none none skip none", "skip none none none conv3 none"),  # a skip before or after
        ("conv3 none none none skip none", "none none none conv3 none none"),  # a chain of one operation
        ("conv1 conv3 none none skip skip", "conv3 conv1 none none skip skip"),  # the nodes swapped
    ],
)
def test_cells_that_compute_the_same_share_their_hash(left: str, right: str) -> None:
    assert SPACE.from_words(left).hash == SPACE.from_words(right).hash
    assert SPACE.parse(SPACE.from_words(left).text).hash == SPACE.from_words(right).hash


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("none none none conv3 none none", "none none none conv1 none none"),
        ("none none none skip none none", "skip none none skip skip none"),  # x and x + x
        ("conv3 none none none conv1 none", "conv1 none none none conv3 none"),  # order along a path
        ("conv3 none none skip none none", "conv3 none none skip skip none"),
    ],
)
def test_cells_that_compute_different_things_differ_in_their_hash(left: str, right: str) -> None:
    assert SPACE.from_words(left).hash != SPACE.from_words(right).hash


def test_dead_edges_do_not_change_the_hash() -> None:
    for cell in ALL_CELLS[::37]:
        assert canonical_form(cell) == canonical_form(prune(cell))
        assert SPACE.parse(cell_to_text(cell)).hash == SPACE.from_genes(cell).hash


def test_pruning_removes_exactly_the_edges_on_no_path() -> None:
    for cell in ALL_CELLS[::11]:
        live = prune(cell)
        on_a_path = {
            edge
            for route in ((3,), (0, 4), (1, 5), (0, 2, 5))
            if all(cell[edge] != NONE for edge in route)
            for edge in route
        }
        assert live == tuple(op if edge in on_a_path else NONE for edge, op in enumerate(cell))


def test_the_reduced_space_has_one_connected_cell_of_each_class() -> None:
    reduced = SPACE.reduced()
    assert len(reduced) == len({architecture.hash for architecture in reduced}) == 4929
    assert all(architecture.canonical != "0" for architecture in reduced)
    assert all(architecture == SPACE.from_genes(cell_of(architecture)) for architecture in reduced)
    assert reduced == NB201Space().reduced()


# Variation


def test_random_cells_are_connected_and_cover_the_space() -> None:
    rng = np.random.default_rng(0)
    drawn = [SPACE.random(rng) for _ in range(3000)]
    assert all(architecture.canonical != "0" for architecture in drawn)
    # every function is as likely; four standard deviations of a share of 3,000 are at most 3.7 points
    whole = sum(NONE not in cell_of(architecture) for architecture in SPACE.reduced())
    assert abs(sum(NONE not in cell_of(architecture) for architecture in drawn) / 3000 - whole / 4929) < 0.037
    for edge in range(6):
        assert {cell_of(architecture)[edge] for architecture in drawn} == set(range(5))


def test_every_edit_changes_one_edge_and_the_function() -> None:
    for architecture in some_cells():
        edits = SPACE.edits(architecture)
        assert len({edit.label for edit in edits}) == len(edits) > 0
        for label, result in edits:
            name, word = label.split()
            edge = EDGE_NAMES.index(name)
            cell = cell_of(architecture)
            changed = (*cell[:edge], WORDS.index(word), *cell[edge + 1 :])
            assert sum(a != b for a, b in zip(cell, changed, strict=True)) == 1
            assert result == SPACE.from_genes(changed)
            assert result.canonical not in ("0", architecture.canonical)


def test_no_smallest_change_is_missing_from_the_edits() -> None:
    for architecture in some_cells(10):
        cell = cell_of(architecture)
        functions = {canonical_form((*cell[:edge], op, *cell[edge + 1 :])) for edge in range(6) for op in range(5)}
        found = {edit.result.canonical for edit in SPACE.edits(architecture)}
        assert found == functions - {"0", architecture.canonical}


def test_a_mutation_is_one_of_the_edits_and_reaches_each() -> None:
    rng = np.random.default_rng(1)
    architecture = SPACE.from_words("conv3 none none none conv1 none")
    results = {edit.result.text for edit in SPACE.edits(architecture)}
    assert {SPACE.mutate(architecture, rng).text for _ in range(600)} == results


def test_a_child_takes_each_live_edge_from_one_of_its_parents() -> None:
    rng = np.random.default_rng(2)
    architectures = some_cells(80)
    inherited = 0
    for left, right in zip(architectures[::2], architectures[1::2], strict=True):
        child = SPACE.crossover(left, right, rng)
        assert child.canonical not in ("0", left.canonical)
        pairs = zip(cell_of(child), cell_of(left), cell_of(right), strict=True)
        inherited += all(op in (NONE, a, b) for op, a, b in pairs)
    # the rest fell back to a mutation, because no mix of the parents was new
    assert inherited >= 38


def test_crossing_a_cell_with_itself_mutates_it() -> None:
    architecture = some_cells(1)[0]
    child = SPACE.crossover(architecture, architecture, np.random.default_rng(3))
    assert child in [edit.result for edit in SPACE.edits(architecture)]


def test_a_long_walk_of_variation_never_meets_a_disconnected_cell() -> None:
    rng = np.random.default_rng(4)
    # the bare residual and a lone chain are one edge away from disconnection
    pool = [
        SPACE.from_words("none none none skip none none"),
        SPACE.from_words("skip none skip none none skip"),
    ]
    for _ in range(300):
        left, right = (pool[int(rng.integers(len(pool)))] for _ in range(2))
        pool += [SPACE.mutate(left, rng), SPACE.crossover(left, right, rng)]
    assert all(paths(cell_of(architecture)) for architecture in pool)


def test_variation_repeats_by_its_seed() -> None:
    def walk(seed: int) -> list[str]:
        rng = np.random.default_rng(seed)
        found = [SPACE.random(rng), SPACE.random(rng)]
        for _ in range(20):
            found += [SPACE.mutate(found[-1], rng), SPACE.crossover(found[-1], found[-2], rng)]
        return [architecture.text for architecture in found]

    assert walk(5) == walk(5)
    assert walk(5) != walk(6)


# Features and encoding


def test_depth_is_the_published_conv_depth(tables_folder: Path) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(tables_folder / "nb201_accuracy.parquet", columns=["arch_str", "conv_depth"])
    published = dict(zip(table["arch_str"].to_pylist(), table["conv_depth"].to_pylist(), strict=True))
    for cell in ALL_CELLS[::5]:
        text = cell_to_text(cell)
        expected = published[text]
        features = SPACE.features(SPACE.parse(text))
        assert features["depth"] == max(expected, 0)
        assert (features["paths"] == 0) == (expected == -1)


def test_features_are_those_documented() -> None:
    for architecture in some_cells(20):
        assert SPACE.features(architecture).keys() == SPACE.feature_docs.keys()


def test_features_of_a_cell_counted_by_hand() -> None:
    # paths: 0-3 skip; 0-1-3 pool conv3; 0-2-3 conv1 pool; 0-1-2-3 pool conv3 pool
    features = SPACE.features(SPACE.from_words("pool conv1 conv3 skip conv3 pool"))
    assert features == {
        "convs": 3,
        "conv3": 2,
        "conv1": 1,
        "skips": 1,
        "pools": 2,
        "complexity": 3,
        "live_edges": 6,
        "paths": 4,
        "depth": 1,
        "has_residual": True,
        "pool_first": True,
        "pool_last": True,
        "edge_0_1": "pool",
        "edge_0_2": "conv1",
        "edge_1_2": "conv3",
        "edge_0_3": "skip",
        "edge_1_3": "conv3",
        "edge_2_3": "pool",
    }


def test_features_ignore_dead_edges() -> None:
    dead = SPACE.parse(cell_to_text((CONV3, NONE, NONE, SKIP, NONE, CONV3)))
    assert SPACE.features(dead) == SPACE.features(SPACE.from_words("none none none skip none none"))


def test_equal_functions_have_equal_encodings_and_others_do_not() -> None:
    by_form: dict[str, bytes] = {}
    lengths = set()
    for cell in ALL_CELLS[::3]:
        groups = SPACE.encode(SPACE.parse(cell_to_text(cell)))
        lengths.add(tuple((name, group.shape) for name, group in groups.items()))
        vector = np.concatenate(list(groups.values()))
        assert by_form.setdefault(canonical_form(cell), vector.tobytes()) == vector.tobytes()
    assert len(lengths) == 1
    assert len(set(by_form.values())) == len(by_form)


def test_the_ways_to_write_a_function_are_all_its_cells_without_dead_edges() -> None:
    ways: dict[str, set[str]] = {}
    for cell in ALL_CELLS:
        if canonical_form(cell) != "0":
            ways.setdefault(canonical_form(cell), set()).add(cell_to_text(prune(cell)))
    assert len(ways) == 4929
    for architecture in SPACE.reduced():
        equals = [text_to_cell(each.text) for each in SPACE.equals(architecture)]
        assert {cell_to_text(each) for each in equals} == ways[architecture.canonical]
        assert equals == sorted(equals)  # of those that a device runs equally fast the first one counts


def test_no_cell_costs_more_than_the_heaviest() -> None:
    shape = NetworkShape()
    most = SPACE.complexity(SPACE.heaviest(), shape)
    for architecture in some_cells(200):
        cost = SPACE.complexity(architecture, shape)
        assert cost.params <= most.params and cost.macs <= most.macs


# Words


def test_words_round_trip() -> None:
    for cell in ALL_CELLS[::7]:
        architecture = SPACE.from_genes(cell)
        assert SPACE.from_words(SPACE.to_words(architecture)) == architecture


def test_words_name_the_edges_in_order() -> None:
    assert SPACE.to_words(SPACE.parse(FIRST)) == "pool conv1 skip conv1 skip skip"


BAD_WORDS = [
    "",
    "conv3",
    "conv3 conv3 conv3 conv3 conv3",
    "conv3 conv3 conv3 conv3 conv3 conv3 conv3",
    "conv3 conv3 conv3 conv3 conv3 conv5",
    "CONV3 conv3 conv3 conv3 conv3 conv3",
    "conv3,conv3,conv3,conv3,conv3,conv3",
]


@pytest.mark.parametrize("words", BAD_WORDS)
def test_wrong_words_are_answered_with_the_words_and_the_edges(words: str) -> None:
    with pytest.raises(InvalidArchitecture) as caught:
        SPACE.from_words(words)
    message = str(caught.value)
    assert all(edge in message for edge in EDGE_NAMES)
    assert len(words.split()) > 6 or all(word in message for word in WORDS)
    assert re.fullmatch(SPACE.words_pattern(), words) is None


def test_the_grammar_and_the_pattern_accept_the_same_lines() -> None:
    # this grammar is literals, groups and alternatives: dropping spaces between tokens makes it a pattern
    tokens = re.findall(r'"([^"]*)"|([()|])', SPACE.words_grammar())
    leftover = re.sub(r'"[^"]*"|[()|\s]', "", SPACE.words_grammar())
    grammar = "".join(re.escape(literal) if literal else symbol for literal, symbol in tokens)
    assert leftover == ""
    lines = [SPACE.to_words(SPACE.parse(cell_to_text(cell))) for cell in ALL_CELLS[::13]]
    for line in [*lines, *BAD_WORDS, *(line + " " for line in lines[:5]), *(line[1:] for line in lines[:5])]:
        accepted = re.fullmatch(grammar, line) is not None
        assert accepted == (re.fullmatch(SPACE.words_pattern(), line) is not None)
        assert accepted == (line in lines)


def test_its_networks_can_be_built_so_that_they_are_scored_without_training() -> None:
    assert SPACE.builds
