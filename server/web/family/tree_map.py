"""The family tree as a zoomable map: rounds from left to right, a box an architecture, a line from each parent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from html import escape
from typing import Final, NamedTuple

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from illuminas.memory.candidate import Operator
from illuminas.memory.state import RunState
from illuminas.server.viz.drawings.svg import INK, hint, picture, tag, words
from illuminas.server.viz.palette import OPERATORS
from illuminas.server.web.family.lineage import Layout
from illuminas.server.web.figure import SELECTED
from illuminas.tools.evaluation import Status

_BOX, _TALL, _COLUMN, _ROW, _TOP, _LEFT = 82, 24, 144, 34, 34, 14
_BACKGROUND: Final = 0.25
"""Opacity of what is not kin of what is picked."""


FAILURES: Final = {Status.FAILED: "failed", Status.TIMEOUT: "time", Status.MEMORY: "memory"}
"""What stands in place of an accuracy; two words have no room."""


class Member(NamedTuple):
    """One architecture of the tree.

    Attributes:
        text: what stands on it: its value of the primary objective, or why there is none.
        failed, elite, front, best: what it is.
        hidden: how many of its children are not shown.
    """

    hash: str
    operator: Operator
    round: int
    text: str
    failed: bool
    elite: bool
    front: bool
    best: bool
    hidden: int = 0

    @property
    def words(self) -> str:
        """The same in words, for those who hear the page."""
        signs = [OPERATORS[self.operator].words, self.text]
        named = {"elite": self.elite, "on the front": self.front, "the best": self.best, "failed": self.failed}
        signs += [word for word, holds in named.items() if holds]
        if self.hidden:
            signs.append(f"{self.hidden} children not shown")
        return f"round {self.round}: {', '.join(signs)}"


def members(state: RunState, front: frozenset[str], shown: Sequence[str], hidden: dict[str, int]) -> list[Member]:
    """Those that are shown, in their order.

    Args:
        front: hashes of the Pareto front.
        hidden: hash -> children that are not shown.
    """
    elites, best = set(state.elites.values()), state.best
    found = []
    for each in shown:
        evaluation = state.evaluations[each]
        failed = evaluation.status is not Status.OK
        found.append(
            Member(
                hash=each,
                operator=state.candidates[each].operator,
                round=state.evaluated_in[each],
                text=FAILURES[evaluation.status] if failed else state.primary.number(state.quality(each), 4),
                failed=failed,
                elite=each in elites,
                front=each in front,
                best=best is not None and best.hash == each,
                hidden=hidden.get(each, 0),
            )
        )
    return found


class TreeDrawing(NamedTuple):
    """The drawing, and how large it is, in pixels."""

    svg: str
    width: int
    height: int


def tree_svg(
    members: Sequence[Member],
    layout: Layout,
    parents: Mapping[str, Sequence[str]],
    *,
    picked: frozenset[str],
    related: Iterable[str],
) -> TreeDrawing:
    """Draw the tree.

    Args:
        parents: hash -> parents; those that are not members have no line.
        picked: what is selected, ringed and dotted.
        related: its ancestry and offspring; where something is picked, the others fade.
    """
    clear = {*picked, *related} if picked else {member.hash for member in members}
    width = _LEFT * 2 + _COLUMN * max(len(layout.columns) - 1, 0) + _BOX + 34
    height = _TOP + layout.rows * _ROW + 8
    parts: list[str] = []
    for member in members:
        parts += [
            _line(layout.places[parent], layout.places[member.hash], number, {parent, member.hash} <= clear, picked)
            for number, parent in enumerate(parents[member.hash])
            if parent in layout.places
        ]
    parts += [
        _box(member, layout.places[member.hash], member.hash in picked, member.hash in clear) for member in members
    ]
    parts.append(_rounds(layout.columns, width))
    label = f"family tree of {len(members)} architectures"
    return TreeDrawing(picture(*parts, width=width, height=height, label=label), width, height)


def _rounds(columns: Sequence[int], width: int) -> str:
    """The heading, which stays in sight while the tree below it scrolls."""
    names = (
        words(f"round {round_}", _LEFT + _COLUMN * column, 16, size=11, fill_opacity=0.75)
        for column, round_ in enumerate(columns)
    )
    return tag("g", tag("rect", class_="paper", x=0, y=0, width=width, height=_TOP - 10), *names, class_="rounds")


def legend_html(operators: Collection[Operator]) -> str:
    """What the signs mean, those of the operators that the run used."""
    used = "".join(
        tag("span", _swatch(sign.letters, OPERATORS[operator].colour), f" {escape(sign.words)}")
        for operator, sign in OPERATORS.items()
        if operator in operators
    )
    signs = "".join(
        tag("span", tag("b", escape(sign)), f" {escape(meaning)}")
        for sign, meaning in (
            ("★", "on the Pareto front"),
            ("▣", "elite of its niche (bold frame)"),
            ("✕", "failed (dashed frame)"),
            ("●", "selected"),
            ("+3", "children not shown"),
            ("╌", "second parent"),
        )
    )
    return used + signs


def _swatch(letters: str, color: str) -> str:
    style = f"background: {color}; color: #000; padding: 0 0.3em; border-radius: 3px; font-weight: bold"
    return tag("span", escape(letters), style=style)


def _corner(place: tuple[int, int]) -> tuple[float, float]:
    column, row = place
    return _LEFT + _COLUMN * column, _TOP + _ROW * row


def _line(start: tuple[int, int], end: tuple[int, int], number: int, clear: bool, picked: frozenset[str]) -> str:
    """From a parent's right to a child's left; the first parent's line is whole, those of others are dashed."""
    (x0, y0), (x1, y1) = _corner(start), _corner(end)
    x0, y0, y1 = x0 + _BOX, y0 + _TALL / 2, y1 + _TALL / 2
    # along the parent's row, which is kept free, to the gap before the child's column
    turn, middle = x1 - (_COLUMN - _BOX), x1 - (_COLUMN - _BOX) / 2
    path = f"M{x0:.1f} {y0:.1f} H{turn:.1f} C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    strong = bool(picked) and clear
    return tag(
        "path",
        d=path,
        fill="none",
        stroke=INK,
        stroke_width=2.2 if strong else 1.2,
        stroke_opacity=0.9 if strong else _BACKGROUND if picked else 0.45,
        stroke_dasharray="5 4" if number else None,
    )


