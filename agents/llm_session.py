"""How agents ask the LLM: every call is logged once, counted, and answered from the log when it is repeated."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any, Required, TypedDict, TypeVar, Unpack

from pydantic import BaseModel

from illuminas.agents.context import Context
from illuminas.agents.llm.base import (
    AnswerForm,
    Choice,
    LLMAnswer,
    LLMDownError,
    LLMError,
    LLMProvider,
    LLMRequest,
    Record,
    Usage,
)
from illuminas.agents.llm.prices import worst_case
from illuminas.agents.llm.roles import role_of
from illuminas.agents.quoting import OPENED, Fenced, clean
from illuminas.memory.kinds import LLMCalled, LLMStateChanged

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


@cache
def _template(name: str) -> Template:
    return Template(files("illuminas.agents").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8"))


def prompt(name: str, **values: object) -> str:
    """The prompt file of that name under ``agents/prompts``, with its ``$placeholders`` filled in.

    Values cannot write a fence: where the file fences them they stay inside it.

    Raises:
        KeyError: a placeholder has no value.
    """
    told = {key: value if isinstance(value, Fenced) else clean(str(value)) for key, value in values.items()}
    return _template(name).substitute(told).strip()


class Asked(TypedDict, total=False):
    """What an agent asks; see :meth:`LLMSession.ask`."""

    round: Required[int]
    prompt: Required[str]
    system: str
    temperature: float
    max_tokens: int


class LLMSession:
    """The LLMs as the agents of one run see them, each its role's."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._asked: Counter[tuple[str, int]] = Counter()

    async def ask(
        self,
        agent: str,
        form: AnswerForm,
        *,
        round: int,
        prompt: str,
        system: str = "",
        temperature: float = 0.7,
        max_tokens: int = 512,
    ) -> tuple[str, LLMAnswer] | None:
        """``(key, answer)``, or None where there is no LLM, no budget or no valid answer: then statistics decide.

        The default system text describes the search space. The key ends in the number of the agent's earlier calls,
        by which a scripted LLM finds its line.
        """
        context = self._context
        llm = context.llms.of(role_of(agent))
        if llm is None:
            return None
        earlier = (calls for (name, at), calls in context.state.agent_calls.items() if name == agent and at < round)
        number = sum(earlier) + self._asked[agent, round]
        self._asked[agent, round] += 1
        key = f"llm:{round}:{agent}:{number}"
        system = system or self._system
        if OPENED in prompt:
            system = f"{system}\n\n{_template('data').template.strip()}"
        event = context.log.get(key, LLMCalled)
        if event is None:
            if context.state.llm_health[llm.name].shut(round):
                return None
            request = LLMRequest(
                agent=agent,
                key=key,
                system=system,
                prompt=prompt,
                form=form,
                temperature=temperature,
                seed=context.config.seed * 100_003 + round * 1_009 + number,
                max_tokens=max_tokens,
            )
            worst, price = worst_case(llm, request), context.llms.price(llm.name)
            with context.budget.hold(worst, None if price is None else price.at_most(worst)) as fits:
                if not fits:
                    return None
                event = context.append(await self._call(llm, request), round=round, key=key)
        self._tell_health(llm, round)
        if event.data.error is not None:
            return None
        return key, LLMAnswer.model_validate(event.data.model_dump(include=set(LLMAnswer.model_fields)))

    async def fill(self, agent: str, model: type[M], **asked: Unpack[Asked]) -> tuple[str, M] | None:
        """As :meth:`ask`, for a record: ``(key, record)``."""
        answer = await self.ask(agent, Record(model=model), **asked)
        if answer is None or answer[1].record is None:
            return None
        return answer[0], model.model_validate(answer[1].record)

    async def choose(
        self, agent: str, options: Mapping[str, T], *, count: int = 1, **asked: Unpack[Asked]
    ) -> tuple[str, list[T]] | None:
        """As :meth:`ask`, for a choice among texts: ``(key, what the chosen ones stand for)``, best first."""
        answer = await self.ask(agent, Choice(options=tuple(options), count=count), **asked)
        return None if answer is None else (answer[0], [options[text] for text in answer[1].values])

    @property
    def _system(self) -> str:
        return prompt("system", space=self._context.space.summary)

    async def _call(self, llm: LLMProvider, request: LLMRequest) -> LLMCalled:
        """Ask, and tell what came of it."""
        context = self._context
        data: dict[str, Any] = {}
        try:
            async with asyncio.timeout(context.budget.seconds_left):
                answer = await llm.answer(request)
        except TimeoutError:
            usage = Usage()
            data["error"] = "broken off: the seconds of the search are used up."
        except LLMError as error:
            usage = error.usage
            data |= {"error": str(error), "down": isinstance(error, LLMDownError), **usage._asdict()}
        else:
            usage = answer.usage
            data |= answer.model_dump(mode="json")
        price = context.llms.price(llm.name)
        dollars = None if price is None else price.of(usage)
        role = role_of(request.agent)
        return LLMCalled(agent=request.agent, role=role, llm=llm.name, prompt=request.prompt, dollars=dollars, **data)

    def _tell_health(self, llm: LLMProvider, round: int) -> None:
        """Log that the LLM went down or came back, once for the call by which it did."""
        state = self._context.state
        health = state.llm_health[llm.name]
        if health.changed == state.llm_told.get(llm.name, ""):
            return
        down = health.until is not None
        told = LLMStateChanged(
            llm=llm.name,
            state="down" if down else "up",
            reason=health.reason,
            next_try=health.until,
            call=health.changed,
        )
        self._context.append(told, round=round, key=f"llm_state:{health.changed}")
