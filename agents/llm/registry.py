"""From what people type after ``--llm`` to a provider."""

from __future__ import annotations

from pathlib import Path

from illuminas.agents.llm.base import LLMProvider, Profile
from illuminas.tools import models
from illuminas.tools.errors import IlluminasError, unknown_name

SPECS = {
    "none": "no LLM: the same graph with statistical agents",
    "local": f"the default local model, {models.DEFAULT}",
    "local:NAME": "another local model, see `illuminas models list`",
    "gguf:PATH": "a GGUF file of your own",
    "openai:MODEL": "OpenAI; the key in $OPENAI_API_KEY",
    "openai:MODEL@URL": "any OpenAI-compatible endpoint",
    "anthropic:MODEL": "Anthropic; the key in $ANTHROPIC_API_KEY",
    "scripted:FILE": "answers from a JSONL file, for tests",
}
"""Every form of a spec and what it means."""

CAPABLE_PARAMETERS = 6_000_000_000
"""A local model of the catalogue with fewer parameters has the profile ``small``."""


def open_llm(spec: str, *, profile: Profile | None = None) -> LLMProvider | None:
    """The provider of a spec; None for ``none``.

    Secrets come from the environment alone. Nothing is loaded or connected before the first question.

    Args:
        spec: one of :data:`SPECS`.
        profile: what agents may ask of it, where the provider's own (local files ``small``, hosted models
            ``capable``) is wrong.

    Raises:
        IlluminasError: an unknown spec, answered with the nearest valid one; a local model that is not there;
        a
            missing key or extra.
    """
    kind, _, rest = spec.partition(":")
    needs = {"gguf": "PATH", "openai": "MODEL", "anthropic": "MODEL", "scripted": "FILE"}
    if kind in needs and not rest:
        raise IlluminasError(f"--llm {kind}: expected {kind}:{needs[kind]}, got {spec!r}.")
    match kind:
        case "none" if not rest:
            return None
        case "local":
            return _local(rest or models.DEFAULT, profile)
        case "gguf":
            from illuminas.agents.llm.local import LocalLLM

            path = Path(rest).expanduser()
            return LocalLLM(path=path, name=f"gguf:{path.name}", profile=profile or "small")
        case "openai":
            from illuminas.agents.llm.openai import OpenAILLM

            model, _, url = rest.partition("@")
            return OpenAILLM(model=model, url=url or None, profile=profile or "capable")
        case "anthropic":
            from illuminas.agents.llm.anthropic import AnthropicLLM

            return AnthropicLLM(model=rest, profile=profile or "capable")
        case "scripted":
            from illuminas.agents.llm.scripted import ScriptedLLM

            return ScriptedLLM.read(Path(rest).expanduser(), profile=profile or "small")
    raise unknown_name("LLM", spec, [*SPECS, *(f"local:{model.name}" for model in models.catalogue())])


def _local(name: str, profile: Profile | None) -> LLMProvider:
    from illuminas.agents.llm.local import LocalLLM

    model = models.lookup(name)
    path = models.find(name)
    if path is None:
        size = f"{model.size / 1e6:,.0f} MB"
        raise IlluminasError(f"{model.name} is not here yet. Fetch it ({size}): illuminas models pull {model.name}")
    fitting: Profile = "small" if model.parameters < CAPABLE_PARAMETERS else "capable"
    return LocalLLM(path=path, name=f"local:{model.name}", profile=profile or fitting)
