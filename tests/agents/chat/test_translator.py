"""An LLM says in commands what the reader does not understand, from the person's message alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Any, get_args

import pytest

from illuminas.agents.chat.commands import COMMANDS, read_command
from illuminas.agents.chat.examples import UNCLEAR, examples_of, nearest
from illuminas.agents.chat.reader import read
from illuminas.agents.chat.scene import OpenQuestion, Scene
from illuminas.agents.chat.translator import AGENT, Translation, heard_in, translate
from illuminas.agents.llm.base import Lines, LLMAnswer, LLMError, LLMProvider, LLMRequest, Profile, check
from illuminas.agents.llm.grammar import of_lines
from illuminas.agents.llm.scripted import ScriptedLLM, ScriptEntry
from illuminas.memory.directives import AnswerQuestion, AnyDirective, Limit, Require
from illuminas.tools.errors import IlluminasError


class Overheard(LLMProvider):
    """Answers what it is told to, and remembers what it was asked."""

    name = "overheard"

    def __init__(self, *answers: Any, profile: Profile = "small") -> None:
        self.profile = profile
        self.requests: list[LLMRequest] = []
        self._answers = list(answers)

    async def answer(self, request: LLMRequest) -> LLMAnswer:
        self.requests.append(request)
        values, record = check(request.form, self._answers.pop(0))
        return LLMAnswer(values=values, record=record)

    async def say(self, conversation: Any, **_: Any) -> AsyncGenerator[str]:
        raise LLMError("nothing to say")
        yield ""


def translated(message: str, scene: Scene, llm: LLMProvider) -> Translation:
    return asyncio.run(translate(message, scene, llm, 0))


def capable(*records: dict[str, Any]) -> ScriptedLLM:
    return ScriptedLLM([ScriptEntry(agent=AGENT, answer=record) for record in records], profile="capable")


def test_every_example_is_a_command_of_the_catalogue(cells: Scene) -> None:
    scene = cells.model_copy(
        update={"heuristics": ("h-12ab34", "h-0c9d11"), "device_names": (*cells.device_names, "table:x/phone")}
    )
    for example in examples_of(scene):
        if example.name != UNCLEAR:
            assert read_command(f"/{example.command}", scene).kind


def test_every_directive_is_within_reach_of_a_small_model(cells: Scene) -> None:
    """It fills the likeliest command in; here it writes what the example says."""
    asked = cells.model_copy(
        update={
            "heuristics": ("h-12ab34", "h-0c9d11"),
            "device_names": (*cells.device_names, "table:x/phone"),
            "question": OpenQuestion(key="plan:3", text="Go on so?"),
        }
    )
    reached = set()
    for example in examples_of(asked):
        llm = Overheard([example.command])
        for line in translated(example.sentence, asked, llm).commands:
            reached.add(read_command(line, asked).kind)
    assert reached >= {member.model_fields["kind"].default for member in get_args(get_args(AnyDirective)[0])}


def test_a_small_model_can_write_only_what_the_message_names(cells: Scene) -> None:
    llm = Overheard(["limit latency <=4 fpga"])
    message = "it must take less than four milliseconds on the fpga"
    assert not read(message, cells).commands
    assert translated(message, cells, llm).commands == ("/limit latency <=4 fpga",)
    (request,) = llm.requests
    assert isinstance(request.form, Lines)
    grammar = of_lines(request.form)
    assert '"4"' in grammar and '"fpga"' in grammar
    assert '"raspi4"' not in grammar and "[0-9]" not in grammar


def test_numbers_in_names_are_no_numbers_of_a_message(cells: Scene) -> None:
    heard = heard_in("two 3x3 on raspi4 as h-12ab34 says", cells).heard
    assert heard is not None
    assert (heard.numbers, heard.devices, heard.features) == (("2",), ("raspi4",), ("conv3",))
    assert heard.heuristics == ("h-12ab34",)


def test_a_small_model_answers_a_question_by_a_look(cells: Scene) -> None:
    """The likeliest example of this one is a focus; a question gets none."""
    assert nearest("are there niches where there is nothing yet?", 1, cells)[0].example.name == "focus"
    (line,) = translated("are there niches where there is nothing yet?", cells, Overheard()).commands
    assert COMMANDS[line.removeprefix("/").partition(" ")[0]].looks


def test_what_no_command_says_is_not_put_to_a_small_model(cells: Scene) -> None:
    llm = Overheard()
    assert translated("write me a poem about nature", cells, llm) == Translation()
    assert not llm.requests


def test_an_approval_needs_a_question(cells: Scene) -> None:
    asked = cells.model_copy(update={"question": OpenQuestion(key="plan:3", text="Go on so?")})
    (line,) = translated("fine with me, I agree", asked, Overheard(["approve"])).commands
    assert isinstance(read_command(line, asked), AnswerQuestion)
    assert translated("fine with me, I agree", cells, Overheard()) == Translation()


def test_a_capable_model_says_several_things_at_once(cells: Scene) -> None:
    llm = capable({"commands": ["/limit latency <=4 fpga", "forbid pool"], "question": ""})
    lines = translated("fast, and let's not pool", cells, llm).commands
    assert [read_command(line, cells) for line in lines] == [
        Limit(objective="latency:table:latency/fpga", most=4),
        Require(predicate="pools == 0"),
    ]


def test_a_capable_model_is_told_why_a_command_was_refused_and_tries_again(cells: Scene) -> None:
    llm = Overheard({"commands": ["/limit latency 4 gpu"]}, {"commands": ["/limit latency 4 fpga"]}, profile="capable")
    assert translated("fast on the gate array", cells, llm).commands == ("/limit latency 4 fpga",)
    assert "unknown device 'gpu'" in llm.requests[1].prompt


def test_a_command_that_is_refused_twice_is_an_error(cells: Scene) -> None:
    llm = capable({"commands": ["/fly"]}, {"commands": ["/fly"]})
    with pytest.raises(IlluminasError, match="/fly"):
        translated("fly", cells, llm)


def test_a_capable_model_may_ask_back(cells: Scene) -> None:
    llm = capable({"commands": [], "question": "Faster on which device?"})
    assert translated("make it faster", cells, llm) == Translation((), "Faster on which device?")


def test_a_prompt_shows_every_command_but_answers_to_what_nobody_asked(cells: Scene) -> None:
    llm = Overheard({"commands": []}, profile="capable")
    translated("hm", cells, llm)
    shown = set(re.findall(r"^/(\w+)", llm.requests[0].system, flags=re.MULTILINE))
    assert shown == {command.name for command in COMMANDS.values() if not command.slash.asked}
