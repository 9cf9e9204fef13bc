"""Coverage and QD score over the rounds of a run."""

from __future__ import annotations

from collections.abc import Sequence

from illuminas.memory.state import RoundFigures
from illuminas.server.viz.palette import BLUE, GREEN
from illuminas.server.web.figure import CONFIG, Figure, axis, layout, moment, note


def growth_figure(figures: Sequence[RoundFigures], round: int) -> Figure:
    """Both over rounds, one above the other, with the round that is looked at marked."""
    rounds = [each.round for each in figures]
    marker = "lines+markers" if len(rounds) < 60 else "lines"
    return {
        "data": [
            {
                "type": "scatter",
                "mode": marker,
                "name": "coverage",
                "x": rounds,
                "y": [100.0 * each.coverage for each in figures],
                "line": {"color": BLUE, "shape": "hv"},
                "hovertemplate": "round %{x}: %{y:.1f} % of the reachable niches<extra></extra>",
            },
            {
                "type": "scatter",
                "mode": marker,
                "name": "QD score",
                "x": rounds,
                "y": [each.qd_score for each in figures],
                "yaxis": "y2",
                "line": {"color": GREEN, "shape": "hv", "dash": "dash"},
                "marker": {"symbol": "square"},
                "hovertemplate": "round %{x}: QD score %{y:.1f} %<extra></extra>",
            },
        ],
        "layout": layout(
            xaxis=axis("round", anchor="y2", rangemode="tozero"),
            yaxis=axis("coverage, %", domain=[0.56, 1.0], rangemode="tozero"),
            yaxis2=axis("QD score, %", domain=[0.0, 0.44], rangemode="tozero", anchor="x"),
            shapes=[moment(round)],
            annotations=[] if rounds else [note("no round is complete yet")],
            showlegend=False,
            height=380,
        ),
        "config": CONFIG,
    }
