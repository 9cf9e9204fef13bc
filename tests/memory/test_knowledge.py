"""The knowledge base: a view of the event log that survives crashes, is searched by meaning and tells its story."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from illuminas.memory.events import EventLog
from illuminas.memory.evidence import Record
from illuminas.memory.heuristics import Heuristic, HeuristicStatus, Scope
from illuminas.memory.knowledge import Change, KnowledgeBase, as_of, changes, diff, history
from illuminas.memory.predicates import parse_predicate
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import ACCURACY, get_objective
from illuminas.tools.spaces import get_space

LATENCY = get_objective("latency:local")

SPACE = get_space("nb201")
ACTIVE, PROPOSED, RETIRED = HeuristicStatus.ACTIVE, HeuristicStatus.PROPOSED, HeuristicStatus.RETIRED


def rule(text: str, direction: str = "raises", **changes: object) -> Heuristic:
    predicate = parse_predicate(text, SPACE)
    words = f"{'Higher' if direction == 'raises' else 'Lower'} validation accuracy: {predicate.words(SPACE)}"
    fields = {"text": words, "predicate": predicate, "direction": direction, "origin": "critic"}
    return Heuristic.model_validate({"objective": ACCURACY.of(), **fields, **changes})


CONV3 = rule("conv3 >= 2")
POOLS = rule("pool_first == true", "lowers")
SKIP = rule("has_residual == true")
WRONG = rule("conv3 >= 2", "lowers")


def evaluations(rounds: range, *, each: int = 20, niche: str | None = None) -> list[Record]:
    """Random cells: 60, plus 8 with two 3x3 convolutions, and noise of 2."""
    made = []
    for round in rounds:
        rng = np.random.default_rng(round)
        for i in range(each):
            features = SPACE.features(SPACE.random(rng))
            value = 60 + 8 * CONV3.predicate.holds(features) + rng.normal(0, 2)
            made.append(Record(hash=f"{round}-{i}", features=features, value=value, round=round, niche=niche))
    return made


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    log = EventLog(tmp_path / "events.sqlite")
    yield log
    log.close()


@pytest.fixture
def base(tmp_path: Path, log: EventLog) -> Iterator[KnowledgeBase]:
    base = KnowledgeBase(log)
    yield base
    base.close()


def written(log: EventLog) -> list[tuple[str, int, Change]]:
    return [(change.heuristic.id, change.round, change.change) for change in changes(log)]


def test_a_proposal_is_written_once_and_born_in_its_round(base: KnowledgeBase, log: EventLog) -> None:
    [born] = base.propose([CONV3], 3)
    assert (born.born_round, born.status) == (3, PROPOSED)
    assert base.propose([CONV3], 3) == [born], "the same call after a crash answers the same"
    assert base.propose([CONV3.model_copy(update={"text": "again"})], 5) == [], "a known rule is not born again"
    assert written(log) == [(CONV3.id, 3, Change.BORN)]
    assert base.all() == [born] == list(as_of(log).values())


def test_a_true_rule_becomes_active_and_a_false_one_is_retired(base: KnowledgeBase, log: EventLog) -> None:
    base.propose([CONV3, WRONG], 0)
    first = base.judge(evaluations(range(1, 3)), 2, objective=ACCURACY.of())
    assert {c.heuristic.id: c.change for c in first} == {
        CONV3.id: Change.ACTIVATED,
        WRONG.id: Change.CONTRADICTED,
    }
    second = base.judge(evaluations(range(1, 4)), 3, objective=ACCURACY.of())
    assert {c.heuristic.id: c.change for c in second} == {CONV3.id: Change.MEASURED, WRONG.id: Change.RETIRED}
    assert base.get(WRONG.id).status is RETIRED
    assert base.propose([WRONG], 4) == [], "what is retired does not come back"
    assert base.counts() == dict.fromkeys(HeuristicStatus, 0) | {ACTIVE: 1, RETIRED: 1}
    assert [(c.round, c.change) for c in history(log, WRONG.id)] == [
        (0, Change.BORN),
        (2, Change.CONTRADICTED),
        (3, Change.RETIRED),
    ]


def test_judging_a_round_twice_writes_one_event_a_rule(base: KnowledgeBase, log: EventLog, tmp_path: Path) -> None:
    base.propose([CONV3, WRONG, POOLS], 0)
    told = base.judge(evaluations(range(1, 3)), 2, objective=ACCURACY.of())
    before = written(log)
    assert base.judge(evaluations(range(1, 3)), 2, objective=ACCURACY.of()) == told
    assert KnowledgeBase(log).judge(evaluations(range(1, 3)), 2, objective=ACCURACY.of()) == told
    assert written(log) == before


def test_a_run_cut_off_while_judging_ends_as_an_uninterrupted_one(tmp_path: Path) -> None:
    def play(name: str, *, cut: bool) -> list[tuple[str, int, Change]]:
        log = EventLog(tmp_path / f"{name}.sqlite")
        base = KnowledgeBase(log)
        negated = rule("conv3 <= 1", "lowers")
        base.propose([CONV3, WRONG, POOLS, negated], 0)
        for round in range(1, 6):
            if cut:
                _judge_and_die(log, round)
                base = KnowledgeBase(log)
            base.judge(evaluations(range(1, round + 1), each=8), round, objective=ACCURACY.of())
        told = sorted(written(log))
        log.close()
        return told

    def _judge_and_die(log: EventLog, round: int) -> None:
        """Write the first of the round's events only."""
        append, budget = log.append, [1]

        def stop(*args: object, **kwargs: object) -> object:
            if not budget:
                raise KeyboardInterrupt
            budget.pop()
            return append(*args, **kwargs)  # type: ignore[arg-type]

        log.append = stop  # type: ignore[method-assign,assignment]
        try:
            KnowledgeBase(log).judge(evaluations(range(1, round + 1), each=8), round, objective=ACCURACY.of())
        except KeyboardInterrupt:
            pass
        finally:
            log.append = append  # type: ignore[method-assign]

    whole = play("whole", cut=False)
    assert {change for _, _, change in whole} >= {Change.ACTIVATED, Change.RETIRED, Change.SUPERSEDED}
    assert play("cut", cut=True) == whole


