"""With the smallest local model, where its file is there, every directive is reached from a plain sentence."""

from __future__ import annotations

import asyncio
from typing import get_args

import pytest

from illuminas.agents.chat.commands import Step, read_command
from illuminas.agents.chat.reader import read
from illuminas.agents.chat.scene import OpenQuestion, Scene
from illuminas.agents.chat.translator import translate
from illuminas.agents.llm.base import LLMProvider
from illuminas.agents.llm.registry import open_llm
from illuminas.memory.directives import AnyDirective
from illuminas.tools import models

SENTENCES = (
    ("it must take less than four milliseconds on the fpga", "/limit latency 4 fpga"),
    ("I hate skip connections", "/forbid skips"),
    ("put your energy into niche 4", "/focus 4"),
    ("don't bother with niche 0", "/avoid 0"),
    ("accuracy is three times as important as latency to me", "/weigh 3 1"),
    ("your budget is 90 evaluations now", "/budget evaluations 90"),
    ("look at more unusual cells", "/explore more"),
    ("hold it for now", "/pause"),
    ("proceed", "/resume"),
    ("that's all, finish up", "/stop"),
    ("have a look at conv3 skip conv1 none skip conv3", "/seed conv3 skip conv1 none skip conv3"),
    ("I suspect poolings make networks slower", "/rule pools >= 1 raises latency"),
    ("h-9f00c1 must always be followed", "/pin h-9f00c1"),
    ("throw h-12ab34 out, it is wrong", "/retire h-12ab34 wrong"),
    ("phrase h-12ab34 differently: use fewer pools", "/reword h-12ab34 use fewer pools"),
    ("cancel directive 3", "/undo 3"),
    ("fine with me", "/approve"),
)
"""One sentence for each directive."""


@pytest.fixture
def scene(cells: Scene) -> Scene:
    return cells.model_copy(update={"question": OpenQuestion(key="plan:3", text="Go on so?")})


@pytest.mark.slow
def test_every_directive_is_reached_from_a_plain_sentence(scene: Scene) -> None:
    if models.find(models.DEFAULT) is None:
        pytest.skip(f"no {models.DEFAULT}: run `illuminas models pull`, or set ILLUMINAS_MODELS to a folder with it")
    said = asyncio.run(_say(scene))
    wanted = {sentence: read_command(line, scene) for sentence, line in SENTENCES}
    assert said == wanted
    assert {step.kind for step in wanted.values()} == {
        member.model_fields["kind"].default for member in get_args(get_args(AnyDirective)[0])
    }


async def _say(scene: Scene) -> dict[str, Step | None]:
    llm = open_llm("local")
    assert llm is not None
    try:
        return {sentence: await _step(sentence, scene, llm, call) for call, (sentence, _) in enumerate(SENTENCES)}
    finally:
        await llm.close()


async def _step(sentence: str, scene: Scene, llm: LLMProvider, call: int) -> Step | None:
    commands = read(sentence, scene).commands or (await translate(sentence, scene, llm, call)).commands
    return read_command(commands[0], scene) if len(commands) == 1 else None
