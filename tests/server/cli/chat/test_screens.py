"""What a person sees: text without tricks, pictures in letters, a prompt that takes several lines."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from illuminas.agents.chat.replies import (
    Asks,
    Bar,
    Barred,
    Called,
    Drawn,
    Failed,
    Point,
    Proposed,
    Reply,
    Said,
    Scattered,
    Tabled,
    Taken,
    Understood,
)
from illuminas.agents.chat.scene import Scene
from illuminas.memory.directives import Pause
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import DirectiveGiven, QuestionAsked, RoundReviewed
from illuminas.memory.runs import RunFolder
from illuminas.server.cli.chat.beginning import read_options
from illuminas.server.cli.chat.completing import CommandCompleter
from illuminas.server.cli.chat.drawing import HEIGHT, MARK, bars, scatter
from illuminas.server.cli.chat.following import Follower
from illuminas.server.cli.chat.screen import JsonScreen, TextScreen
from illuminas.server.cli.chat.session import Session
from illuminas.server.cli.chat.terminal import Terminal
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import ACCURACY

EVERY_REPLY: tuple[Reply, ...] = (
    Said(text="plain words"),
    Understood(commands=("/pause",), by="some model"),
    Called(tool="list_runs", arguments="", outcome="3 runs", seconds=0.1),
    Tabled(title="A table", columns=("=id", ">n"), rows=(("h-1", "2"),)),
    Scattered(title="Dots", x="ms", y="val %", marked="best", points=(Point(x=1, y=2, marked=True),)),
    Barred(title="Bars", bars=(Bar(label="one", value=3.0),)),
    Drawn(text="(0)─▶(1)"),
    Proposed(directive=Pause(), words="pause"),
    Taken(number=7, words="pause", obeyed="at once"),
    Asks(text="Go on?", options={"h-2": "a rule"}),
    Failed(text="no such niche"),
)


class Heard:
    """A screen that remembers."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.events: list[tuple[str, str]] = []

    def show(self, reply: Reply) -> None:
        self.replies.append(reply)

    def event(self, who: str, what: str) -> None:
        self.events.append((who, what))

    def message(self, text: str) -> None:
        self.events.append(("person", text))

    def done(self) -> None:
        self.events.append(("chat", "done"))


def test_a_text_screen_shows_every_kind_of_reply(capsys: pytest.CaptureFixture[str]) -> None:
    screen = TextScreen()
    for reply in EVERY_REPLY:
        screen.show(reply)
    shown = capsys.readouterr().out
    words = (
        "plain words",
        "/pause",
        "list_runs",
        "3 runs",
        "A table",
        "h-1",
        MARK,
        "one",
        "(0)─▶(1)",
        "/undo 7",
        "h-2: a rule",
    )
    assert [word for word in words if word not in shown] == []
    assert "\x1b" not in shown, "no colours where there is no terminal"


def test_a_json_screen_shows_every_kind_of_reply_as_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    screen = JsonScreen()
    for reply in EVERY_REPLY:
        screen.show(reply)
    kinds = [json.loads(line)["kind"] for line in capsys.readouterr().out.splitlines()]
    assert kinds == [reply.kind for reply in EVERY_REPLY]


def test_what_others_wrote_cannot_play_with_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    TextScreen().show(Said(text="\x1b[2J\x07a rule\u202e\n"))
    TextScreen().show(Tabled(title="\x1b]0;owned\x07", columns=("says",), rows=(("[red]\x1b[31mx",),)))
    shown = capsys.readouterr().out
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}
    assert "[red]" in shown, "brackets are text"


def test_a_scatter_plot_puts_points_where_they_belong() -> None:
    points = (Point(x=0, y=0), Point(x=10, y=100, marked=True))
    lines = scatter(Scattered(title="T", x="ms", y="val %", marked="front", points=points))
    field = lines[1 : HEIGHT + 1]
    assert field[0].endswith(MARK) and field[0].startswith("100 ")
    assert field[-1].split("│")[1] and not "".join(line.split("│")[1] for line in field[1:-1])
    assert lines[-2].split() == ["0", "ms", "10"]
    assert lines[-1] == f"   {MARK} front"