def test_evidence_alone_is_written_only_once_it_has_grown_by_a_quarter(base: KnowledgeBase, log: EventLog) -> None:
    base.propose([CONV3], 0)
    data = evaluations(range(1, 3))
    base.judge(data, 2, objective=ACCURACY.of())
    few = [r._replace(round=3) for r in evaluations(range(3, 4), each=9)]
    assert base.judge(data + few, 3, objective=ACCURACY.of()) == []
    more = data + few + evaluations(range(4, 5), each=9)
    assert [change.change for change in base.judge(more, 4, objective=ACCURACY.of())] == [Change.MEASURED]
    assert base.get(CONV3.id).evidence.n == 58


def test_a_superseded_rule_is_judged_again_when_its_superior_falls(base: KnowledgeBase) -> None:
    same = rule("conv3 <= 1", "lowers")
    base.propose([CONV3], 0)
    base.judge(evaluations(range(1, 3)), 2, objective=ACCURACY.of())
    base.propose([same], 2)
    told = base.judge(evaluations(range(1, 5)), 4, objective=ACCURACY.of())
    assert {c.heuristic.superseded_by for c in told if c.change is Change.SUPERSEDED} <= {CONV3.id, same.id}
    [loser] = [h for h in base.all() if h.status is HeuristicStatus.SUPERSEDED]
    [winner] = [h for h in base.all() if h.status is ACTIVE]
    assert loser.superseded_by == winner.id
    upside_down = [r if r.round <= 4 else r._replace(value=120 - r.value) for r in evaluations(range(1, 13))]
    base.judge(upside_down, 12, objective=ACCURACY.of())
    assert base.get(winner.id).status is not ACTIVE
    assert base.get(loser.id).status is not HeuristicStatus.SUPERSEDED
    assert base.get(loser.id).superseded_by is None


