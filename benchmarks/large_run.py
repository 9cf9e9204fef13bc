"""How long a large run takes to open: a made-up log of 10,000 candidates and 1,000 heuristics.

python benchmarks/large_run.py

The log is written by this file, not by a search; its networks are real ones of the code space, its accuracies follow
from their depth and a draw.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from illuminas.agents.archivist import ARCHIVES
from illuminas.agents.config import SearchConfig
from illuminas.memory.candidate import Candidate, Operator
from illuminas.memory.events import EventLog
from illuminas.memory.evidence import Evidence
from illuminas.memory.heuristics import Heuristic, HeuristicStatus
from illuminas.memory.kinds import Kind
from illuminas.memory.knowledge import as_of
from illuminas.memory.ledger import CHANGE_TO, Change
from illuminas.memory.metrics import Reference, hypervolume
from illuminas.memory.partitions import PartitionContext, make_partition, structure
from illuminas.memory.predicates import Condition, Predicate
from illuminas.memory.runs import RunFolder, open_view
from illuminas.memory.view import RoundFigures, RunView
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.messages import TaskDescription
from illuminas.tools.spaces import NetworkShape, get_space

BATCH = 10
SHAPE = NetworkShape(image_size=16, in_channels=1)


def write_large_run(folder: Path, *, candidates: int = 10_000, heuristics: int = 1_000, seed: int = 0) -> RunFolder:
    """A run that is made up, in a folder of its own."""
    run = RunFolder(folder)
    folder.mkdir(parents=True)
    run.lock.touch()
    log = EventLog(run.log)
    with log.together():
        _write(log, candidates, heuristics, np.random.default_rng(seed))
    log.close()
    return run


def _write(log: EventLog, candidates: int, heuristics: int, rng: np.random.Generator) -> None:
    space = get_space("code")
    config = SearchConfig(mode="llmatic", space="code", device="local", llm="none", evaluations=candidates)
    partition = make_partition(config.partition, PartitionContext(space=space, shape=SHAPE, latencies={}))
    task = TaskDescription(dataset="made-up", fidelity="train:4", shape=SHAPE, chance_accuracy=10.0, proxies=[])
    reference = Reference(accuracy=10.0, latency=20.0)
    log.append(
        Kind.STARTED,
        {
            "config": {**config.model_dump(mode="json"), "dataset": "made-up"},
            "version": "made-up",
            "llm": {"name": "none", "profile": "none"},
            "task": task.model_dump(mode="json"),
            "sandbox": None,
            "instructions": {},
        },
        key="started",
    )
    log.append(Kind.SESSION, {"caps": {"evaluations": candidates, "seconds": None, "tokens": None}})
    places = {"partition": partition.model_dump(mode="json"), "reference": reference.model_dump(mode="json")}
    log.append(Kind.PARTITION, places, key="partition")
    archive = ARCHIVES["elites"](partition)
    view = RunView.of(log)
    known: list[str] = []
    rounds = candidates // BATCH
    for round in range(1, rounds + 1):
        plan = {"round": round, "focus": [], "items": [], "heuristics": {}, "batch": BATCH}
        log.append(Kind.PLAN, {**plan, "reason": "made up", "author": "statistics"}, round=round, key=f"plan:{round}")
        chosen, evaluations, placements, latencies = [], [], [], {}
        parent = space.parse(view.candidates[known[int(rng.integers(len(known)))]].text) if known else None
        edits = space.edits(parent) if parent is not None else []
        while len(chosen) < BATCH:
            fresh = not edits or rng.random() < 0.3
            architecture = space.random(rng) if fresh else edits[int(rng.integers(len(edits)))].result
            if architecture.hash in view.candidates or architecture.hash in latencies:
                continue
            built = structure(space, SHAPE, architecture)
            accuracy = float(np.clip(40 + 6 * np.log(float(built["depth"]) + 1) + rng.normal(0, 9), 5, 99))
            latencies[architecture.hash] = float(built["macs"]) / 4e6 + 0.1
            status = Status.OK if rng.random() > 0.05 else Status.TIMEOUT
            made = Candidate(
                hash=architecture.hash,
                text=architecture.text,
                operator=Operator.RANDOM if fresh else Operator.MUTATE,
                parents=() if fresh or parent is None else (parent.hash,),
                expected=accuracy + float(rng.normal(0, 4)),
                chosen_for="chance",
            )
            evaluation = Evaluation(
                space="code",
                hash=architecture.hash,
                text=architecture.text,
                dataset="made-up",
                fidelity="train:4",
                status=status,
                val_accuracy=accuracy if status is Status.OK else None,
                seconds=float(rng.gamma(2, 2)),
                epochs=4,
                reason="" if status is Status.OK else "killed after 120 s",
            )
            chosen.append(made)
            evaluations.append(evaluation)
            niche = partition.niche_of(built)
            placements.append(
                archive.add(architecture.hash, evaluation.val_accuracy, niche, latencies[architecture.hash])
            )
        counts = {"random": 3, "mutate": 7}
        pool = {"counts": counts, "candidates": [], "items": [], "silent": [], "turned_down": 0, "misses": []}
        log.append(Kind.PROPOSALS, pool, round=round)
        screened = {
            "chosen": [each.model_dump(mode="json") for each in chosen],
            "proxies": {},
            "latencies": latencies,
            "refused": {},
            "measured": {},
        }
        log.append(Kind.SCREENED, screened, round=round, key=f"screened:{round}")
        for evaluation in evaluations:
            log.append(Kind.EVALUATION, evaluation.model_dump(mode="json"), round=round)
            known += [evaluation.hash] if evaluation.status is Status.OK else []
        log.append(Kind.ARCHIVED, {"placements": [each.model_dump(mode="json") for each in placements]}, round=round)
        for number in range(heuristics * (round - 1) // rounds, heuristics * round // rounds):
            _write_heuristic(log, number, round, rng)
        log.append(Kind.STORY, {"text": f"Round {round}, made up.", "author": "statistics"}, round=round)
        for event in log.read(after=view.cursor):
            view.apply(event)
        stats, best = archive.stats(), view.best
        figures = RoundFigures(
            round=round,
            evaluations=len(view.evaluations),
            failures=len(view.failures),
            filled=stats.filled,
            coverage=stats.coverage,
            qd_score=stats.qd_score,
            hypervolume=hypervolume(view.front, reference),
            best=best.hash if best else None,
            best_accuracy=best.val_accuracy if best else None,
            shares={Operator.RANDOM: 0.3, Operator.MUTATE: 0.7},
        )
        log.append(Kind.ROUND, figures.model_dump(mode="json"), round=round, key=f"round:{round}")
    log.append(Kind.ENDED, {"reason": f"all {candidates} evaluations are made"}, round=rounds)


def _write_heuristic(log: EventLog, number: int, round: int, rng: np.random.Generator) -> None:
    """One that is born, and most often judged."""
    names = sorted(get_space("code").feature_docs)
    conditions = tuple(
        Condition(feature=names[int(rng.integers(len(names)))], op=">=", value=number + offset) for offset in (1, 2)
    )
    effect = float(rng.normal(0, 2))
    born = Heuristic(
        text=f"made-up rule {number}",
        predicate=Predicate(conditions=conditions),
        direction="raises",
        origin="mined",
        born_round=round,
        since=round,
    )
    data = {"change": Change.BORN.value, "heuristic": born.model_dump(mode="json")}
    log.append(Kind.HEURISTIC, data, round=round, key=f"heuristic:{born.id}:born")
    status = list(HeuristicStatus)[int(rng.integers(len(HeuristicStatus) - 1))]
    if status is HeuristicStatus.PROPOSED:
        return
    evidence = Evidence(n_with=12, n_without=14, effect=effect, low=effect - 1.5, high=effect + 1.5, spread=4.0, p=0.03)
    judged = born.model_copy(update={"evidence": evidence, "status": status, "since": round + 1, "reason": "made up"})
    data = {"change": CHANGE_TO[status].value, "heuristic": judged.model_dump(mode="json")}
    log.append(Kind.HEURISTIC, data, round=round, key=f"heuristic:{born.id}:{round}:judged")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--heuristics", type=int, default=1_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        run = write_large_run(Path(folder) / "large", candidates=options.candidates, heuristics=options.heuristics)
        print(f"written in {time.perf_counter() - began:.1f} s, {run.log.stat().st_size / 1e6:.1f} MB")
        began = time.perf_counter()
        view = open_view(run)
        print(f"view of {len(view.evaluations)} evaluations in {time.perf_counter() - began:.2f} s")
        began = time.perf_counter()
        front = view.front
        print(f"front of {len(front)} in {time.perf_counter() - began:.3f} s")
        log = EventLog(run.log, read_only=True)
        began = time.perf_counter()
        print(f"{len(as_of(log))} heuristics in {time.perf_counter() - began:.2f} s")
        log.close()
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
