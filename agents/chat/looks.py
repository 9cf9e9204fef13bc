"""Looks: what a person may ask to see. Each is answered from tools, and changes nothing."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field

from illuminas.memory.directives import Slash
from illuminas.tools.frozen import Frozen
from illuminas.tools.objectives import Constraint

PlotKind = Literal["pareto", "niches", "progress", "knowledge"]


class Asking(Frozen):
    """Base of every look.

    Attributes:
        slash: its commands.
    """

    slash: ClassVar[tuple[Slash, ...]] = ()


class Best(Asking):
    """The best evaluated architectures that keep within bounds.

    Attributes:
        within: bounds on quantities, by their names; of a device that is not the run's own, by their full ones.
        sort: name of the quantity whose best come first; empty is the primary objective.
        shown: full name of an objective that is looked up beside.
    """

    slash = (
        Slash(
            "best",
            ("niche:filters?",),
            example="/best params <=300k",
            help="the best within bounds: QUANTITY <=VALUE [DEVICE], niche 4, by QUANTITY, with PREDICATE",
            phrases="""
                [{opening}] {best} [{niche}] [{limit}] [{device}] [{niche2:niche}] -> /best {best} [niche {niche}] \
                [niche {niche2}] [{limit}] [on {device}]
                [{opening}] {best} {goal} [{niche}] -> /best {best} {goal} [niche {niche}]
                [{opening}] {best} {condition} -> /best {best} with {condition}
                [{opening}] {best} [thing] [(found|seen)] [yet] [so far] -> /best {best}
                {opening} (recommend|pick|choose|take|suggest) [{limit}] [{device}] -> /best [{limit}] [on {device}]
                {opening} {limit} [{device}] -> /best {limit} [on {device}]
                """,
        ),
    )

    kind: Literal["best"] = "best"
    within: tuple[Constraint, ...] = ()
    niche: int | None = None
    predicate: str | None = Field(default=None, max_length=200)
    sort: str = ""
    shown: str = ""
    limit: int = Field(default=5, ge=1, le=20)


class Niches(Asking):
    """Every niche with its elite."""

    slash = (
        Slash(
            "niches",
            (),
            example="/niches",
            phrases="""
                {opening} (niches|elites|archive|map) [empty] -> /niches
                """,
            examples="""
                an overview of all niches, which of them hold nothing -> niches
                """,
        ),
    )

    kind: Literal["niches"] = "niches"


class Why(Asking):
    """Why a niche is as it is."""

    slash = (
        Slash(
            "why",
            ("niche:niche",),
            example="/why 4",
            phrases="""
                (why|how come|tell why|know why) {niche} [still] [(so|that)] \
                [(nothing|empty|bad|weak|stuck|good|poor|unfilled)] -> /why {niche}
                what (wrong|going on|up|the matter) [with] [in] {niche} -> /why {niche}
                (explain|describe|tell about|what about) {niche} -> /why {niche}
                what {niche} -> /why {niche}
                """,
            examples="""
                what is wrong with niche 4 -> why 4
                what is going on in niche 1 -> why 1
                """,
        ),
    )

    kind: Literal["why"] = "why"
    niche: int


class Show(Asking):
    """One architecture with its drawing.

    Attributes:
        architecture: hash or its beginning, its text, or ``best``.
        niche: show its elite in place of ``architecture``.
    """

    slash = (
        Slash(
            "show",
            ("architecture:shown?",),
            example="/show niche 3",
            phrases="""
                (show|draw|see) [best] elite -> /show best
                (show|draw|see|look at) {top} -> /show best
                (show|draw|see) best [elite] {niche} -> /show niche {niche}
                (show|draw|see) elite {niche} -> /show niche {niche}
                (show|draw|see) {niche} [elite] -> /show niche {niche}
                (show|draw|see) {hash} -> /show {hash}
                (show|draw|see) {architecture} -> /show {architecture}
                """,
            examples="""
                let me see the winner, the champion -> show best
                what does the best one of niche 2 look like -> show niche 2
                """,
        ),
    )

    kind: Literal["show"] = "show"
    architecture: str = Field(default="best", min_length=1)
    niche: int | None = None


class Learned(Asking):
    """Heuristics, by what they are about, or one with its history.

    Attributes:
        about: empty asks for all.
        heuristic: id of a single one; empty asks for several.
    """

    slash = (
        Slash(
            "learned",
            ("about:about?",),
            example="/learned pooling",
            help="what the run learned, about something, or one rule's history",
            phrases="""
                [(what|anything|something)] (learned|learnt|learn|know|found out|discovered) [so far] -> /learned
                [(what|anything|something)] (learned|learnt|learn|know|found out|discovered) about {text} -> \
                /learned {text}
                {opening} (rules|heuristics) [so far] -> /learned
                {opening} (rules|heuristics) (about|on) {text} -> /learned {text}
                {opening} [(rule|heuristic)] {heuristic} -> /learned {heuristic}
                """,
            examples="""
                do you know anything on residuals, any insights -> learned residuals
                what do you know about kernels -> learned kernels
                """,
        ),
    )

    kind: Literal["learned"] = "learned"
    about: str = Field(default="", max_length=400)
    heuristic: str = ""


class Compare(Asking):
    """This run beside another."""

    slash = (
        Slash(
            "compare",
            ("run:run",),
            example="/compare last",
            phrases="""
                compare [this] [run] [(with|to|against)] {run} -> /compare {run}
                how [does] [this] [run] (compare|compares|do|doing) [(with|to|against)] {run} -> /compare {run}
                """,
            examples="""
                are we better than the previous run -> compare last
                """,
        ),
    )

    kind: Literal["compare"] = "compare"
    run: str = Field(min_length=1)


class Cost(Asking):
    """What was spent, in the last minutes or in all."""

    slash = (
        Slash(
            "cost",
            ("minutes:minutes?",),
            example="/cost 60",
            phrases="""
                [what] (cost|spent|spend|used) [so far] -> /cost
                [what] [did] {minutes} (cost|take) -> /cost {minutes}
                {opening} (cost|costs|expenses) [{minutes}] -> /cost {minutes}
                what (spent|spend|used|cost) {minutes} -> /cost {minutes}
                how (much|many|expensive) [money] [tokens] {minutes} [(cost|take)] -> /cost {minutes}
                how (much|many|expensive) [money] [tokens] (cost|spent|spend|used|use) [so far] -> /cost
                """,
            examples="""
                what have we paid in the past hour -> cost 60
                how expensive were the last 20 minutes -> cost 20
                """,
        ),
    )

    kind: Literal["cost"] = "cost"
    minutes: float | None = Field(default=None, gt=0, allow_inf_nan=False)


class Plot(Asking):
    """A picture of the run.

    Attributes:
        against: of the front, what the primary objective is set against; empty is the second objective.
    """

    slash = (
        Slash(
            "plot",
            ("plot:plot?", "against:objective?"),
            example="/plot pareto",
            help="a picture: pareto, niches, progress or knowledge",
            phrases="""
                {opening} (front|pareto front) -> /plot pareto
                (plot|draw|picture|chart|show|see|give) {pair} -> /plot pareto {pair}
                (plot|draw|picture|chart) {plot} -> /plot {plot}
                (plot) -> /plot
                (show|see|draw|give) {plot} (plot|picture|chart|curve|graph|diagram) -> /plot {plot}
                (plot|picture|chart|graph|diagram) {plot} -> /plot {plot}
                """,
            examples="""
                make me a picture, a chart of {second} against {primary} -> plot pareto
                draw how {primary} developed -> plot progress
                """,
        ),
    )

    kind: Literal["plot"] = "plot"
    plot: PlotKind = "pareto"
    against: str = ""


class Status(Asking):
    """How the run stands."""

    slash = (
        Slash(
            "status",
            (),
            example="/status",
            phrases="""
                how (going|far|progress|things|search) [(going|come|along)] [search] -> /status
                (where do we stand|nearly done|how much longer) -> /status
                (status|progress|any progress|any news|what doing|what happening|what going on|still running) -> \
                /status
                """,
            examples="""
                are you nearly done, where do we stand -> status
                how many evaluations are made and how many are left -> status
                """,
        ),
    )

    kind: Literal["status"] = "status"


class InForce(Asking):
    """The directives in force."""

    slash = (
        Slash(
            "directives",
            (),
            example="/directives",
            help="what people asked of this run",
            phrases="""
                what [did] (asked|ask) [for] -> /directives
                {opening} (directives|constraints|limits) [in force] -> /directives
                """,
            examples="""
                what have I told you to do -> directives
                """,
        ),
    )

    kind: Literal["directives"] = "directives"


class Runs(Asking):
    """The runs that there are."""

    slash = (
        Slash(
            "runs",
            (),
            example="/runs",
            phrases="""
                {opening} [other] (runs|searches) -> /runs
                """,
            examples="""
                which other searches are there -> runs
                """,
        ),
    )

    kind: Literal["runs"] = "runs"


class Help(Asking):
    """What can be typed; of one command where one is named."""

    slash = (
        Slash(
            "help",
            ("command:command?",),
            example="/help limit",
            help="what can be typed",
            phrases="""
                (help|what can do|what can say|what can ask|commands) -> /help
                """,
            examples="""
                what can I type here -> help
                """,
        ),
    )

    kind: Literal["help"] = "help"
    command: str = ""


Look = Annotated[
    InForce | Show | Best | Niches | Why | Learned | Compare | Cost | Plot | Status | Runs | Help,
    Field(discriminator="kind"),
]
"""Any of them, told apart by ``kind``."""

LOOKS: tuple[type[Asking], ...] = get_args(get_args(Look)[0])
"""Every class, in the order in which help lists them."""