def test_metrics_are_judged_apart(base: KnowledgeBase) -> None:
    slow = rule("conv3 >= 2", objective=LATENCY)
    base.propose([CONV3, slow], 0)
    base.judge(evaluations(range(1, 3)), 2, objective=LATENCY)
    assert (base.get(slow.id).status, base.get(CONV3.id).status) == (ACTIVE, PROPOSED)


def test_a_paraphrase_finds_the_rule(base: KnowledgeBase) -> None:
    base.propose([CONV3, POOLS, SKIP], 1)
    assert base.search("use more convolution kernels", k=1) == [base.get(CONV3.id)]
    assert base.search("pooling layers at the start hurt", k=1) == [base.get(POOLS.id)]
    assert base.search("residual shortcut", k=1) == [base.get(SKIP.id)]
    assert len(base.search("residual shortcut", k=9)) == 3


def test_active_rules_come_first_and_retired_ones_only_on_demand(base: KnowledgeBase) -> None:
    base.propose([CONV3, SKIP, WRONG], 0)
    base.judge(evaluations(range(1, 3)), 2, objective=ACCURACY.of())
    base.judge(evaluations(range(1, 4)), 3, objective=ACCURACY.of())
    found = base.search("residual shortcut from input to output", k=3)
    assert [h.id for h in found] == [CONV3.id, SKIP.id]
    assert [h.id for h in base.search("convolutions", statuses=[RETIRED])] == [WRONG.id]
    assert base.search("convolutions", statuses=[HeuristicStatus.SUPERSEDED]) == []


def test_a_rule_of_a_niche_is_found_in_its_niche_only(base: KnowledgeBase) -> None:
    small = rule("conv3 >= 1", scope=Scope(niche="small"))
    large = rule("conv3 >= 3", scope=Scope(niche="large"))
    base.propose([CONV3, small, large], 1)
    assert {h.id for h in base.search("convolutions", niche="small")} == {CONV3.id, small.id}
    assert {h.id for h in base.search("convolutions", niche="other")} == {CONV3.id}
    assert {h.id for h in base.search("convolutions")} == {CONV3.id, small.id, large.id}


def test_nothing_is_found_in_an_empty_base(base: KnowledgeBase) -> None:
    assert base.search("anything") == []
    assert base.judge(evaluations(range(1, 2)), 1, objective=ACCURACY.of()) == []


def test_what_was_written_before_a_crash_is_found_after_it(tmp_path: Path, log: EventLog) -> None:
    first = KnowledgeBase(log)
    first.propose([CONV3], 1)
    assert first.search("convolutions") != []
    first.propose([SKIP], 2)  # in the log, and never in the index: no search, no close
    first.judge(evaluations(range(2, 5)), 4, objective=ACCURACY.of())
    second = KnowledgeBase(log)
    assert second.search("residual shortcut", k=1, statuses=[PROPOSED]) == [second.get(SKIP.id)]
    assert [h.id for h in second.search("convolutions", statuses=[ACTIVE])] == [CONV3.id]
    second.close()
    second.close()


def test_two_knowledge_bases_of_a_process_are_searched_apart(tmp_path: Path, base: KnowledgeBase) -> None:
    other_log = EventLog(tmp_path / "other.sqlite")
    other = KnowledgeBase(other_log)
    other.propose([SKIP, POOLS], 1)
    base.propose([CONV3], 1)
    assert {h.id for h in other.search("residual shortcut")} == {SKIP.id, POOLS.id}
    assert [h.id for h in base.search("residual shortcut")] == [CONV3.id]
    other.close()
    assert [h.id for h in base.search("residual shortcut")] == [CONV3.id]
    other_log.close()


