"""The model in this process: grammars, the shared prefix, time-outs, silence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from illuminas.agents.llm.base import Choice, Lines, LLMError, LLMRequest
from illuminas.agents.llm.local import LocalLLM
from illuminas.tools import models
from illuminas.tools.errors import IlluminasError

LONG = Lines(grammar="[a-z ]{400}", pattern="[a-z ]{400}")


@pytest.fixture(scope="module")
def gguf() -> Path:
    """The smallest model there is."""
    for name in ("smollm2-135m", models.DEFAULT):
        if (path := models.find(name)) is not None:
            return path
    pytest.skip("no local model: run `illuminas models pull smollm2-135m`, or set ILLUMINAS_MODELS")


@pytest.fixture
def llm(gguf: Path) -> Iterator[LocalLLM]:
    provider = LocalLLM(path=gguf, name="local:test")
    yield provider
    asyncio.run(provider.close())


def request(form: Choice | Lines, prompt: str = "Go on.", system: str = "Be brief.") -> LLMRequest:
    return LLMRequest(agent="coder", key="coder:0", system=system, prompt=prompt, form=form, seed=3)


def test_equal_requests_get_equal_answers(llm: LocalLLM) -> None:
    question = request(Choice(options=tuple(f"option {n}" for n in range(9)), count=4))

    async def twice() -> tuple[object, object]:
        return (await llm.answer(question)).values, (await llm.answer(question)).values

    first, second = asyncio.run(twice())
    assert first == second


def test_options_that_begin_alike_or_need_escapes_can_all_be_picked(llm: LocalLLM) -> None:
    options = ("conv", "conv 3x3", 'a "quoted\\" one', "größer → besser")
    answer = asyncio.run(llm.answer(request(Choice(options=options, count=4))))
    assert set(answer.values) == set(options)


def test_a_prompt_reads_its_shared_beginning_once(llm: LocalLLM) -> None:
    system = "Every architecture has six edges. " * 40
    form = Choice(options=("yes", "no"))

    async def seconds() -> list[float]:
        return [(await llm.answer(request(form, f"Number {n}?", system))).seconds for n in range(3)]

    cold, *warm = asyncio.run(seconds())
    assert min(warm) < cold / 2


def test_a_time_out_stops_the_model(gguf: Path) -> None:
    llm = LocalLLM(path=gguf, name="local:test", timeout=0.3)

    async def late_then_next() -> float:
        with pytest.raises(LLMError, match="time-out"):
            await llm.answer(request(LONG))
        began = time.monotonic()  # a model that went on would keep the next question waiting
        with pytest.raises(LLMError, match="time-out"):
            await llm.answer(request(LONG, "Another."))
        await llm.close()
        return time.monotonic() - began

    assert asyncio.run(late_then_next()) < 3


def test_a_cancelled_question_stops_the_model_and_the_loop_goes_on_meanwhile(llm: LocalLLM) -> None:
    async def cancelled() -> tuple[int, float]:
        await llm.answer(request(Choice(options=("yes", "no"))))  # loaded
        work = asyncio.create_task(llm.answer(request(LONG)))
        turns = 0
        began = time.monotonic()
        while time.monotonic() - began < 0.3:
            await asyncio.wait({work}, timeout=0.01)
            turns += 1
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        began = time.monotonic()
        await llm.answer(request(Choice(options=("yes", "no"))))
        return turns, time.monotonic() - began

    turns, wait = asyncio.run(cancelled())
    assert turns > 5
    assert wait < 3


def test_a_prompt_that_is_too_long_is_refused_with_the_numbers(llm: LocalLLM) -> None:
    with pytest.raises(LLMError, match="exceeds the available context size"):
        asyncio.run(llm.answer(request(Choice(options=("yes", "no")), "word " * 5000)))


def test_nothing_is_printed(llm: LocalLLM, capfd: pytest.CaptureFixture[str]) -> None:
    asyncio.run(llm.answer(request(Choice(options=("yes", "no")))))
    assert capfd.readouterr() == ("", "")


def test_a_file_that_is_no_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(IlluminasError, match="no model file at"):
        LocalLLM(path=tmp_path / "missing.gguf", name="gguf:missing.gguf")
    (tmp_path / "wrong.gguf").write_bytes(b"GGUF but not really")
    llm = LocalLLM(path=tmp_path / "wrong.gguf", name="gguf:wrong.gguf")
    with pytest.raises(LLMError, match="could not be loaded"):
        asyncio.run(llm.answer(request(Choice(options=("yes", "no")))))


def test_threads_come_from_the_environment_and_must_be_a_number(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILLUMINAS_LLM_THREADS", "many")
    with pytest.raises(IlluminasError, match="expected a whole number from 1, got 'many'"):
        LocalLLM(path=gguf, name="local:test")
