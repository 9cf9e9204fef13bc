"""Networks as free PyTorch source: any module text that defines ``class Network``.

It is read here and never run: what would need it built raises, and belongs to the sandbox.
"""

from __future__ import annotations

import ast

from illuminas.tools.spaces.base import InvalidArchitecture

MAX_SOURCE = 20_000
"""Characters of a source."""
_BEGINNINGS = ("class ", "import ", "from ", "#", '"""')
EXPECTED = (
    "Expected Python that defines 'class Network(nn.Module)' with __init__(self, in_channels: int, image_size: int, "
    "classes: int) and forward(self, x)."
)


def is_source(text: str) -> bool:
    """Whether a text is meant as source rather than as a layer list."""
    return text.lstrip().startswith(_BEGINNINGS) or "class Network" in text


def canonical_source(text: str) -> str:
    """The syntax tree without comments, layout and docstrings; names are kept.

    Raises:
        InvalidArchitecture: it is no Python, or defines no ``class Network`` at its top.
    """
    if len(text) > MAX_SOURCE:
        raise InvalidArchitecture(f"{len(text)} characters of source: expected at most {MAX_SOURCE}. Write it shorter.")
    try:
        tree = ast.parse(text)
        if not any(isinstance(node, ast.ClassDef) and node.name == "Network" for node in tree.body):
            raise InvalidArchitecture(f"the source defines no class Network. {EXPECTED}")
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
                del node.body[0]
        return ast.dump(tree)
    except SyntaxError as error:
        raise InvalidArchitecture(f"line {error.lineno} is no Python: {error.msg}. {EXPECTED}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        # null bytes, and nesting that is too deep for the parser
        raise InvalidArchitecture(f"the source can't be read: {error or type(error).__name__}. {EXPECTED}") from error