def test_what_another_process_writes_to_the_log_is_seen(base: KnowledgeBase, log: EventLog, tmp_path: Path) -> None:
    base.propose([CONV3], 1)
    base.search("x")
    theirs = EventLog(log.path)
    KnowledgeBase(theirs).propose([rule("has_residual == true", origin="user")], 1)
    theirs.close()
    assert [h.id for h in base.search("residual shortcut", k=1)] == [SKIP.id]


def test_an_id_may_be_shortened_and_an_unknown_one_names_the_nearest(base: KnowledgeBase, log: EventLog) -> None:
    base.propose([CONV3, SKIP, POOLS], 1)
    assert base.get(CONV3.id[:5]).id == CONV3.id
    assert base.get(CONV3.id[2:6]).id == CONV3.id
    assert history(log, CONV3.id[:5])[0].heuristic.id == CONV3.id
    with pytest.raises(IlluminasError, match="fits several"):
        base.get("h-")
    wrong = CONV3.id[:-1] + ("0" if CONV3.id[-1] != "0" else "1")
    with pytest.raises(IlluminasError, match=f"Did you mean '{CONV3.id}'"):
        base.get(wrong)


def test_the_story_is_told_round_by_round_from_the_log_alone(base: KnowledgeBase, log: EventLog) -> None:
    base.propose([CONV3, WRONG], 0)
    base.judge(evaluations(range(1, 3)), 2, objective=ACCURACY.of())
    base.propose([SKIP], 2)
    base.judge(evaluations(range(1, 4)), 3, objective=ACCURACY.of())
    assert list(as_of(log, 0)) == [CONV3.id, WRONG.id]
    assert as_of(log, 0)[CONV3.id].status is PROPOSED
    assert as_of(log, 2)[CONV3.id].status is ACTIVE
    assert as_of(log) == as_of(log, 3) == {h.id: h for h in base.all()}

    early = diff(as_of(log, 0), as_of(log, 2))
    assert [h.id for h in early.born] == [SKIP.id]
    assert [h.id for h in early.activated] == [CONV3.id]
    assert [h.id for h in early.contradicted] == [WRONG.id]
    late = diff(as_of(log, 2), as_of(log, 3))
    assert [h.id for h in late.retired] == [WRONG.id]
    assert CONV3.id in {h.id for h in late.measured}
    assert not late.born
    assert diff({}, as_of(log)).born == tuple(base.all())
    assert diff(as_of(log), as_of(log)) == diff({}, {})
    assert [h.id for h in diff(as_of(log, 2), as_of(log, 0)).reopened] == [CONV3.id, WRONG.id]


def test_readers_of_the_log_need_no_chroma(base: KnowledgeBase, log: EventLog) -> None:
    base.propose([CONV3], 1)
    program = f"""
import sys
from pathlib import Path
from illuminas.memory.events import EventLog
from illuminas.memory.knowledge import as_of, history
log = EventLog(Path({str(log.path)!r}), read_only=True)
print(*as_of(log), len(history(log, {CONV3.id!r})))
heavy = sorted(m for m in ("chromadb", "wordllama", "scipy", "torch", "sklearn") if m in sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [CONV3.id, "1"], "")


def test_a_dead_process_loses_nothing_it_wrote(tmp_path: Path) -> None:
    program = f"""
import os, signal
from pathlib import Path
from illuminas.memory.events import EventLog
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.knowledge import KnowledgeBase
base = KnowledgeBase(EventLog(Path({str(tmp_path / "log.sqlite")!r})))
base.propose([Heuristic.model_validate_json({CONV3.model_dump_json()!r})], 1)
base.search("convolutions")
base.propose([Heuristic.model_validate_json({SKIP.model_dump_json()!r})], 1)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (-9, "")
    log = EventLog(tmp_path / "log.sqlite")
    base = KnowledgeBase(log)
    assert {h.id for h in base.search("validation accuracy")} == {CONV3.id, SKIP.id}
    base.close()
    log.close()
