"""How a run can be repeated: the command, the same in Python, and every setting."""

from __future__ import annotations

import json
import shlex
from pprint import pformat
from typing import Any

from illuminas.agents.config import SearchConfig
from illuminas.server.report.document import Code, Part, Words
from illuminas.server.services.open_run import OpenRun

FLAGS = {
    "mode": "--mode",
    "space": "--space",
    "dataset": "--dataset",
    "device": "--device",
    "llm": "--llm",
    "partition": "--partition",
    "evaluations": "--budget",
    "seconds": "--seconds",
    "tokens": "--tokens",
    "dollars": "--dollars",
    "epochs": "--epochs",
    "seed": "--seed",
}
"""Settings that ``illuminas search`` has a flag for."""
ALWAYS = ("dataset", "llm", "evaluations", "seed")
"""Settings that are named even where they are the defaults."""


def how_to_repeat(run: OpenRun) -> list[Part]:
    """The parts of the section."""
    config = SearchConfig.model_validate(run.config)
    given = config.model_dump(mode="json")
    defaults = SearchConfig(mode=config.mode, space=config.space).model_dump(mode="json")
    differs = {name: value for name, value in given.items() if value != defaults[name] or name == "mode"}
    words = "The same seed on the same table with the same answers of an LLM gives the same log, times aside."
    if run.state.steering.acts:
        words += " What people asked on the way is not in this."
    flags = [f"{flag} {_quoted(given[name])}" for name, flag in FLAGS.items() if name in differs or name in ALWAYS]
    others = sorted(set(differs) - set(FLAGS))
    more = f", which has these settings besides: {', '.join(others)}" if others else ""
    python = f"config = {pformat(differs | {name: given[name] for name in ALWAYS}, sort_dicts=False, width=100)}"
    return [
        Words(words),
        Code(" ".join(["illuminas search", *flags])),
        Words(f"The same in Python{more}:"),
        Code(f"from illuminas import Search, SearchConfig\n\n{python}\nSearch(SearchConfig(**config)).run()"),
        Code(json.dumps(given, indent=2), title="Every setting"),
    ]


def _quoted(value: Any) -> str:
    return shlex.quote(f"{value:g}" if isinstance(value, float) else str(value))
