"""The portrait of an architecture: what it is, why it was proposed, by which words, and what it rests on."""

from __future__ import annotations

from typing import NamedTuple

from nicegui import ui

from illuminas.agents.acquisition import chosen
from illuminas.memory.candidate import Candidate
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.kinds import LLMCalled
from illuminas.memory.run import Run
from illuminas.server.services.answers import ArchitectureLine
from illuminas.server.services.reports import architecture_line
from illuminas.server.viz.palette import GREY, OPERATORS, STATUS, Sign
from illuminas.tools.evaluation import Status
from illuminas.tools.objectives import Objective


class Portrait(NamedTuple):
    """An architecture with its provenance.

    Attributes:
        title: it, on one line.
        standing: what it is in the run.
        figures: name -> value with its unit.
        origin: how it came to be, and what it was evaluated for.
        rationale: why, in the words of whoever proposed it; may be anybody's.
        instruction: what an LLM was told to do with its parent.
        prompt, answer: what the LLM was asked and said, where one proposed it.
        parents: hashes, the first one first.
        cited: id -> the heuristics that it follows and its first parent does not; None where the base has it no more.
    """

    hash: str
    title: str
    standing: str
    figures: tuple[tuple[str, str], ...]
    origin: str
    rationale: str
    instruction: str
    prompt: str
    answer: str
    parents: tuple[str, ...]
    cited: dict[str, Heuristic | None]


def portrait(run: Run, hash_: str, round: int | None = None) -> Portrait:
    """The portrait of an evaluated architecture; of its LLM call, the log is asked.

    Args:
        round: at whose end it stands as it is said to; None for now.
    """
    candidate, line = run.state.candidates[hash_], architecture_line(run, hash_)
    prompt, answer = _words_of_the_llm(run, candidate)
    known = run.heuristics() if candidate.cited else {}
    return Portrait(
        hash=hash_,
        title=line.words,
        standing=_standing(run, line, run.state.round if round is None else round),
        figures=_figures(line, candidate, run.state.primary),
        origin=_origin(run, candidate),
        rationale=candidate.rationale,
        instruction=candidate.instruction,
        prompt=prompt,
        answer=answer,
        parents=tuple(each for each in candidate.parents if each in run.state.evaluations),
        cited={id_: known.get(id_) for id_ in candidate.cited},
    )


def _standing(run: Run, line: ArchitectureLine, round: int) -> str:
    if line.status is not Status.OK:
        return f"failed ({line.status.value}): {line.reason or 'no reason was given'}"
    state, then = run.state, "" if round >= run.state.round else f" up to round {round}"
    best = state.best_at(round) if then else state.best and state.best.hash
    elite = state.filling.elites_at(round).get(-1 if line.niche is None else line.niche)
    signs = [
        f"the best of the run{then}" if best == line.hash else "",
        "elite of its niche" if elite == line.hash else "",
        "on the Pareto front" if line.hash in (state.front_at(round) if then else run.front) else "",
    ]
    otherwise = "its niche has a better one" if line.niche is not None else "it has no niche"
    return ", ".join(sign for sign in signs if sign) or otherwise


def _figures(line: ArchitectureLine, candidate: Candidate, primary: Objective) -> tuple[tuple[str, str], ...]:
    found = [
        ("measured", line.figures),
        ("expected by the surrogate", "" if candidate.expected is None else primary.text(candidate.expected, 4)),
        ("parameters", _written(line.params)),
        ("multiply-accumulates", _written(line.macs)),
        ("niche", line.niche_words or ""),
    ]
    return tuple((name, value) for name, value in found if value)


def _written(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _origin(run: Run, candidate: Candidate) -> str:
    told = f"{OPERATORS[candidate.operator].words}, evaluated in round {run.state.evaluated_in[candidate.hash]}"
    if candidate.target is not None and run.state.partition is not None:
        told += f", made for the niche “{run.niche_words[candidate.target]}”"
    return ", ".join(filter(None, (told, chosen(candidate.chosen_for))))


def _words_of_the_llm(run: Run, candidate: Candidate) -> tuple[str, str]:
    event = None if candidate.call is None else run.log.get(candidate.call, LLMCalled)
    if event is None:
        return "", ""
    return event.data.prompt, event.data.text or event.data.error or ""


def show_portrait(told: Portrait, drawing: str) -> ui.element:
    """Make the elements; ``drawing`` is markup, escaped where it was drawn."""
    with ui.element("section").classes("portrait").props(f'data-hash="{told.hash}"') as made:
        ui.label(told.title).classes("portrait-title")
        ui.label(told.standing).classes(
            "text-sm font-bold" if "failed" not in told.standing else "text-sm text-red-600"
        )
        ui.html(drawing, sanitize=False).classes("portrait-drawing")
        with ui.element("dl").classes("portrait-figures"):
            for name, value in told.figures:
                with ui.element("dt"):
                    ui.label(name)
                with ui.element("dd"):
                    ui.label(value)
        ui.label(told.origin).classes("text-sm")
        _words("Why", told.rationale)
        _words("Instruction", told.instruction)
        _cites(told.cited)
        if told.prompt:
            with ui.expansion("What the LLM was asked, and said").classes("w-full").props("dense"):
                ui.label(told.prompt).classes("portrait-words")
                ui.label("Answer").classes("text-sm font-bold")
                ui.label(told.answer).classes("portrait-words")
    return made


def _words(name: str, text: str) -> None:
    if text:
        ui.label(name).classes("text-sm font-bold")
        ui.label(text).classes("text-sm").style("white-space: pre-wrap; overflow-wrap: anywhere")


def _cites(cited: dict[str, Heuristic | None]) -> None:
    if cited:
        ui.label("Heuristics that it follows").classes("text-sm font-bold")
    for id_, heuristic in cited.items():
        sign = Sign(GREY, "", "") if heuristic is None else STATUS[heuristic.status]
        with ui.element("div").classes("portrait-cited").style(f"border-left-color: {sign.colour}").mark("cited"):
            if heuristic is None:
                ui.label(f"unknown · {id_}").classes("text-xs font-bold")
                ui.label("not in the knowledge base any more").classes("text-sm")
                continue
            pinned = ", pinned" if heuristic.pinned else ""
            ui.label(f"{sign.glyph} {heuristic.status.value}{pinned} · {id_}").classes("text-xs font-bold")
            ui.label(heuristic.text).classes("text-sm")
            ui.label(heuristic.evidence.words(heuristic.objective)).classes("text-xs")