def _box(member: Member, place: tuple[int, int], picked: bool, clear: bool) -> str:
    x, y = _corner(place)
    sign = OPERATORS[member.operator]
    parts = [hint(member.words)]
    if picked:
        ring = {"fill": "none", "stroke": SELECTED, "stroke_width": 3}
        parts.append(tag("rect", x=x - 4, y=y - 4, width=_BOX + 8, height=_TALL + 8, rx=8, **ring))
        parts.append(words("●", x + _BOX + 7, y + 2, size=13, class_="halo", **{"fill": SELECTED}))
    parts += [
        tag("rect", class_="paper", x=x, y=y, width=_BOX, height=_TALL, rx=4, fill="none"),
        tag("rect", x=x, y=y, width=22, height=_TALL, rx=4, fill=OPERATORS[member.operator].colour),
        tag(
            "rect",
            x=x,
            y=y,
            width=_BOX,
            height=_TALL,
            rx=4,
            fill=INK,
            fill_opacity=0.05,
            stroke=INK,
            stroke_width=2.6 if member.elite else 1.2,
            stroke_opacity=0.95 if member.elite else 0.5,
            stroke_dasharray="4 3" if member.failed else None,
        ),
        words(sign.letters, x + 11, y + 16, size=11, text_anchor="middle", font_weight="bold", **{"fill": "#000000"}),
        words(
            f"✕ {member.text}" if member.failed else member.text,
            x + 27,
            y + 16.5,
            size=11.5,
            font_weight="bold" if member.best else None,
        ),
    ]
    if member.front:
        parts.append(words("★", x + _BOX - 15, y + 16.5))
    if member.hidden:
        parts.append(words(f"+{member.hidden}", x + _BOX + 5, y + 21, size=11, class_="halo"))
    attributes = {"class_": "member", "data_hash": member.hash, "data_column": place[0], "data_row": place[1]}
    return tag(
        "g",
        *parts,
        **attributes,
        role="button",
        tabindex=-1,
        aria_label=member.words,
        aria_pressed="true" if picked else "false",
        opacity=None if clear else _BACKGROUND + 0.15,
    )


class FamilyMap(Element, component="tree_map.js"):
    """A family tree that one can pick from.

    Args:
        on_pick: told the hash that was clicked, or entered, and whether it comes beside what is picked already.
    """

    def __init__(self, on_pick: Callable[[str, bool], None]) -> None:
        super().__init__()
        self._props |= {"svg": "", "width": 1, "height": 1, "label": "family tree", "first": ""}

        def picked(event: GenericEventArguments) -> None:
            on_pick(str(event.args["hash"]), bool(event.args["more"]))

        self.on("pick", picked)

    def show(self, drawing: TreeDrawing, *, first: str) -> None:
        """Show another drawing, if it is another; ``first`` is what is in sight at the beginning."""
        if drawing.svg != self._props["svg"]:
            self._props |= {"svg": drawing.svg, "width": drawing.width, "height": drawing.height, "first": first}
            self.update()

    def zoom(self, factor: float) -> None:
        self.run_method("zoom", factor)

    def fit(self) -> None:
        """Make the whole drawing visible."""
        self.run_method("fit")
