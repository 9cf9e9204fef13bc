"""Presets: the settings that make a mode, one file each. A diff of two files shows how two systems differ."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from illuminas.tools.errors import unknown_name

ENGINE = "engine"


@cache
def modes() -> tuple[str, ...]:
    """Names of the modes, the default one first."""
    here = files("illuminas.agents").joinpath("presets")
    names = [entry.name.removesuffix(".toml") for entry in here.iterdir() if entry.name.endswith(".toml")]
    return tuple(sorted(names, key=lambda name: (name != ENGINE, name)))


def preset(mode: str) -> dict[str, Any]:
    """The settings of a mode; an unknown one is answered with the nearest."""
    if mode not in modes():
        raise unknown_name("mode", mode, modes())
    text = files("illuminas.agents").joinpath("presets", f"{mode}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
