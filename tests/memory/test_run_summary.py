"""A summary says what the whole log says, at any moment of a run."""

from __future__ import annotations

from pathlib import Path

from illuminas.memory.events import EventLog
from illuminas.memory.kinds import (
    DirectiveGiven,
    EvaluationMade,
    RoundArchived,
    RoundEnded,
    RoundReviewed,
    RunEnded,
    SessionBegan,
)
from illuminas.memory.run_summary import RunSummary, run_summary
from illuminas.memory.runs import RunFolder, open_state, run_status


def test_a_summary_says_what_the_whole_log_says_wherever_it_is_cut_off(recorded_run: RunFolder, tmp_path: Path) -> None:
    place = RunFolder(tmp_path / recorded_run.id)
    source, log = EventLog(recorded_run.log, read_only=True), EventLog(place.log)
    compared = []
    for number, event in enumerate(source.read()):
        log.append(event.data, round=event.round, key=event.key)
        if isinstance(event.data, EvaluationMade | RoundArchived | RoundEnded | RunEnded) or number < 4:
            compared.append(run_summary(place))
            assert compared[-1] == _of_the_whole_log(place)
    assert compared[-1].evaluations == 101 and compared[-1].state == "finished"
    assert len({each.best for each in compared}) > 5

    # it goes on with a larger budget, and what a person does meanwhile takes none of its time
    log.append(SessionBegan(caps={"evaluations": 200, "seconds": None, "tokens": None}))
    log.append(RoundReviewed(text="more", author="statistics"), round=16)
    log.append(DirectiveGiven(directive={"kind": "pause"}, author="ann", via="web", words="pause"))
    assert run_summary(place) == _of_the_whole_log(place)
    assert run_summary(place).budget == 200
    log.close()
    source.close()


def _of_the_whole_log(run: RunFolder) -> RunSummary:
    view = open_state(run)
    config = view.started.config
    return RunSummary(
        run_id=run.id,
        state=run_status(run, view),
        reason=view.ended or "",
        **{name: config[name] for name in ("mode", "space", "dataset", "device")},
        llm=view.started.llm.name,
        evaluations=len(view.evaluations),
        budget=int(view.caps.get("evaluations") or config["evaluations"]),
        objectives=[each.name for each in view.objectives],
        best=view.best.objectives["accuracy"] if view.best else None,
        hypervolume=view.figures[-1].hypervolume if view.figures else None,
        began=view.began,
        seconds=round(view.seconds, 2),
    )
