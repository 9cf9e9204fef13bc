"""How agents ask the LLM: every call is logged once, counted, and answered from the log when it is repeated."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from illuminas.agents.context import Context
from illuminas.agents.llm.base import AnswerForm, LLMAnswer, LLMError, LLMRequest
from illuminas.memory.kinds import Kind
from illuminas.memory.view import RunView


@cache
def _template(name: str) -> Template:
    return Template(files("illuminas.agents").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8"))


def prompt(name: str, **values: object) -> str:
    """The prompt file of that name under ``agents/prompts``, with its ``$placeholders`` filled in.

    Raises:
        KeyError: a placeholder has no value.
    """
    return _template(name).substitute({key: str(value) for key, value in values.items()}).strip()


class Mind:
    """The LLM as the agents of one run see it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._asked: Counter[tuple[str, int]] = Counter()

    async def ask(
        self,
        agent: str,
        form: AnswerForm,
        *,
        round: int,
        system: str,
        prompt: str,
        temperature: float = 0.7,
        max_tokens: int = 512,
    ) -> tuple[str, LLMAnswer] | None:
        """``(key, answer)``, or None where there is no LLM, no budget or no valid answer: then statistics decide.

        The key ends in the number of the agent's calls before this one, so that a scripted LLM knows its line.
        """
        context = self._context
        if context.llm is None:
            return None
        number = _calls_before(context.view, agent, round) + self._asked[agent, round]
        self._asked[agent, round] += 1
        key = f"llm:{round}:{agent}:{number}"
        event = context.log.get(key)
        if event is None:
            if not context.budget.may_ask(len(system) + len(prompt), max_tokens):
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
            data: dict[str, Any] = {"agent": agent, "prompt": prompt}
            try:
                answer = await context.llm.answer(request)
            except LLMError as error:
                spent = {"prompt_tokens": error.prompt_tokens, "completion_tokens": error.completion_tokens}
                data |= {"error": str(error), **spent}
            else:
                data |= answer.model_dump(mode="json")
            event = context.append(Kind.LLM, data, round=round, key=key)
        if "error" in event.data:
            return None
        return key, LLMAnswer.model_validate(
            {name: value for name, value in event.data.items() if name in LLMAnswer.model_fields}
        )


def _calls_before(view: RunView, agent: str, round: int) -> int:
    return sum(calls for (name, at), calls in view.agent_calls.items() if name == agent and at < round)
