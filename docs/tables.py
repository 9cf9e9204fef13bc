"""Write the tables of docs/search.md and docs/steering.md again, from what the code declares.

    python docs/tables.py

A test fails while a page's table is not what the code says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from illuminas.agents.chat.commands import Command
from illuminas.agents.config import SearchConfig
from illuminas.agents.options import options_of
from illuminas.memory.directives import DIRECTIVES, paragraphs

DOCS = Path(__file__).parent


def search_options() -> str:
    """Every option of a search, a table for each panel."""
    declared = options_of(SearchConfig).values()
    parts = []
    for panel in dict.fromkeys(each.option.panel for each in declared):
        rows = [
            (
                f"`{each.flag}`",
                each.option.help,
                each.default_words,
                ", ".join(name for name in ("mcp", "page") if name in each.option.clients),
            )
            for each in declared
            if each.option.panel == panel
        ]
        parts.append(f"**{panel}**\n\n{_table(('option', 'sets', 'default', 'also in'), rows)}")
    return "\n\n".join(parts)


def directives() -> str:
    """Every directive: what it asks, how it is typed in the chat, what the search does with it."""
    rows = []
    for model in DIRECTIVES:
        asks, *does = paragraphs(model)
        typed = ", ".join(f"`{Command.of(slash, model).usage}`" for slash in model.slash)
        rows.append((f"`{model.model_fields['kind'].default}`", asks, typed, " ".join(does)))
    return _table(("directive", "asks", "in the chat", "what the search does with it"), rows)


TABLES: dict[str, Callable[[], str]] = {"search.md": search_options, "steering.md": directives}
"""Page -> what stands between its markers."""


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def written(page: str) -> str:
    """The page's text with its table as it must be."""
    text = (DOCS / page).read_text(encoding="utf-8")
    table = f"<!-- made by docs/tables.py -->\n{TABLES[page]()}\n<!-- end -->"
    made, count = re.subn(r"<!-- made by docs/tables.py -->\n.*?<!-- end -->", lambda _: table, text, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"expected one pair of markers in docs/{page}, got {count}")
    return made


if __name__ == "__main__":
    for name in TABLES:
        (DOCS / name).write_text(written(name), encoding="utf-8")
