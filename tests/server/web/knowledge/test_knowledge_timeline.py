"""The timeline in words, and the whole base as Markdown: every act of a person can be found and undone there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from illuminas.agents.steering import steer
from illuminas.memory.directives import AddHeuristic, PinHeuristic, RetireHeuristic, RewordHeuristic, Undo
from illuminas.memory.knowledge_history import KnowledgeHistory
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder
from illuminas.server.report.knowledge import knowledge_markdown
from illuminas.server.report.markdown import plain
from illuminas.server.web.knowledge.timeline_panel import moment_rows

Read = tuple[Run, KnowledgeHistory]

HOSTILE = "<script>alert(1)</script> | [x](javascript:y) `z` *w* $a$"


@pytest.fixture
def steered(done: Read, tmp_path: Path) -> Iterator[Read]:
    """The run, after people pinned, reworded, retired and added rules, and took two of these back."""
    folder = RunFolder(tmp_path / done[0].id)
    shutil.copytree(done[0].folder.path, folder.path)
    first, second = list(done[1].as_of())[:2]
    acts = (
        PinHeuristic(heuristic=first, reason="it is well known"),
        RewordHeuristic(heuristic=first, text=HOSTILE),
        RetireHeuristic(heuristic=second, reason="not our chip"),
        AddHeuristic(predicate="pools >= 4", direction="lowers", reason="a hunch"),
        Undo(directive=3),
        PinHeuristic(heuristic=first),  # it is pinned already
        Undo(directive=4),
    )
    for act in acts:
        steer(folder, act, author="ann", via="web")
    run, history = Run(folder).refresh(), KnowledgeHistory()
    history.extend(run.log.read())
    yield run, history
    run.close()


def test_every_act_of_a_person_is_there_with_reason_and_what_took_it_back(steered: Read) -> None:
    rows = moment_rows(steered[1], steered[1].moments, may_undo=True)
    people = [row for row in rows if row["number"]]
    assert [row["number"] for row in people] == [7, 5, 4, 3, 2, 1, 6]  # what changed nothing comes after what did
    by_number = {row["number"]: row for row in people}
    assert by_number[1]["why"].endswith("because it is well known")
    assert by_number[4]["why"].endswith("because a hunch") and by_number[4]["what"] == "born"
    assert {number for number, row in by_number.items() if row["undo"]} == {1, 2, 5, 6, 7}
    assert by_number[3]["undone"] == "undone by directive 5" and by_number[4]["undone"] == "undone by directive 7"
    assert by_number[6]["what"] == "changed nothing"
    assert by_number[5]["what"] in (
        "open again",
        "brought back as active",
    )  # what the data say of it, not news of theirs
    assert all(row["who"] == "ann, via web" for row in people)
    assert not any(row["undo"] for row in moment_rows(steered[1], steered[1].moments, may_undo=False))


def test_the_search_says_why_too_and_the_newest_is_on_top(done: Read) -> None:
    rows = moment_rows(done[1], done[1].moments, may_undo=True)
    assert len(rows) == len(done[1].moments)
    rounds = [row["round"] for row in rows]
    assert rounds == sorted(rounds, reverse=True)
    assert all(row["why"].startswith("found with ") for row in rows if row["change"] == "born")
    assert len({row["key"] for row in rows}) == len(rows)


def test_as_markdown_the_base_tells_each_rule_with_evidence_and_nothing_in_it_is_markup(steered: Read) -> None:
    text = knowledge_markdown(*steered)
    for heuristic in steered[1].as_of().values():
        assert f"### {heuristic.id}: " in text
        assert plain(heuristic.evidence.words(heuristic.objective)) in text
    assert not re.search(r"(?<!\\)(<|\]\()", re.sub(r"(?<!\\)`[^`]*`", "", text))
    assert plain(HOSTILE) in text
    assert "pinned by ann" in text and "because a hunch" in text


def test_as_markdown_an_earlier_round_knows_nothing_of_later_ones(done: Read) -> None:
    early = knowledge_markdown(*done, 5)
    assert set(re.findall(r"^### (h-\w+):", early, flags=re.MULTILINE)) == set(done[1].as_of(5))
    assert max(map(int, re.findall(r"^### Round (\d+)", early, flags=re.MULTILINE))) <= 5
    assert "Nothing has happened yet." in knowledge_markdown(*done, 0)


def test_what_a_text_may_hold_is_the_same_to_read_and_nothing_to_interpret() -> None:
    assert plain("conv3 >= 2\n# not a heading") == r"conv3 \>= 2 # not a heading"
    assert re.sub(r"\\(.)", r"\1", plain(HOSTILE)) == HOSTILE
