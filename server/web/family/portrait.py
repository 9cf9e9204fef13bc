"""What is said of an architecture: in short on the family tree, and in full with its provenance beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from illuminas.agents.acquisition import chosen
from illuminas.memory.candidate import Candidate, Operator
from illuminas.memory.heuristics import Heuristic, HeuristicStatus
from illuminas.memory.kinds import LLMCalled
from illuminas.memory.state import RunState
from illuminas.server.services.answers import ArchitectureLine
from illuminas.server.services.open_run import OpenRun
from illuminas.server.viz.palette import OPERATORS
from illuminas.tools.evaluation import Status

FAILURES: Final = {Status.FAILED: "failed", Status.TIMEOUT: "time", Status.MEMORY: "memory"}
"""What stands in place of an accuracy; two words have no room."""


class Member(NamedTuple):
    """One architecture of the tree.

    Attributes:
        text: what stands on it: its accuracy in per cent, or why there is none.
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
        signs = [OPERATORS[self.operator].words, self.text if self.failed else f"{self.text} per cent"]
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
                text=FAILURES[evaluation.status] if failed else f"{state.accuracy(each):.2f}",
                failed=failed,
                elite=each in elites,
                front=each in front,
                best=best is not None and best.hash == each,
                hidden=hidden.get(each, 0),
            )
        )
    return found


class Cited(NamedTuple):
    """A heuristic that a proposal follows.

    Attributes:
        status: what the data say of it now; None where the knowledge base does not hold it.
        evidence: the figures, in words.
    """

    id: str
    text: str
    status: HeuristicStatus | None
    evidence: str
    pinned: bool = False


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
        cited: the heuristics that it follows and its first parent does not.
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
    cited: tuple[Cited, ...]


def portrait(run: OpenRun, hash_: str) -> Portrait:
    """The portrait of an evaluated architecture; of its LLM call, the log is asked."""
    candidate, line = run.state.candidates[hash_], run.line(hash_)
    prompt, answer = _words_of_the_llm(run, candidate)
    known = run.heuristics() if candidate.cited else {}
    return Portrait(
        hash=hash_,
        title=line.words,
        standing=_standing(run, line),
        figures=_figures(line, candidate),
        origin=_origin(run, candidate),
        rationale=candidate.rationale,
        instruction=candidate.instruction,
        prompt=prompt,
        answer=answer,
        parents=tuple(each for each in candidate.parents if each in run.state.evaluations),
        cited=tuple(_cited(known.get(id_), id_) for id_ in candidate.cited),
    )


def _standing(run: OpenRun, line: ArchitectureLine) -> str:
    if line.status is not Status.OK:
        return f"failed ({line.status.value}): {line.reason or 'no reason was given'}"
    best = run.state.best
    signs = [
        "the best of the run" if best is not None and best.hash == line.hash else "",
        "elite of its niche" if line.elite else "",
        "on the Pareto front" if line.on_front else "",
    ]
    otherwise = "its niche has a better one" if line.niche is not None else "it has no niche"
    return ", ".join(sign for sign in signs if sign) or otherwise


def _figures(line: ArchitectureLine, candidate: Candidate) -> tuple[tuple[str, str], ...]:
    found = [
        ("validation accuracy", _written(line.val_accuracy, "{:.2f} %")),
        ("expected by the surrogate", _written(candidate.expected, "{:.2f} %")),
        ("latency", _written(line.latency_ms, "{:.3g} ms")),
        ("parameters", _written(line.params, "{:,}")),
        ("multiply-accumulates", _written(line.macs, "{:,}")),
        ("niche", line.niche_words or ""),
    ]
    return tuple((name, value) for name, value in found if value)


def _written(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)


def _origin(run: OpenRun, candidate: Candidate) -> str:
    told = f"{OPERATORS[candidate.operator].words}, evaluated in round {run.state.evaluated_in[candidate.hash]}"
    if candidate.target is not None and run.state.partition is not None:
        told += f", made for the niche “{run.niche_words[candidate.target]}”"
    return ", ".join(filter(None, (told, chosen(candidate.chosen_for))))


def _words_of_the_llm(run: OpenRun, candidate: Candidate) -> tuple[str, str]:
    event = None if candidate.call is None else run.log.get(candidate.call, LLMCalled)
    if event is None:
        return "", ""
    return event.data.prompt, event.data.text or event.data.error or ""


def _cited(heuristic: Heuristic | None, id_: str) -> Cited:
    if heuristic is None:
        return Cited(id_, "not in the knowledge base any more", None, "")
    evidence = heuristic.evidence.words(heuristic.metric)
    return Cited(id_, heuristic.text, heuristic.status, evidence, heuristic.pinned)
