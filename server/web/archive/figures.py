"""Coverage and QD score over the rounds of a run."""

from __future__ import annotations

from collections.abc import Sequence

from illuminas.memory.kinds import RoundFigures
from illuminas.server.viz.palette import BLUE, GREEN
from illuminas.server.web.figure import Figure, axis, figure, line, moment, note


def growth_figure(figures: Sequence[RoundFigures], round: int) -> Figure:
    """Both over rounds, one above the other, with the round that is looked at marked."""
    rounds = [each.round for each in figures]
    mode = "lines+markers" if len(rounds) < 60 else "lines"
    coverage = line(rounds, [100.0 * each.coverage for each in figures], name="coverage", mode=mode)
    coverage["line"] = {"color": BLUE, "shape": "hv"}
    coverage["hovertemplate"] = "round %{x}: %{y:.1f} % of the reachable niches<extra></extra>"
    score = line(rounds, [each.qd_score for each in figures], name="QD score", mode=mode, yaxis="y2")
    score |= {"line": {"color": GREEN, "shape": "hv", "dash": "dash"}, "marker": {"symbol": "square"}}
    score["hovertemplate"] = "round %{x}: QD score %{y:.1f}<extra></extra>"
    return figure(
        [coverage, score],
        x="round",
        y="coverage, %",
        height=380,
        xaxis={"anchor": "y2", "rangemode": "tozero"},
        yaxis={"domain": [0.56, 1.0], "rangemode": "tozero"},
        yaxis2=axis("QD score", domain=[0.0, 0.44], rangemode="tozero", anchor="x"),
        shapes=[moment(round)],
        annotations=[] if rounds else [note("no round is complete yet")],
        showlegend=False,
    )
