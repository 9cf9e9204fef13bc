"""What clients read of the surface is kept as files, so that a change of a description is a diff that somebody reviews.

To accept a change: ``ILLUMINAS_SNAPSHOTS=write pytest tests/server/mcp/test_schemas.py``, and look at the diff.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from illuminas.tools.toolbox import Toolbox
from illuminas.tools.toolserver import build_toolserver
from tests.server.mcp.conftest import Opened

FOLDER = Path(__file__).parent / "snapshots"


def described(surface: Opened) -> dict[str, dict[str, Any]]:
    """Name of a file -> what it must hold."""

    async def run() -> dict[str, dict[str, Any]]:
        async with surface() as call:
            client = call.client
            told = {
                "resources": (await client.list_resources()).resources,
                "resource-templates": (await client.list_resource_templates()).resource_templates,
                "prompts": (await client.list_prompts()).prompts,
            }
            found = {
                name: {each.name: each.model_dump(mode="json", exclude_none=True) for each in listed}
                for name, listed in told.items()
            }
            tools = (await client.list_tools()).tools
            return found | {
                f"tool-{tool.name}": tool.model_dump(mode="json", exclude_none=True, by_alias=True) for tool in tools
            }

    return asyncio.run(run())


def test_the_surface_is_described_as_it_was_reviewed(home: Path, surface: Opened) -> None:
    now = {name: json.dumps(each, indent=1, sort_keys=True) + "\n" for name, each in described(surface).items()}
    if os.environ.get("ILLUMINAS_SNAPSHOTS") == "write":
        FOLDER.mkdir(exist_ok=True)
        for path in FOLDER.glob("*.json"):
            path.unlink()
        for name, text in now.items():
            (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
    then = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert now.keys() == then.keys()
    for name, text in now.items():
        assert text == then[name], f"{name} changed; if that is meant: ILLUMINAS_SNAPSHOTS=write"


def test_every_tool_says_what_it_does_what_it_costs_and_what_comes_next(home: Path, surface: Opened) -> None:
    for name, tool in described(surface).items():
        if not name.startswith("tool-"):
            continue
        assert "Cost:" in tool["description"] or "budget" in tool["description"], name
        assert "Next:" in tool["description"], name
        assert "\n    " not in tool["description"], name  # no indentation of the source
        assert set(tool["annotations"]) == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}, name
        assert "outputSchema" in tool or name == "tool-render_plot"
        assert tool["title"]


@pytest.mark.parametrize("name", ["score_zero_cost", "lookup_objective", "train_architecture", "validate_architecture"])
def test_agents_of_a_search_and_other_clients_call_the_same_tools(home: Path, surface: Opened, name: str) -> None:
    async def of_searches() -> dict[str, Any]:
        toolbox = Toolbox(workers=1)
        async with Client(build_toolserver(toolbox)) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        toolbox.close()
        return tools[name].model_dump(mode="json", exclude_none=True, by_alias=True)

    assert described(surface)[f"tool-{name}"] == asyncio.run(of_searches())
