"""How hard an LLM may be asked: time-outs, retries, calls at once, and how many a minute."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field, ValidationError

from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.frozen import Frozen


class Limits(Frozen):
    """The traffic of one run with each of its LLMs; None sets no limit.

    Attributes:
        timeout: seconds until a try is given up; None takes the provider's own.
        retries: further tries of a hosted one after a failed connection, a time-out, a limit of its own or a server in
            trouble, each after a longer wait, or the wait that the server asks for.
        concurrency: calls at once.
        requests: calls a minute.
        tokens: tokens a minute, prompts included. A call goes ahead by an estimate, which its cost then replaces.
    """

    timeout: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    retries: int | None = Field(default=None, ge=0, le=10)
    concurrency: int | None = Field(default=None, ge=1)
    requests: int | None = Field(default=None, ge=1)
    tokens: int | None = Field(default=None, ge=1)

    @classmethod
    def read(cls, words: Sequence[str]) -> Limits:
        """From ``NAME=VALUE`` as people type them.

        Raises:
            IlluminasError: an unknown name, or no fitting value.
        """
        given = {}
        for word in words:
            name, _, value = word.partition("=")
            if name not in cls.model_fields:
                raise unknown_name("limit of the LLM", name, cls.model_fields)
            given[name] = value
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            raise IlluminasError(f"--llm-limit {first['loc'][0]}={first['input']}: {first['msg']}.") from error

    @property
    def gated(self) -> bool:
        """Whether calls may have to wait for each other."""
        return (self.concurrency, self.requests, self.tokens) != (None, None, None)