def test_what_lies_far_below_does_not_press_the_rest_together() -> None:
    points = (*(Point(x=x, y=90 + x / 10) for x in range(20)), Point(x=3, y=10), Point(x=0, y=80, marked=True))
    lines = scatter(Scattered(title="T", x="ms", y="val %", marked="front", points=points))
    assert lines[HEIGHT].lstrip().startswith("80 "), "what is marked is always there"
    assert lines[-1] == f"   {MARK} front   (1 far below are left out)"


def test_a_plot_of_one_point_or_none_is_drawn() -> None:
    one = Scattered(title="T", x="ms", y="val %", marked="", points=(Point(x=1, y=1),))
    assert len(scatter(one)) == HEIGHT + 3
    assert scatter(one.model_copy(update={"points": ()})) == ["T: nothing to show yet"]
    assert bars(Barred(title="B", bars=())) == ["B: nothing to show yet"]


def test_the_longest_bar_is_that_of_the_greatest_value() -> None:
    chart = Barred(title="B", bars=(Bar(label="a", value=1.0), Bar(label="b", value=3.0), Bar(label="c", value=None)))
    _, a, b, c = bars(chart)
    assert a.count("█") < b.count("█") and "█" not in c


def test_completion_offers_commands_and_then_what_they_take() -> None:
    scene = Scene(
        run="r",
        space_name="nb201",
        dataset="d",
        objectives=(ACCURACY.of(),),
        device_names=("table:x/fpga_ms",),
        niches={3: "three 3x3"},
    )
    completer = CommandCompleter(lambda: scene)

    def offered(text: str) -> list[str]:
        return [each.text for each in completer.get_completions(Document(text), CompleteEvent())]

    assert offered("/p") == ["/prefer", "/pause", "/pin", "/plot"]
    assert offered("/q") == ["/quit"]
    assert offered("/limit la") == ["latency"]
    assert offered("/limit latency 4 f") == ["fpga", "fpga_ms"]
    assert "three 3x3" in offered("/focus ")
    assert offered("only cells") == []


def typed(keys: str, home: Path) -> tuple[list[str | None], list[tuple[str, str]]]:
    """What a terminal makes of keys, and what it says meanwhile."""
    screen, messages = Heard(), []

    async def work(pipe: PipeInput) -> None:
        terminal = Terminal(screen, lambda: "round 3", lambda: None)
        pipe.send_text(keys)
        messages.append(await terminal.message())

    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        asyncio.run(work(pipe))
    return messages, screen.events


ENTER, ALT_ENTER, CTRL_C, CTRL_D = "\r", "\x1b\r", "\x03", "\x04"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (f"no pooling{ENTER}", "no pooling"),
        (f"conv3 32 |\\{ENTER}maxpool{ENTER}", "conv3 32 |\nmaxpool"),
        (f"one{ALT_ENTER}two{ENTER}", "one\ntwo"),
        (f"{ENTER}{ENTER}after nothing{ENTER}", "after nothing"),
        (CTRL_D, None),
        (f"half a mess{CTRL_C}whole{ENTER}", "whole"),
    ],
)
def test_a_terminal_takes_messages_of_one_or_several_lines(keys: str, message: str | None, home: Path) -> None:
    assert typed(keys, home) == ([message], [])


def test_ctrl_c_at_an_empty_prompt_hints_and_the_second_one_leaves(home: Path) -> None:
    messages, events = typed(f"{CTRL_C}{CTRL_C}", home)
    assert messages == [None]
    assert "Ctrl-D" in events[0][1] and "search goes on" in events[0][1]


def test_ctrl_c_over_half_a_message_only_drops_it_hinted_or_not(home: Path) -> None:
    messages, _ = typed(f"{CTRL_C}half{CTRL_C}whole{ENTER}", home)
    assert messages == ["whole"]


