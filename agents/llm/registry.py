"""Opens the provider that a spec after ``--llm`` names."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from illuminas.agents.llm.base import LLMProvider, Profile
from illuminas.agents.llm.limits import Limits
from illuminas.tools import models
from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.paths import absolute_path

SPECS = {
    "none": "no LLM: the same graph with statistical agents",
    "local": f"the default local model, {models.DEFAULT}",
    "local:NAME": "another local model, see `illuminas models list`",
    "gguf:PATH": "a GGUF file of your own",
    "openai:MODEL": "OpenAI; the key in $OPENAI_API_KEY",
    "openai:MODEL@URL": "any OpenAI-compatible endpoint",
    "anthropic:MODEL": "Anthropic; the key in $ANTHROPIC_API_KEY",
    "ollama:MODEL[@URL]": "an Ollama server, on this machine where no URL is given",
    "vllm:MODEL[@URL]": "a vLLM server",
    "llamacpp[:MODEL][@URL]": "a llama.cpp server; it serves the model it was started with",
    "scripted:FILE": "answers from a JSONL file, for tests",
    "replay:FILE": "the answers of a run that was recorded with --record FILE",
}
"""Every form of a spec and what it means."""


FILES = ("gguf", "scripted", "replay")
"""Kinds of specs that name a file."""


def absolute_spec(spec: str) -> str:
    """The spec, with the path of its file as it reads from any working folder."""
    kind, _, path = spec.partition(":")
    return f"{kind}:{absolute_path(path)}" if kind in FILES and path else spec


class Server(NamedTuple):
    """A self-hosted OpenAI-compatible server: its default URL and the environment variable with its key."""

    url: str
    key: str


SERVERS = {
    "ollama": Server("http://127.0.0.1:11434/v1", "OLLAMA_API_KEY"),
    "vllm": Server("http://127.0.0.1:8000/v1", "VLLM_API_KEY"),
    "llamacpp": Server("http://127.0.0.1:8080/v1", "LLAMA_API_KEY"),
}

CAPABLE_PARAMETERS = 6_000_000_000
"""A local model of the catalogue with fewer parameters has the profile ``small``."""


def open_llm(
    spec: str,
    *,
    profile: Profile | None = None,
    limits: Limits = Limits(),  # noqa: B008 - immutable
) -> LLMProvider | None:
    """The provider of a spec; None for ``none``.

    Secrets come only from the environment. Nothing is loaded or connected before the first question.

    Args:
        spec: one of :data:`SPECS`, but for a replay, which :func:`~illuminas.agents.llm.roles.open_llms` opens.
        profile: what agents may ask of it, where the provider's own (local files ``small``, hosted models
            ``capable``) is wrong.
        limits: time-out and retries count here.

    Raises:
        IlluminasError: an unknown spec, answered with the nearest valid one; a local model that is not there; a missing
            key or extra.
    """
    kind, rest = _split(spec)
    needs = {"gguf": "PATH", "openai": "MODEL", "anthropic": "MODEL", "scripted": "FILE"}
    needs |= {"ollama": "MODEL", "vllm": "MODEL"}
    if kind in needs and not rest.partition("@")[0]:
        raise IlluminasError(f"--llm {kind}: expected {kind}:{needs[kind]}, got {spec!r}.")
    patience = {name: value for name in ("timeout", "retries") if (value := getattr(limits, name)) is not None}
    match kind:
        case "none" if not rest:
            return None
        case "local":
            return _local(rest or models.DEFAULT, profile, limits.timeout)
        case "gguf":
            from illuminas.agents.llm.local import LocalLLM

            path = Path(rest).expanduser()
            return LocalLLM(path=path, name=f"gguf:{path.name}", profile=profile or "small", timeout=limits.timeout)
        case "openai" | "ollama" | "vllm" | "llamacpp":
            from illuminas.agents.llm.openai import OpenAILLM

            model, _, url = rest.partition("@")
            server = SERVERS.get(kind, Server("", "OPENAI_API_KEY"))
            return OpenAILLM(
                model=model or "default",
                url=_endpoint(url, kind) if url else server.url or None,
                kind=kind,
                key=server.key,
                profile=profile or "capable",
                **patience,
            )
        case "anthropic":
            from illuminas.agents.llm.anthropic import AnthropicLLM

            return AnthropicLLM(model=rest, profile=profile or "capable", **patience)
        case "scripted":
            from illuminas.agents.llm.scripted import ScriptedLLM

            return ScriptedLLM.read(Path(rest).expanduser(), profile=profile or "small")
    raise unknown_name("LLM", spec, [*SPECS, *(f"local:{model.name}" for model in models.catalogue("llm"))])


def _split(spec: str) -> tuple[str, str]:
    """``(kind, rest)``; of ``llamacpp@URL`` the rest is ``@URL``."""
    if spec.startswith("llamacpp@"):
        return "llamacpp", spec.removeprefix("llamacpp")
    kind, _, rest = spec.partition(":")
    return kind, rest


def _endpoint(url: str, kind: str) -> str:
    """A base URL of what people type; a server's own API is under ``/v1`` where they name no path.

    Raises:
        IlluminasError: it is none, or holds a password, which would end up in the run's log.
    """
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise IlluminasError(f"--llm {kind}: expected a URL such as http://127.0.0.1:8000/v1 after '@', got {url!r}.")
    if parts.username is not None or parts.password is not None or parts.query:
        raise IlluminasError(
            f"--llm {kind}: no secret belongs into the URL, which a run keeps. Put the key into the environment."
        )
    path = parts.path if parts.path.strip("/") or kind not in SERVERS else "/v1"
    return f"{parts.scheme}://{parts.netloc}{path}"


def _local(name: str, profile: Profile | None, timeout: float | None) -> LLMProvider:
    from illuminas.agents.llm.local import LocalLLM

    model = models.lookup(name)
    if model.use != "llm":
        known = ", ".join(f"local:{each.name}" for each in models.catalogue("llm"))
        raise IlluminasError(
            f"--llm local:{name}: expected a language model, got the pretrained weights of an image network. "
            f"Use one of {known}, or none."
        )
    path = models.find(name)
    if path is None:
        size = f"{model.size / 1e6:,.0f} MB"
        raise IlluminasError(f"{model.name} is not here yet. Fetch it ({size}): illuminas models pull {model.name}")
    fitting: Profile = "small" if model.parameters < CAPABLE_PARAMETERS else "capable"
    return LocalLLM(path=path, name=f"local:{model.name}", profile=profile or fitting, timeout=timeout)
