"""One architecture by an instruction from the archive of prompts (LLMatic, arXiv 2306.01102)."""

from __future__ import annotations

from abc import abstractmethod

from pydantic import BaseModel, Field

from illuminas.agents.checker import Checker
from illuminas.agents.context import Context
from illuminas.agents.llm.base import Lines
from illuminas.agents.llm_session import LLMSession, prompt
from illuminas.agents.writers.base import ProposalWriter, Question, Reply, complaint_lines
from illuminas.memory.candidate import Operator
from illuminas.memory.plan import PlanItem
from illuminas.tools.spaces import Architecture

CROSSING = 0.7
"""Temperature of a crossover, as published."""
HOTTER = 0.3
"""Rise of the temperature for a repair: a small model that is asked the same says the same."""
SHOWN = 8
"""Measured architectures in a prompt for a capable LLM."""
SOURCE_TOKENS = 1800
"""Most tokens of an answer that is source."""


class Written(BaseModel):
    """One architecture of a capable LLM, in the short notation."""

    architecture: str = Field(max_length=1000, description="in the short notation")
    rationale: str = Field(max_length=300, description="why it should do well, in one sentence")


class WrittenSource(BaseModel):
    """One network of a capable LLM, as PyTorch source."""

    source: str = Field(max_length=12_000, description="the whole Python module")
    rationale: str = Field(max_length=300, description="why it should do well, in one sentence")


class InstructedWriter(ProposalWriter):
    """Has an LLM change parents as an instruction says; items without one are left to another writer.

    Args:
        context: of the run.
        llm: of the coder.
        checker: of its proposals.
        otherwise: writer for items without an instruction.
    """

    def __init__(self, context: Context, llm: LLMSession, checker: Checker, *, otherwise: ProposalWriter) -> None:
        super().__init__(context, llm, checker)
        self._otherwise = otherwise
        self.most = otherwise.most

    async def write(self, question: Question) -> Reply | None:
        item = question.item
        if item.operator is Operator.LLM_CROSSOVER:
            instruction = prompt("cross")
        elif item.instruction:
            instruction = self._context.instructions[item.instruction]
        else:
            return await self._otherwise.write(question)
        temperature = CROSSING if item.temperature is None else item.temperature
        return await self._ask(question, instruction, temperature + HOTTER * bool(question.complaints))

    @abstractmethod
    async def _ask(self, question: Question, instruction: str, temperature: float) -> Reply | None:
        """Ask for one architecture."""

    def _system(self) -> str:
        space = self._context.space
        return prompt("instructed_system", plural=space.plural, space=space.summary)

    def _parents(self, item: PlanItem) -> list[Architecture]:
        return [self._context.architecture(hash_) for hash_ in item.parents]

    def _measured(self, architecture: Architecture) -> str:
        return f"{self._context.space.to_words(architecture)}: {self._quality(architecture)}"

    def _quality(self, architecture: Architecture) -> str:
        return self._context.state.primary.text(self._context.state.quality(architecture.hash))

    def _reply(self, item: PlanItem, words: str, *, rationale: str, call: str) -> Reply:
        reply = Reply()
        reply.read(self._context.space, words, parents=item.parents, rationale=rationale, call=call)
        return reply


class InstructedLine(InstructedWriter):
    """A small LLM writes one line under a grammar."""

    async def _ask(self, question: Question, instruction: str, temperature: float) -> Reply | None:
        space = self._context.space
        answer = await self._llm.ask(
            "coder-instructed",
            Lines(grammar=space.words_grammar(), pattern=space.words_pattern(), count=1),
            round=question.round,
            system=self._system(),
            prompt=prompt(
                "instructed_small",
                parents="\n".join(f"{space.noun}: {space.to_words(each)}" for each in self._parents(question.item)),
                instruction=instruction,
                # a small model repeats what it reads: it is told of no repetition, only asked at a higher temperature
                complaints=complaint_lines([each for each in question.complaints if not each.repeated]),
                noun=space.noun,
            ),
            temperature=temperature,
            max_tokens=space.words_tokens,
        )
        if answer is None:
            return None
        return self._reply(question.item, answer[1].values[0], rationale=instruction, call=answer[0])


class InstructedNotation(InstructedWriter):
    """A capable LLM writes the short notation."""

    async def _ask(self, question: Question, instruction: str, temperature: float) -> Reply | None:
        context, space = self._context, self._context.space
        known = [context.architecture(hash_) for hash_ in self._ranked(len(context.state.successes))]
        shown = [each for each in known if not space.is_free(each)][-SHOWN:]
        answer = await self._llm.fill(
            "coder-instructed",
            Written,
            round=question.round,
            system=self._system(),
            prompt=prompt(
                "instructed",
                objective=self._context.state.primary.words,
                parents="\n".join(self._measured(each) for each in self._parents(question.item)),
                instruction=instruction,
                measured="\n".join(self._measured(each) for each in shown) or "nothing yet",
                notation=space.notation,
                noun=space.noun,
                complaints=complaint_lines(question.complaints),
            ),
            temperature=temperature,
            max_tokens=space.words_tokens + 200,
        )
        if answer is None:
            return None
        key, written = answer
        return self._reply(question.item, written.architecture, rationale=written.rationale, call=key)


class InstructedSource(InstructedWriter):
    """A capable LLM writes PyTorch source."""

    async def _ask(self, question: Question, instruction: str, temperature: float) -> Reply | None:
        shape = self._context.task.shape
        answer = await self._llm.fill(
            "coder-source",
            WrittenSource,
            round=question.round,
            system=prompt("system", space="PyTorch networks that classify images"),
            prompt=prompt(
                "instructed_source",
                in_channels=shape.in_channels,
                image_size=shape.image_size,
                classes=shape.classes,
                parents="\n\n".join(self._shown_source(each) for each in self._parents(question.item)),
                instruction=instruction,
                complaints=complaint_lines(question.complaints),
            ),
            temperature=temperature,
            max_tokens=SOURCE_TOKENS,
        )
        if answer is None:
            return None
        key, written = answer
        return self._reply(question.item, written.source, rationale=written.rationale, call=key)

    def _shown_source(self, architecture: Architecture) -> str:
        source = self._context.space.source(architecture).strip()
        return f"A network, {self._quality(architecture)}:\n```python\n{source}\n```"