def test_messages_are_remembered_from_one_chat_to_the_next(home: Path) -> None:
    typed(f"no pooling{ENTER}", home)
    assert typed(f"\x1b[A{ENTER}", home)[0] == ["no pooling"]


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_an_interrupt_cancels_the_answer_under_way_and_nothing_else() -> None:
    screen, said = Heard(), []

    class Slow:
        async def scene(self) -> Scene:
            return Scene(run="r", space_name="nb201", dataset="d", objectives=(ACCURACY.of(),))

        async def turn(self, message: str) -> None:
            said.append(message)
            if message == "think":
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.Event().wait()

    waiting = ["think", "", "and then", "/quit", "never heard"]

    class Lines:
        async def message(self) -> str | None:
            return waiting.pop(0)

        async def agree(self, proposed: Proposed) -> bool:
            return True

        def show(self, reply: Reply) -> None:
            screen.show(reply)

    before = signal.getsignal(signal.SIGINT)
    run(Session(Slow(), screen).talk(Lines()))  # type: ignore[arg-type]  # acts as a ChatAgent
    assert said == ["think", "and then"]
    assert screen.events == [("chat", "stopped; the search goes on"), ("chat", "done"), ("chat", "done")]
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def log(recorded_run: RunFolder, tmp_path: Path) -> EventLog:
    """A copy of the recorded run's log, to be written on."""
    path = tmp_path / "run" / "events.sqlite"
    path.parent.mkdir()
    path.write_bytes(recorded_run.log.read_bytes())
    return EventLog(path)


def test_a_follower_tells_what_comes_and_not_what_was(log: EventLog) -> None:
    screen = Heard()
    follower = Follower(RunFolder(log.path.parent), screen, author="ada", lines=True)
    assert "evaluations, best" in follower.in_short()
    follower.catch_up()
    assert not screen.events
    pause = {"directive": {"kind": "pause"}, "via": "chat", "words": "pause"}
    log.append(DirectiveGiven(**pause, author="ada"))
    log.append(DirectiveGiven(**pause, author="bob"))
    log.append(RoundReviewed(author="statistics", text="all is well"), round=9)
    follower.catch_up()
    assert screen.events == [("bob", "directive 2: pause"), ("critic", "all is well")], "her own she knows"
    follower.close()
    log.close()


@pytest.mark.parametrize("lines", [True, False])
def test_a_follower_asks_what_the_search_asks_when_it_comes_or_when_it_was_open(lines: bool, log: EventLog) -> None:
    question = {"key": "heuristics:3", "topic": "heuristics", "text": "Take these in?", "options": {"h-1": "a rule"}}
    expected = [
        Asks(text="The search asks: Take these in? Answer with /approve or /reject.", options={"h-1": "a rule"})
    ]
    folder, early = RunFolder(log.path.parent), Heard()
    follower = Follower(folder, early, author="ada", lines=lines)
    log.append(QuestionAsked(**question))
    follower.catch_up()
    follower.close()
    late = Heard()
    Follower(folder, late, author="ada", lines=lines).close()
    assert early.replies == late.replies == expected
    answer = {"kind": "answer", "question": "heuristics:3", "approved": True}
    log.append(DirectiveGiven(directive=answer, author="bob", via="web", words="approve"))
    answered = Heard()
    Follower(folder, answered, author="ada", lines=lines).close()
    assert not answered.replies
    log.close()


def test_options_of_a_search_are_those_of_the_command() -> None:
    options = "--dataset digits --device none --budget 6 --seed 3 --space code --llm none --approve plan"
    assert read_options(options) == {
        "dataset": "digits", "device": "none", "evaluations": 6, "seed": 3, "space": "code", "llm": "none",
        "approve": ["plan"],
    }  # fmt: skip
    assert read_options("") == {}
    with pytest.raises(IlluminasError, match="cannot read"):
        read_options("--dataset 'digits")
