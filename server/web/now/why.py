"""Why: what stands behind a line of the feed, from the event that it tells of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Final

from illuminas.agents.acquisition import chosen
from illuminas.agents.plan import Plan
from illuminas.memory.archive import Placement, PlacementStatus
from illuminas.memory.candidate import Candidate, Operator, RejectedProposal
from illuminas.memory.events import Event
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.kinds import Kind
from illuminas.server.services.open_run import OpenRun
from illuminas.server.viz.operators import OPERATORS
from illuminas.tools.evaluation import Evaluation
from illuminas.tools.figures import duration

MOST = 12
"""Things of one kind that are listed."""
_DONE: Final = {
    PlacementStatus.NEW: "fills",
    PlacementStatus.IMPROVED: "joins what is kept in",
    PlacementStatus.REJECTED: "is no better than what is kept in",
}


def why(run: OpenRun, event: Event) -> tuple[str, ...]:
    """What stands behind an event, a sentence or a figure each; nothing where its line says all."""
    tell = _TELLERS.get(event.kind)
    return tuple(tell(run, event.data)) if tell is not None else ()


def _started(run: OpenRun, data: dict[str, Any]) -> Iterator[str]:
    config = data["config"]
    yield f"illuminas {data['version']}, mode {config['mode']}, measured by {data['task']['fidelity']}"
    yield f"niches: {config['partition'] or 'those of the space'}"


def _plan(run: OpenRun, data: dict[str, Any]) -> Iterator[str]:
    plan = Plan.model_validate(data)
    yield f"by {plan.author}; {plan.batch} evaluations"
    wanted: defaultdict[int | None, Counter[str]] = defaultdict(Counter)
    for item in plan.items:
        what = f" ({item.instruction})" if item.instruction else ""
        wanted[item.target][f"{OPERATORS[item.operator].words}{what}"] += item.count
    for niche in dict.fromkeys((*plan.focus, *wanted)):
        where = "any niche" if niche is None else f"'{run.niche_words[niche]}' (niche {niche})"
        rules = "" if niche not in plan.focus else ", ".join(plan.heuristics.get(niche, ())) or "no rule"
        asked = ", ".join(f"{count} by {words}" for words, count in wanted[niche].most_common(MOST))
        yield f"works on {where}" + (f", guided by {rules}" if rules else "") + (f": {asked}" if asked else "")
    if plan.directives:
        yield f"keeps to directives {', '.join(map(str, plan.directives))}"


def _proposals(run: OpenRun, data: dict[str, Any]) -> Iterator[str]:
    counts = ((OPERATORS[Operator(operator)].words, count) for operator, count in data["counts"].items())
    yield ", ".join(f"{count} by {words}" for words, count in counts) or "none"
    for each in data["candidates"][:MOST]:
        yield _candidate(run, Candidate.model_validate(each))
    yield from _more(data["candidates"])
    for each in data.get("misses", ())[:MOST]:
        miss = RejectedProposal.model_validate(each)
        yield f"refused, by {OPERATORS[miss.operator].words}: {miss.reason}"
    yield from _more(data.get("misses", ()))


def _screened(run: OpenRun, data: dict[str, Any]) -> Iterator[str]:
    for each in data["chosen"][:MOST]:
        candidate = Candidate.model_validate(each)
        foreseen = "" if candidate.expected is None else f"; {candidate.expected:.1f} % foreseen"
        yield f"{_title(run, candidate.text)}: {chosen(candidate.chosen_for)}{foreseen}"
    yield from _more(data["chosen"])
    refused = Counter(data.get("refused", {}).values())
    for reason, count in refused.most_common(MOST):
        yield f"refused {count}: {reason}"


def _evaluation(run: OpenRun, data: dict[str, Any]) -> Iterator[str]:
    evaluation = Evaluation.model_validate(data)
    yield evaluation.text
    candidate = run.state.candidates.get(evaluation.hash)
    if candidate is not None:
        yield _candidate(run, candidate, named=False)
        if candidate.expected is not None and evaluation.val_accuracy is not None:
            missed = evaluation.val_accuracy - candidate.expected
            how = "low" if missed > 0 else "high"
            yield f"{candidate.expected:.2f} % was foreseen, {abs(missed):.2f} points too {how}"
    cost = "known before" if evaluation.cached else duration(evaluation.seconds)
    yield f"{evaluation.fidelity}, seed {evaluation.seed}, {cost}; {evaluation.hash}"
    if evaluation.reason:
        yield evaluation.reason


def _archived(run: OpenRun, data: dict[str, Any]) -> Iterator[str]:
    placements = [Placement.model_validate(each) for each in data["placements"]]
    placements.sort(key=lambda each: not each.entered)
    for placement in placements[:MOST]:
        name = _named(run, placement.hash)
        if placement.niche is None:
            yield f"{name}: in no niche, for it was not measured"
            continue
        displaced = ", in place of " + ", ".join(_named(run, each) for each in placement.displaced)
        yield (
            f"{name} {_DONE[placement.status]} '{run.niche_words[placement.niche]}'"
            f"{displaced if placement.displaced else ''}"
        )
    yield from _more(placements)


def _heuristic(run: OpenRun, data: dict[str, Any]) -> Iterator[str]:
    heuristic = Heuristic.model_validate(data["heuristic"])
    predicate = heuristic.predicate
    yield f"{predicate.words(run.space)} ({predicate.text}) {heuristic.direction} {heuristic.metric}"
    yield f"scope: {heuristic.scope.text}; {heuristic.origin}, born in round {heuristic.born_round}"
    yield f"evidence: {heuristic.evidence.words(heuristic.metric)}"


def _story(run: OpenRun, data: dict[str, Any]) -> Iterator[str]:
    yield f"by {data['author']}"
    for hash_, missed in list(data["surprises"].items())[:MOST]:
        yield f"a surprise: {_named(run, hash_)}, {missed:+.1f} points against what was foreseen"
    for reason in data["refused"][:MOST]:
        yield f"refused a rule: {reason}"


def _llm(run: OpenRun, data: dict[str, Any]) -> Iterator[str]:
    yield f"asked by {data['agent']}"
    yield str(data.get("error") or data["text"])


def _directive(run: OpenRun, data: dict[str, Any]) -> Iterator[str]:
    yield f"by {data['author']}, via {data['via']}"


def _question(run: OpenRun, data: dict[str, Any]) -> Iterator[str]:
    yield f"about: {data['topic']}"
    yield from (f"{id_}: {words}" for id_, words in data["options"].items())


_TELLERS: Final[dict[str, Callable[[OpenRun, dict[str, Any]], Iterator[str]]]] = {
    Kind.STARTED: _started,
    Kind.PLAN: _plan,
    Kind.PROPOSALS: _proposals,
    Kind.SCREENED: _screened,
    Kind.EVALUATION: _evaluation,
    Kind.ARCHIVED: _archived,
    Kind.HEURISTIC: _heuristic,
    Kind.STORY: _story,
    Kind.LLM: _llm,
    Kind.DIRECTIVE: _directive,
    Kind.QUESTION: _question,
}


def _candidate(run: OpenRun, candidate: Candidate, *, named: bool = True) -> str:
    """A candidate with how it came to be and why."""
    words = f"{_title(run, candidate.text)}, " if named else ""
    words += f"by {OPERATORS[candidate.operator].words}"
    if candidate.parents:
        words += f" of {', '.join(_named(run, each) for each in candidate.parents)}"
    if candidate.target is not None:
        words += f", for '{run.niche_words[candidate.target]}'"
    if candidate.cited:
        words += f", after {', '.join(candidate.cited)}"
    return words + (f": {candidate.rationale}" if candidate.rationale else "")


def _title(run: OpenRun, text: str) -> str:
    return run.space.title(run.space.parse(text))


def _named(run: OpenRun, hash_: str) -> str:
    candidate = run.state.candidates.get(hash_)
    return hash_[:8] if candidate is None else _title(run, candidate.text)


def _more(things: Any) -> Iterator[str]:
    if len(things) > MOST:
        yield f"and {len(things) - MOST} more"
