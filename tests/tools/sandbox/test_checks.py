"""Checks of source: networks pass, what no network needs is refused with its line, and so is a missed convention."""

from __future__ import annotations

import pytest
from honest_network import HONEST

from illuminas.tools.sandbox import SourceRefused, check_source
from illuminas.tools.sandbox.checks import LONGEST

BUSY = """
from __future__ import annotations
import math
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Optional
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor
from torch.nn import init

@dataclass
class Plan:
    widths: tuple = (8, 16)

class Block(nn.Module):
    def __init__(self, a: int, b: int) -> None:
        super(Block, self).__init__()
        self.conv = nn.Conv2d(a, b, 3, padding=1, bias=False)
        self._skip = nn.Conv2d(a, b, 1)
        init.kaiming_normal_(self.conv.weight)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x) + self._skip(x), inplace=True)

class Network(nn.Module):
    def __init__(self, in_channels: int, image_size: int, classes: int, width: int = 8) -> None:
        super().__init__()
        widths = (in_channels, *Plan().widths)
        self.blocks = nn.Sequential(OrderedDict((f"b{i}", Block(a, b)) for i, (a, b) in enumerate(pairwise(widths))))
        self.act = getattr(F, "gelu")
        self.scale = nn.Parameter(torch.ones(1) * math.sqrt(2))
        self.head = nn.LazyLinear(classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.normal_(module.weight, std=0.02)

    def forward(self, x):
        x = self.act(self.blocks(x)) * self.scale
        x = x + torch.fft.ifft2(torch.fft.fft2(x)).real + torch.einsum("nchw->nchw", x)
        return self.head(x.mean((2, 3)))

if __name__ == "__main__":
    print(Network(1, 8, 10)(torch.randn(1, 1, 8, 8)).shape)
"""


@pytest.mark.parametrize("source", [HONEST, BUSY])
def test_a_network_passes(source: str) -> None:
    check_source(source)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import os", "imports os"),
        ("import torch.distributed as d", "imports torch.distributed"),
        ("from torch import load", "imports torch.load"),
        ("from torch.utils import cpp_extension", "imports from torch.utils"),
        ("from torch.nn import *", "imports everything from torch.nn"),
        ("from . import secrets", "imports from ."),
        ("torch.load('x')", "reaches for torch.load"),
        ("torch.hub.load('x', 'y')", "reaches for torch.hub"),
        ("nn.functional.os", "reaches for .os"),
        ("nn.modules.module", "reaches for torch.nn.modules"),
        ("f = torch.compile", "reaches for torch.compile"),
        ("torch._C", "reaches for ._C, which is private"),
        ("().__class__.__base__.__subclasses__()", "reaches for .__subclasses__"),
        ("e = eval", "uses eval"),
        ("open('x')", "uses open"),
        ("__builtins__", "uses __builtins__"),
        ("getattr(torch, 'lo' + 'ad')", "uses getattr without a plain name"),
        ("getattr(torch, 'load')", "uses getattr without a plain name"),
        ("g = getattr", "uses getattr without a plain name"),
        ("torch.set_default_device('cuda')", "reaches for torch.set_default_device"),
    ],
)
def test_what_no_network_needs_is_refused_with_its_line(line: str, said: str) -> None:
    number = HONEST.count("\n") + 1
    with pytest.raises(SourceRefused) as refused:
        check_source(f"{HONEST}{line}\n")
    assert f"line {number}: {said}" in str(refused.value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1", "expected a class Network"),
        (HONEST.replace("def forward", "def backward"), "expected Network.forward"),
        (HONEST.replace("image_size: int, ", ""), "got .self, in_channels, classes"),
        (HONEST.replace("class Network(nn.Module)", "class Network"), "without a base"),
        ("def f(:", "syntax error in line 1"),
        ("x = " + "(" * 5000, "expected Python"),
        ("-" * 15_000 + "1", "expected Python"),
        ("\0", "expected Python"),
        ("#" * (LONGEST + 1), f"at most {LONGEST} characters"),
    ],
)
def test_a_missed_convention_is_said(source: str, said: str) -> None:
    with pytest.raises(SourceRefused, match=said):
        check_source(source)
