"""A dossier shows the very architectures from which the critic computed an effect, and what became of the cited."""

from __future__ import annotations

import pytest

from illuminas.memory.archive import Placement, PlacementStatus
from illuminas.memory.candidate import Candidate, Operator
from illuminas.memory.evidence import Record, measure
from illuminas.memory.heuristics import Heuristic, Scope
from illuminas.memory.knowledge_history import KnowledgeHistory
from illuminas.memory.predicates import Condition, Predicate
from illuminas.memory.run import Run
from illuminas.memory.state import RunState
from illuminas.server.services.knowledge.dossier import Fate, Period, citations, dossier, witnesses
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.objectives import ACCURACY

Read = tuple[Run, KnowledgeHistory]


def test_its_witnesses_are_those_that_made_its_evidence_whatever_the_round(done: Read) -> None:
    run, history = done
    checked = 0
    for round in (None, *range(run.state.round + 1)):
        for id_, heuristic in history.as_of(round).items():
            found = dossier(run, history, id_, round)
            by_hash = {record.hash: record for record in run.records(heuristic.objective.name)}
            counted = [by_hash[w.hash] for w in found.witnesses if w.period is Period.EVIDENCE]
            assert measure(heuristic.predicate, counted, direction=heuristic.direction) == heuristic.evidence
            assert len(found.side(holds=True)) == heuristic.evidence.n_with
            checked += heuristic.evidence.n > 0
    assert checked > 10


def test_what_was_known_at_its_birth_and_what_came_since_count_for_nothing(done: Read) -> None:
    run, history = done
    id_, heuristic = next(
        (id_, each) for id_, each in history.as_of().items() if each.evidence.n and each.scope.niche is None
    )
    found = dossier(run, history, id_)
    assert found.judged_in is not None
    for witness in found.witnesses:
        expected = Period.EVIDENCE if heuristic.born_round < witness.round <= found.judged_in else Period.SINCE
        assert witness.period is (Period.BEFORE if witness.round <= heuristic.born_round else expected)
    assert {w.period for w in found.witnesses} >= {Period.BEFORE, Period.EVIDENCE}
    assert len(found.witnesses) == len(run.state.successes)


def test_of_a_rule_for_one_niche_only_that_niche_is_witness() -> None:
    predicate = Predicate(conditions=(Condition(feature="conv3", op=">=", value=1),))
    scope = Scope(niche="one 3x3")
    rule = Heuristic(
        text="x",
        predicate=predicate,
        direction="raises",
        origin="mined",
        scope=scope,
        born_round=1,
        objective=ACCURACY.of(),
    )
    records = [
        Record(hash=niche, features={"conv3": 1}, value=60.0, round=round, niche=niche)
        for round, niche in enumerate(("two 3x3", "one 3x3", "three 3x3"), start=2)
    ]
    assert [(each.hash, each.period) for each in witnesses(rule, records, 3)] == [("one 3x3", Period.EVIDENCE)]
    assert [each.period for each in witnesses(rule, records, None)] == [Period.SINCE]


@pytest.fixture
def cited() -> RunState:
    """Candidates that cite the rule h-1, one of every fate, and one that does not."""
    state = RunState()
    state.objectives = (ACCURACY.of(),)
    fates = {
        "kept": (Status.OK, PlacementStatus.NEW),
        "displaced": (Status.OK, PlacementStatus.IMPROVED),
        "out": (Status.OK, PlacementStatus.REJECTED),
        "dead": (Status.TIMEOUT, PlacementStatus.FAILED),
        "waiting": (None, None),
        "screened": (None, None),
        "stranger": (Status.OK, PlacementStatus.REJECTED),
    }
    for accuracy, (hash_, (status, placed)) in enumerate(fates.items(), start=50):
        state.candidates[hash_] = Candidate(
            hash=hash_,
            text=hash_,
            operator=Operator.MUTATE,
            cited=() if hash_ == "stranger" else ("h-0", "h-1"),
            chosen_for="" if hash_ == "screened" else "chance",
        )
        if status is not None and placed is not None:
            state.evaluations[hash_] = Evaluation(
                space="nb201",
                hash=hash_,
                text=hash_,
                dataset="toy",
                fidelity="table",
                status=status,
                objectives={"accuracy": float(accuracy)} if status is Status.OK else {},
            )
            state.evaluated_in[hash_] = 3
            state.placements.append(Placement(hash=hash_, status=placed, niche=0))
    state.kept[0] = ["kept"]
    return state


def test_every_cited_candidate_says_what_became_of_it_those_that_went_furthest_first(cited: RunState) -> None:
    found = citations(cited, "h-1", str.upper, frozenset({"kept"}))
    assert [(each.words, each.fate) for each in found] == [
        ("KEPT", Fate.KEPT),
        ("DISPLACED", Fate.DISPLACED),
        ("OUT", Fate.KEPT_OUT),
        ("DEAD", Fate.FAILED),
        ("WAITING", Fate.WAITING),
        ("SCREENED", Fate.SCREENED_OUT),
    ]
    assert [each.hash for each in found if each.on_front] == ["kept"]
    assert [each.round for each in found] == [3, 3, 3, 3, None, None]
    assert not citations(cited, "h-2", str.upper, frozenset())


def test_where_it_was_applied_is_said_in_one_sentence(done: Read, cited: RunState) -> None:
    run, history = done
    plain = dossier(run, history, next(iter(history.as_of())))._replace(citations=[], guided=[])
    assert plain.cited_words == "cited by no candidate yet"
    assert plain._replace(guided=[4]).cited_words == "applied by the plans of 1 round, cited by no candidate yet"
    found = citations(cited, "h-1", str.upper, frozenset({"kept"}))
    assert plain._replace(citations=found, guided=[4, 5]).cited_words == (
        "applied by the plans of 2 rounds; cited by 6: 1 in the archive, 1 was in the archive, 1 no better than its "
        "niche, 1 failed, 1 not evaluated yet, 1 not chosen for evaluation; 1 on the front"
    )
