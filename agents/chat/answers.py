"""Answers: what each look shows, from what the tools say and nothing else.

:mod:`~illuminas.agents.chat.archive_answers`, :mod:`~illuminas.agents.chat.run_answers` and
:mod:`~illuminas.agents.chat.pictures` register theirs here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch

from illuminas.agents.chat.looks import Asking
from illuminas.agents.chat.replies import Reply, Tabled
from illuminas.agents.chat.scene import Scene
from illuminas.agents.chat.tools import Result, ToolCaller
from illuminas.tools.figures import big

Showing = Callable[[Reply], None]


@singledispatch
async def answer(look: Asking, hands: ToolCaller, scene: Scene, show: Showing) -> None:
    """Show what was asked for.

    Raises:
        IlluminasError: a tool refused.
    """
    raise NotImplementedError(f"no answer to {look!r}")


def figures(line: Result) -> tuple[str, ...]:
    """Objectives and parameters of an architecture, as columns."""
    params = line["params"]
    return (line["figures"] or "–", "–" if params is None else big(params))


FIGURES = (">measured", ">params")
"""Heads of :func:`figures`."""


def architectures_table(title: str, lines: list[Result], scene: Scene) -> Tabled:
    rows = tuple(
        (line["words"], *figures(line), line["niche_words"] or "–", line["operator"], line["hash"][:8])
        for line in lines
    )
    return Tabled(title=title, columns=(scene.space.noun, *FIGURES, "niche", "by", "=hash"), rows=rows)


def heuristics_table(title: str, lines: list[Result]) -> Tabled:
    rows = tuple(
        (line["id"], f"{line['status']}{', pinned' if line.get('pinned') else ''}", line["text"], line["evidence"])
        for line in lines
    )
    return Tabled(title=title, columns=("=rule", "status", "says", "evidence"), rows=rows)
