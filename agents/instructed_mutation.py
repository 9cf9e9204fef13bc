"""The apprentice: has an LLM do with an architecture what an instruction says (LLMatic, arXiv 2306.01102)."""

from __future__ import annotations

from pydantic import BaseModel, Field

from illuminas.agents.checker import Refusal
from illuminas.agents.context import Context
from illuminas.agents.draft import Reply
from illuminas.agents.llm.base import Lines, LLMAnswer, Record
from illuminas.agents.llm_session import LLMSession, prompt
from illuminas.agents.plan import PlanItem
from illuminas.agents.quoting import fenced, line
from illuminas.memory.candidate import Operator
from illuminas.tools.spaces import Architecture

CROSSING = 0.7
"""Temperature of a crossover, as published."""
HOTTER = 0.3
"""What a repair adds to the temperature: a small model that is asked the same says the same."""
SHOWN = 8
"""Measured architectures that a capable LLM is shown."""
SOURCE_TOKENS = 1800
"""Of an answer that is source."""
COMPLAINT = 300
"""Characters of a complaint that an LLM is told."""


class Written(BaseModel):
    """One architecture of a capable LLM, in the short notation."""

    architecture: str = Field(max_length=1000, description="in the short notation")
    rationale: str = Field(max_length=300, description="why it should do well, in one sentence")


class WrittenSource(BaseModel):
    """One network of a capable LLM, as PyTorch source."""

    source: str = Field(max_length=12_000, description="the whole Python module")
    rationale: str = Field(max_length=300, description="why it should do well, in one sentence")


class InstructedMutation:
    """One question, one architecture."""

    def __init__(self, context: Context, llm: LLMSession) -> None:
        self._context = context
        self._llm = llm

    async def ask(self, round: int, item: PlanItem, complaints: list[Refusal]) -> Reply | None:
        """The LLM's answer to an item; None where it gave none.

        Args:
            complaints: why its answers to the same item were refused.
        """
        context = self._context
        instruction = (
            prompt("cross") if item.operator is Operator.LLM_CROSSOVER else context.instructions[item.instruction]
        )
        temperature = CROSSING if item.temperature is None else item.temperature
        temperature += HOTTER * bool(complaints)
        if context.profile(round) != "capable":
            return await self._ask_line(round, item, instruction, complaints, temperature)
        if context.config.form == "source" and context.space.generated:
            return await self._ask_source(round, item, instruction, complaints, temperature)
        return await self._ask_notation(round, item, instruction, complaints, temperature)

    async def _ask_line(
        self, round: int, item: PlanItem, instruction: str, complaints: list[Refusal], temperature: float
    ) -> Reply | None:
        """One line under a grammar."""
        space = self._context.space
        answer = await self._llm.ask(
            "coder-instructed",
            Lines(grammar=space.words_grammar(), pattern=space.words_pattern(), count=1),
            round=round,
            system=self._system(),
            prompt=prompt(
                "instructed_small",
                parents="\n".join(f"{space.noun}: {space.to_words(each)}" for each in self._parents(item)),
                instruction=instruction,
                # a small model says again what it reads: of a repetition it is not told, only asked more warmly
                complaints=complaint_lines([each for each in complaints if not each.repeated]),
                noun=space.noun,
            ),
            temperature=temperature,
            max_tokens=space.words_tokens,
        )
        return self._reply(item, answer, [] if answer is None else list(answer[1].values), instruction)

    async def _ask_notation(
        self, round: int, item: PlanItem, instruction: str, complaints: list[Refusal], temperature: float
    ) -> Reply | None:
        context, space = self._context, self._context.space
        known = sorted(context.state.successes, key=lambda e: (context.state.accuracy(e.hash), e.hash))
        shown = [e.hash for e in known if not space.is_free(context.architecture(e.hash))][-SHOWN:]
        answer = await self._llm.ask(
            "coder-instructed",
            Record(model=Written),
            round=round,
            system=self._system(),
            prompt=prompt(
                "instructed",
                parents="\n".join(self._line(each) for each in self._parents(item)),
                instruction=instruction,
                measured="\n".join(self._line(context.architecture(hash_)) for hash_ in shown) or "nothing yet",
                notation=space.notation,
                noun=space.noun,
                complaints=complaint_lines(complaints),
            ),
            temperature=temperature,
            max_tokens=space.words_tokens + 200,
        )
        if answer is None or answer[1].record is None:
            return None
        written = Written.model_validate(answer[1].record)
        return self._reply(item, answer, [written.architecture], written.rationale)

    async def _ask_source(
        self, round: int, item: PlanItem, instruction: str, complaints: list[Refusal], temperature: float
    ) -> Reply | None:
        shape = self._context.task.shape
        answer = await self._llm.ask(
            "coder-source",
            Record(model=WrittenSource),
            round=round,
            system=prompt("system", space="PyTorch networks that classify images"),
            prompt=prompt(
                "instructed_source",
                in_channels=shape.in_channels,
                image_size=shape.image_size,
                classes=shape.classes,
                parents="\n\n".join(self._shown_source(each) for each in self._parents(item)),
                instruction=instruction,
                complaints=complaint_lines(complaints),
            ),
            temperature=temperature,
            max_tokens=SOURCE_TOKENS,
        )
        if answer is None or answer[1].record is None:
            return None
        written = WrittenSource.model_validate(answer[1].record)
        return self._reply(item, answer, [written.source], written.rationale)

    def _system(self) -> str:
        space = self._context.space
        return prompt("instructed_system", plural=space.plural, space=space.summary)

    def _parents(self, item: PlanItem) -> list[Architecture]:
        return [self._context.architecture(hash_) for hash_ in item.parents]

    def _line(self, architecture: Architecture) -> str:
        return f"{self._context.space.to_words(architecture)}: {self._accuracy(architecture)}"

    def _shown_source(self, architecture: Architecture) -> str:
        source = self._context.space.source(architecture).strip()
        return f"A network, {self._accuracy(architecture)}:\n```python\n{source}\n```"

    def _accuracy(self, architecture: Architecture) -> str:
        return f"{self._context.state.accuracy(architecture.hash):.1f} per cent"

    def _reply(
        self, item: PlanItem, answer: tuple[str, LLMAnswer] | None, written: list[str], rationale: str
    ) -> Reply | None:
        if answer is None:
            return None
        reply = Reply()
        for words in written:
            reply.read(self._context.space, words, parents=item.parents, rationale=rationale, call=answer[0])
        return reply


def complaint_lines(complaints: list[Refusal]) -> str:
    """Why answers were refused, as a prompt ends with it; empty where none was."""
    if not complaints:
        return ""
    reasons = "\n".join(f"- {line(each.reason, limit=COMPLAINT)}" for each in complaints)
    return fenced(reasons, before="Refused, and why:\n")
