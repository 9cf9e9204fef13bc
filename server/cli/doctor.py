"""``illuminas doctor``: what this machine can do, and what to install for the rest."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple

from illuminas.server.cli.output import Json, console, print_json, table

if TYPE_CHECKING:
    from illuminas.tools.models import Use


class Finding(NamedTuple):
    """One thing that was looked at; ``hint`` says what to do where it is missing."""

    name: str
    ok: bool
    found: str
    hint: str = ""


def doctor(json: Json = False) -> None:
    """Show what this machine can do, and what to install for the rest."""
    findings = [check() for check in CHECKS]
    if json:
        print_json(findings)
        return
    shown = table("", "what", "found", "to have it")
    for finding in findings:
        mark = "yes" if finding.ok else "no"
        shown.add_row(mark, finding.name, finding.found, finding.hint)
    console().print(shown)


def _python() -> Finding:
    return Finding(name="Python 3.11 or newer", ok=sys.version_info >= (3, 11), found=platform.python_version())


def _cores() -> Finding:
    from illuminas.tools.process import usable_cores

    return Finding(name="training workers", ok=True, found=f"{usable_cores()} cores, {platform.machine()}")


def _gpu() -> Finding:
    import torch

    if torch.cuda.is_available():
        return Finding(name="GPU", ok=True, found=torch.cuda.get_device_name())
    hint = "not needed; a CUDA build of torch uses one where there is one"
    return Finding(name="GPU", ok=False, found=f"none (torch {torch.__version__})", hint=hint)


def _model() -> Finding:
    return _files("local LLM", "llm")


def _weights() -> Finding:
    return _files("pretrained weights", "vision")


def _files(name: str, use: Use) -> Finding:
    """Which model files of a use are here."""
    from illuminas.tools.models import catalogue, find

    known = [model.name for model in catalogue(use)]
    here = [each for each in known if find(each)]
    hint = "" if here else f"illuminas models pull {known[0]}"
    return Finding(name=name, ok=bool(here), found=", ".join(here) or "none", hint=hint)


def _hosted() -> Finding:
    extras = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
    found, missing = [], []
    for package, key in extras.items():
        installed = importlib.util.find_spec(package) is not None
        state = "key set" if os.environ.get(key) else f"no ${key}"
        if installed:
            found.append(f"{package} ({state})")
        else:
            missing.append(f"pip install 'illuminas[{package}]'")
    return Finding(name="hosted LLMs", ok=bool(found), found=", ".join(found) or "none", hint="; ".join(missing))


def _tables() -> Finding:
    from illuminas.tools.tables import list_tables

    tables = [info.name for info in list_tables()]
    hint = "" if tables else "illuminas data import FILE"
    return Finding(name="benchmark tables", ok=bool(tables), found=", ".join(tables) or "none", hint=hint)


def _sandbox() -> Finding:
    from illuminas.tools.sandbox import Level, probe

    reached = probe()
    hint = "; ".join(f"{gap.what}: {gap.hint}" for gap in reached.gaps)
    ok = reached.level >= Level.FILTERED
    return Finding(name="sandbox for generated networks", ok=ok, found=f"level {reached.level}", hint=hint)


def _home() -> Finding:
    from illuminas.tools.paths import home

    folder = home()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free / 1e9
    return Finding(name="data folder", ok=os.access(existing, os.W_OK), found=f"{folder}, {free:.0f} GB free")


def _versions() -> Finding:
    names = ("torch", "langgraph", "mcp", "chromadb", "ribs", "xllamacpp")
    found = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    return Finding(name="packages", ok=True, found=found)


CHECKS = (_python, _cores, _gpu, _model, _weights, _hosted, _tables, _sandbox, _home, _versions)
"""What is looked at, in this order."""
