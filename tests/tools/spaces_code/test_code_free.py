"""Free PyTorch source: read, told from others, and never run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from illuminas.tools.spaces import Architecture, InvalidArchitecture, NetworkShape
from illuminas.tools.spaces.code.space import CodeSpace

SPACE = CodeSpace()
SOURCE = '''import torch
from torch import nn


class Network(nn.Module):
    """A network."""

    def __init__(self, in_channels: int, image_size: int, classes: int) -> None:
        """Make it."""
        super().__init__()
        self.out = nn.Linear(in_channels * image_size**2, classes)

    def forward(self, x):
        return self.out(x.flatten(1))
'''


def test_compiled_source_can_be_read_as_free_source() -> None:
    source = SPACE.source(SPACE.parse("conv3 8 | res3 16"))
    assert SPACE.source(SPACE.parse(source)) == source.strip()


def test_layout_comments_and_docstrings_make_no_other_network_but_names_do() -> None:
    read = SPACE.parse(SOURCE)
    laid_out = (
        SOURCE.replace('    """A network."""\n', "    # nothing\n").replace("(1)", "( 1 )").replace("\n\n\n", "\n")
    )
    assert SPACE.parse(laid_out).hash == read.hash
    assert SPACE.parse(SOURCE.replace("self.out", "self.head")).hash != read.hash
    assert SPACE.parse(SOURCE.replace("flatten(1)", "flatten(2)")).hash != read.hash


def test_source_may_begin_with_anything() -> None:
    assert SPACE.is_free(SPACE.parse(f"def double(x):\n    return 2 * x\n\n{SOURCE}"))
    assert not SPACE.is_free(SPACE.parse("conv3 8"))


def test_reading_runs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    SPACE.parse(f"import pathlib\npathlib.Path({str(mark)!r}).write_text('x')\n{SOURCE}")
    assert not mark.exists()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import torch", "defines no class Network"),
        (SOURCE.replace("class Network", "class Net"), "defines no class Network"),
        ("class Network(nn.Module:\n    pass", "line 1 is no Python"),
        ("class Network:\n    x = " + "(" * 500, "no Python|can't be read"),
        ("class Network:\n    x = " + "-" * 15_000 + "1", "can't be read|no Python"),
        ("class Network:\n    x = 1\0", "can't be read|no Python"),
        ("class Network:\n    x = 1\n" * 2_000, "50000 characters of source"),
    ],
)
def test_what_is_no_network_is_refused_with_what_was_expected(source: str, reason: str) -> None:
    with pytest.raises(InvalidArchitecture, match=reason):
        SPACE.parse(source)


@pytest.mark.parametrize(
    "ask",
    [
        lambda each: SPACE.complexity(each, NetworkShape()),
        lambda each: SPACE.build(each, NetworkShape()),
        lambda each: SPACE.mutate(each, np.random.default_rng(0)),
        lambda each: SPACE.crossover(each, SPACE.heaviest(), np.random.default_rng(0)),
        SPACE.edits,
        SPACE.features,
        SPACE.encode,
    ],
)
def test_what_would_need_the_network_says_that_it_needs_the_sandbox(ask: Callable[[Architecture], object]) -> None:
    with pytest.raises(InvalidArchitecture, match="needs the sandbox"):
        ask(SPACE.parse(SOURCE))


def test_people_see_a_title_of_it() -> None:
    architecture = SPACE.parse(SOURCE)
    assert SPACE.title(architecture) == f"source {architecture.hash[:6]}, {len(architecture.text.splitlines())} lines"
