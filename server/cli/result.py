"""The result of a search as people see it: tables on the terminal, and a plot of the front and the niche map."""

from __future__ import annotations

from contextlib import closing
from textwrap import fill
from typing import TYPE_CHECKING, Final

from illuminas.server.cli.output import big, console, dollars, duration, number, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from illuminas.agents.summary import Found, Summary
    from illuminas.memory.heuristics import Heuristic
    from illuminas.memory.runs import RunFolder
    from illuminas.tools.spaces import NetworkShape, SearchSpace

_HEAD: Final = 13
"""Characters after which the head of a column of figures goes on in its next line."""


def print_summary(summary: Summary, run: RunFolder) -> None:
    """Print elites, Pareto front, heuristics, operators, and where the plot is."""
    from illuminas.memory.run import Run
    from illuminas.server.viz.plots import plot_result

    with closing(Run(run).refresh()) as opened:
        heuristics, space, shape = opened.heuristics(), opened.space, opened.shape
    out = console()
    for shown in _tables(summary, heuristics, space.noun):
        out.print(shown)
    _print_figures(summary)
    if summary.best is not None:
        _print_best(summary, summary.best, space, shape)
        plot_result(run)
        out.print(f"Plot: {run.plot}", soft_wrap=True)
    if summary.status == "finished":
        out.print(f"How the knowledge grew: illuminas kb history --run {summary.run_id}", soft_wrap=True)
    else:
        out.print(f"Interrupted. To go on: illuminas search --resume {summary.run_id}", soft_wrap=True)


def _tables(summary: Summary, heuristics: dict[str, Heuristic], noun: str) -> Iterator[Table]:
    """Elites, Pareto front, what was learned, and operators; those with nothing in them are left out."""
    from illuminas.tools.objectives import FRONT_WORDS

    heads = [*(f">{fill(each.heading, _HEAD)}" for each in summary.objectives), ">test %", ">params"]
    elites = table("niche", noun, *heads, "by", title="Elites")
    for niche, found in summary.archive.niches.items():
        elites.add_row(niche, found.words, *_figures(summary, found), found.operator)
    yield elites
    if summary.pareto:
        front = table(noun, *heads, "niche")
        front.title = f"Pareto front ({FRONT_WORDS})"
        for found in summary.pareto:
            front.add_row(found.words, *_figures(summary, found), found.niche)
        yield front
    told = [h for h in heuristics.values() if h.status != "proposed"]
    if told:
        learned = table("heuristic", "status", "says", "evidence", title="What was learned")
        for heuristic in told:
            learned.add_row(
                heuristic.id, heuristic.status, heuristic.text, heuristic.evidence.words(heuristic.objective)
            )
        yield learned
    operators = table("operator", ">proposed", ">evaluated", ">elites", title="Operators")
    for operator, record in summary.operators.items():
        operators.add_row(operator, str(record.proposed), str(record.evaluated), str(record.elites))
    yield operators


def _print_figures(summary: Summary) -> None:
    """Print the run in a few sentences."""
    out = console()
    llm = summary.llm
    thinker = (
        "no LLM (statistical agents)"
        if llm.name == "none"
        else f"LLM {llm.name}: {llm.calls} calls, {big(llm.tokens)} tokens, {duration(llm.seconds)}"
        f"{dollars(llm.dollars)}"
    )
    volume = "" if summary.hypervolume is None else f", hypervolume {summary.hypervolume:.4f}"
    out.print(
        f"{summary.evaluations} evaluations ({summary.failures} failed) in {duration(summary.seconds)}; "
        f"coverage {summary.archive.coverage:.0%}, QD score {summary.archive.qd_score:.1f}{volume}; {thinker}"
    )
    if len({use.name for use in llm.roles.values()}) > 1:
        for role, use in llm.roles.items():
            out.print(f"{role}: {use.name}, {use.calls} calls, {big(use.tokens)} tokens{dollars(use.dollars)}")
    if summary.latencies is not None and summary.latencies.doubtful:
        counts = ", ".join(f"{count} {source}" for source, count in summary.latencies.sources.items())
        out.print(
            f"This machine was too busy to trust every latency: {counts}; the reference is "
            f"{summary.latencies.reference}. Unsteady and estimated ones are marked ~."
        )
    if summary.predictor is not None:
        out.print(
            f"The predictor's expectations agree with what came at Spearman {summary.predictor.spearman:.2f} over "
            f"{summary.predictor.predictions} evaluations"
        )


def _print_best(summary: Summary, best: Found, space: SearchSpace, shape: NetworkShape) -> None:
    """Print the best architecture, and draw it."""
    from illuminas.server.viz.drawings.drawing import draw_text

    out = console()
    primary = summary.objectives[0]
    value = primary.text(best.objectives[primary.name], 4)
    test = "" if best.test_accuracy is None else f", test {best.test_accuracy:.2f} %"
    out.print(
        f"Best by {primary.words}: {value}{test}  {best.words}",
        style="bold green",
        soft_wrap=True,
    )
    drawn = draw_text(space, space.parse(best.text), shape)
    named = [] if best.text in (best.words, drawn) else [best.text]
    out.print("\n".join([*named, drawn]), soft_wrap=True)


def _figures(summary: Summary, found: Found) -> tuple[str, ...]:
    """The objectives, test accuracy and parameters of an architecture, as columns."""
    doubtful = found.latency_source in {"unsteady", "estimated"}
    values = []
    for each in summary.objectives:
        value = found.objectives.get(each.name)
        mark = "~" if doubtful and each.source == "device" else ""
        values.append("–" if value is None else mark + each.cell(value))
    return (*values, number(found.test_accuracy), "–" if found.params is None else big(found.params))
