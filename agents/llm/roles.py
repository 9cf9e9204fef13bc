"""Assigns LLMs to roles: one for all, or a separate one for the planner, coder, critic or chat."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple, cast, get_args

from illuminas.agents.llm.base import LLMProvider, Profile, Role
from illuminas.agents.llm.gate import Gate, LimitedLLM
from illuminas.agents.llm.limits import Limits
from illuminas.agents.llm.prices import Price, PriceTable, user_file
from illuminas.agents.llm.recording import RecordedLLM, Recorder, Recording
from illuminas.agents.llm.registry import open_llm
from illuminas.tools.errors import IlluminasError, unknown_name

ROLES: tuple[Role, ...] = get_args(Role)


def role_of(agent: str) -> Role:
    """The role of an agent as it names itself in its questions: of ``coder-edit`` it is the coder."""
    name = agent.partition("-")[0]
    return "critic" if name == "rules" else cast("Role", name)


class Choices(NamedTuple):
    """Specs of LLMs: the one for all, and those of single roles."""

    llm: str
    roles: dict[Role, str]


def read_choices(words: Sequence[str]) -> Choices:
    """From what people type after ``--llm``: ``SPEC`` for all, ``ROLE=SPEC`` for one; ``local`` where none is for all.

    Raises:
        IlluminasError: an unknown role, or two specs for the same.
    """
    found: dict[str, str] = {}
    for word in words:
        named = re.match(r"([\w-]+)=(.+)", word)
        role, spec = (named[1], named[2]) if named else ("", word)
        if role and role not in ROLES:
            raise unknown_name("role of an LLM", role, ROLES)
        if role in found:
            raise IlluminasError(f"--llm: expected one LLM {f'for {role}' if role else 'for all'}, got {word!r} too.")
        found[role] = spec
    llm = found.pop("", "local")
    return Choices(llm, cast("dict[Role, str]", found))


class LLMs:
    """The LLMs of a run by role, with what they cost.

    Args:
        by_role: None where a role has none.
        prices: by provider's name.
    """

    def __init__(self, by_role: Mapping[Role, LLMProvider | None], prices: PriceTable) -> None:
        self._by_role = by_role
        self._prices = prices

    def of(self, role: Role) -> LLMProvider | None:
        return self._by_role.get(role)

    @property
    def names(self) -> dict[Role, str]:
        """Every role's LLM, ``none`` where it has none."""
        return {role: llm.name if (llm := self.of(role)) else "none" for role in ROLES}

    @property
    def name(self) -> str:
        """In one word: the name that all agents of the graph share, or the different ones in the order of the roles."""
        names = [name for role, name in self.names.items() if role != "chat"]
        return " + ".join(dict.fromkeys(names))

    def price(self, name: str) -> Price | None:
        return self._prices.find(name)

    def check_prices(self) -> None:
        """Refuse a cap in dollars if a price is unknown.

        Raises:
            IlluminasError: the price of some LLM is unknown.
        """
        for name in dict.fromkeys(self.names.values()):
            if name != "none" and self.price(name) is None:
                raise IlluminasError(
                    f"--dollars: the price of {name} is unknown, so a cap in dollars cannot be kept. Say it in "
                    f'{user_file()}: ["{name}"] with input = and output = in dollars a million tokens; '
                    "`illuminas models prices` shows what is known. Or cap with --tokens."
                )


def open_llms(
    choices: Choices,
    *,
    stack: AsyncExitStack,
    profile: Profile | None = None,
    limits: Limits = Limits(),  # noqa: B008 - immutable
    record: str | None = None,
    go_on: bool = False,
) -> LLMs:
    """The providers of a run, closed with ``stack``. Roles with the same spec share one.

    Args:
        profile: what agents may ask of the LLM for all, where its own is wrong; the other roles' keep theirs.
        limits: the traffic with each of them.
        record: file that every call is written to.
        go_on: the recording was begun earlier.

    Raises:
        IlluminasError: see :func:`open_llm` and :class:`Recorder`.
    """
    opened: dict[str, LLMProvider | None] = {}
    by_role: dict[Role, LLMProvider | None] = {}
    for role in ROLES:
        spec = choices.roles.get(role, choices.llm)
        if spec.startswith("replay:"):
            by_role[role] = Recording(Path(spec.removeprefix("replay:")).expanduser()).llm(role)
            continue
        if spec not in opened:
            llm = open_llm(spec, profile=profile if spec == choices.llm else None, limits=limits)
            if llm is not None:
                stack.push_async_callback(llm.close)
            gated = llm is not None and limits.gated
            opened[spec] = LimitedLLM(llm, Gate(limits)) if gated and llm is not None else llm
        by_role[role] = opened[spec]
    if record is not None:
        recorder = Recorder(Path(record).expanduser(), by_role, go_on=go_on)
        stack.callback(recorder.close)
        by_role = {role: llm and RecordedLLM(llm, recorder) for role, llm in by_role.items()}
    return LLMs(by_role, PriceTable.read())
