"""Who asks: a name with what it may do, the tokens by which HTTP clients are known, and the sessions of browsers."""

from __future__ import annotations

import hmac
import os
import secrets
import time
import tomllib
from collections import OrderedDict
from contextvars import ContextVar
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError

from illuminas.tools.client import TOKEN
from illuminas.tools.errors import IlluminasError
from illuminas.tools.frozen import Frozen

SHORTEST = 16
"""Characters of a token; shorter ones can be guessed."""

Scope = Literal["read", "act", "tools"]


class Principal(Frozen):
    """One client.

    Attributes:
        name: written beside all that it does.
        scope: ``read`` looks, ``act`` changes things too, ``tools`` is for a search elsewhere that borrows the tools.
        runs: whether it sees and steers all runs, or only those that it began.
        files: whether it may name files and addresses, which the server then reads and calls: data sets by path, LLMs
            by path or URL.
    """

    name: str = Field(pattern=r"^[\w.@-]{1,64}$")
    scope: Scope = "read"
    runs: Literal["own", "all"] = "own"
    files: bool = False


LOCAL = Principal(name="local", scope="act", runs="all", files=True)
"""Whoever starts the server on standard input and output, or talks to one on loopback that asks for no token."""

_asking: ContextVar[Principal | None] = ContextVar("asking", default=None)


def asking() -> Principal | None:
    """Who asks in this context; None outside of a request."""
    return _asking.get()


def ask_as(principal: Principal) -> None:
    """Let this context ask as ``principal``, to its end."""
    _asking.set(principal)


class _Entry(Principal):
    """One table of a tokens file."""

    token: SecretStr


class _File(Frozen):
    client: tuple[_Entry, ...] = Field(min_length=1)


class Tokens:
    """Bearer tokens and whose they are; compared in constant time, never shown.

    Args:
        principals: token -> principal.

    Raises:
        IlluminasError: a token is too short, or two clients share a name.
    """

    def __init__(self, principals: dict[str, Principal]) -> None:
        for token, principal in principals.items():
            if len(token) < SHORTEST:
                raise IlluminasError(
                    f"the token of {principal.name!r} has {len(token)} characters, fewer than {SHORTEST}. Make one: "
                    'python -c "import secrets; print(secrets.token_urlsafe())"'
                )
        names = [principal.name for principal in principals.values()]
        if twice := {name for name in names if names.count(name) > 1}:
            raise IlluminasError(
                f"several tokens belong to {', '.join(sorted(twice))}: give every client its own name."
            )
        self._principals = {token.encode(): principal for token, principal in principals.items()}

    def __len__(self) -> int:
        return len(self._principals)

    @property
    def others(self) -> bool:
        """Whether anybody but the user of this process may log in."""
        return any(principal != LOCAL for principal in self._principals.values())

    def principal(self, token: str) -> Principal | None:
        """Whose token it is; None where it is nobody's. Takes as long, whichever it is."""
        found = None
        for known, principal in self._principals.items():
            if hmac.compare_digest(known, token.encode()):
                found = principal
        return found

    @classmethod
    def load(cls, path: Path | None) -> Tokens:
        """The tokens of a TOML file, and that of the environment, which may do everything.

        The file has a table ``[[client]]`` for each, with ``name``, ``token``, ``scope`` (read, act or tools),
        ``runs`` (own or all) and ``files`` (true or false).

        Raises:
            IlluminasError: the file can't be read, or is none of that form.
        """
        principals = {}
        if path is not None:
            try:
                entries = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).client
            except OSError as error:
                raise IlluminasError(f"cannot read the tokens file {path} ({error.strerror}).") from error
            except tomllib.TOMLDecodeError as error:
                raise IlluminasError(f"{path} is no TOML file ({error}).") from error
            except ValidationError as error:
                first = error.errors(include_input=False, include_url=False)[0]  # the input holds a secret
                where = ".".join(str(part) for part in first["loc"])
                raise IlluminasError(
                    f"{path}: {where}: {first['msg']}. Expected tables [[client]] with name, token, scope and runs."
                ) from None
            if any(entry.name == LOCAL.name for entry in entries):
                raise IlluminasError(f"{path}: the name {LOCAL.name!r} is the server's own. Choose another.")
            tokens = [entry.token.get_secret_value() for entry in entries]
            if len(set(tokens)) < len(tokens):
                raise IlluminasError(f"{path}: two clients have the same token. Give each its own.")
            principals = {
                token: Principal.model_validate(entry.model_dump(exclude={"token"}))
                for token, entry in zip(tokens, entries, strict=True)
            }
        if own := os.environ.get(TOKEN):
            principals[own] = LOCAL
        return cls(principals)


COOKIE = "illuminas-session"
LASTS = 12 * 3600.0
"""Seconds that a session lasts without a request."""
MOST = 1024
"""Sessions at once; of more, the one that was used least lately ends."""


class Sessions:
    """Keys that browsers keep in a cookie, in place of the token itself."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[Principal, float]] = OrderedDict()

    def begin(self, principal: Principal) -> str:
        """The key of a new session."""
        key = secrets.token_urlsafe(32)
        self._known[key] = (principal, time.monotonic())
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return key

    def principal(self, key: str) -> Principal | None:
        """Whose session it is; None where it is nobody's, or has ended."""
        found = self._known.pop(key, None)
        if found is None or time.monotonic() - found[1] > LASTS:
            return None
        self._known[key] = (found[0], time.monotonic())
        return found[0]

    def end(self, key: str) -> None:
        """Log out; harmless twice."""
        self._known.pop(key, None)
