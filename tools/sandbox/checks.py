"""Checks of source before anything runs: an early, friendly message. They are not the wall: the walls are.

A person who means to get around them will; a language model that reaches for ``os`` or ``torch.load`` learns why not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from illuminas.tools.errors import IlluminasError

LONGEST = 20_000
"""Characters of source."""
_MODULES = {
    "__future__",
    "collections",
    "collections.abc",
    "dataclasses",
    "functools",
    "itertools",
    "math",
    "torch",
    "torch.fft",
    "torch.nn",
    "torch.nn.functional",
    "torch.nn.init",
    "typing",
}
_TORCH = {name for name in _MODULES if name.startswith("torch")}
_REACHES = {
    "autograd",
    "backends",
    "classes",
    "compile",
    "compiler",
    "cuda",
    "distributed",
    "export",
    "from_file",
    "fx",
    "hub",
    "jit",
    "library",
    "load",
    "modules",
    "multiprocessing",
    "ops",
    "overrides",
    "package",
    "parallel",
    "profiler",
    "random",
    "save",
    "serialization",
    "storage",
    "testing",
    "utils",
}
"""Names of torch and its parts that lead out of computing, or into how it is done."""
_PYTHON = {
    "builtins",
    "ctypes",
    "importlib",
    "inspect",
    "io",
    "os",
    "pickle",
    "socket",
    "subprocess",
    "sys",
    "warnings",
}
"""Modules that are attributes of others."""
_BUILTINS = {
    "__import__",
    "breakpoint",
    "compile",
    "delattr",
    "dir",
    "eval",
    "exec",
    "exit",
    "globals",
    "help",
    "input",
    "locals",
    "memoryview",
    "open",
    "quit",
    "vars",
}
_BY_NAME = {"getattr", "hasattr", "setattr"}
"""Allowed with a plain name."""
_DUNDERS = {"__call__", "__getitem__", "__init__", "__iter__", "__len__", "__post_init__", "__repr__"}
_ARGUMENTS = ("in_channels", "image_size", "classes")


class SourceRefused(IlluminasError):
    """Source that is not run; the message says what is wrong with it, line by line."""


def check_source(source: str) -> None:
    """Refuse what no network needs, and what defines no network.

    Raises:
        SourceRefused: the first few problems.
    """
    if len(source) > LONGEST:
        raise SourceRefused(f"expected at most {LONGEST} characters of source, got {len(source)}. Write less.")
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise SourceRefused(f"expected Python, got a syntax error in line {error.lineno}: {error.msg}.") from None
    # what is nested too deeply, and null bytes
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceRefused(f"expected Python, got what its parser gives up on: {error}.") from None
    roots = dict(_imported(tree))
    problems = {f"line {line}: {what}": None for line, what in sorted(_problems(tree, roots))}
    problems |= dict.fromkeys(_unconventional(tree))
    if problems:
        raise SourceRefused(
            f"the source was refused before it ran: {'; '.join(list(problems)[:5])}. A network imports torch, "
            "torch.nn, torch.nn.functional and math, and computes."
        )


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names that stand for parts of torch -> which."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _problems(tree: ast.Module, roots: dict[str, str]) -> Iterator[tuple[int, str]]:
    """Lines, and what is wrong in them."""
    called_by_name = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                for alias in node.names:
                    if alias.name not in _MODULES:
                        yield node.lineno, f"imports {alias.name}"
            case ast.ImportFrom():
                yield from ((node.lineno, what) for what in _from(node))
            case ast.Attribute():
                yield from ((node.lineno, what) for what in _attribute(node, roots))
            case ast.Call(func=ast.Name(id=name)) if name in _BY_NAME:
                if _plain(node):
                    called_by_name.add(id(node.func))
            case ast.Name(id=name):
                if name in _BUILTINS or (_is_dunder(name) and name != "__name__"):
                    yield node.lineno, f"uses {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in _BY_NAME and id(node) not in called_by_name:
            yield node.lineno, f"uses {node.id} without a plain name"


def _from(node: ast.ImportFrom) -> Iterator[str]:
    if node.level or node.module not in _MODULES:
        yield f"imports from {'.' * node.level}{node.module or ''}"
        return
    for alias in node.names:
        whole = f"{node.module}.{alias.name}"
        if alias.name == "*":
            yield f"imports everything from {node.module}"
        elif node.module in _TORCH and whole not in _MODULES and not _harmless(alias.name):
            yield f"imports {whole}"


def _attribute(node: ast.Attribute, roots: dict[str, str]) -> Iterator[str]:
    name = node.attr
    if name in _PYTHON:
        yield f"reaches for .{name}"
    elif _is_dunder(name):
        if name not in _DUNDERS:
            yield f"reaches for .{name}"
    elif name.startswith("_"):
        if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
            yield f"reaches for .{name}, which is private"
    elif (root := _whole(node.value, roots)) is not None:
        # of the parts of torch alone: a network has modules() of its own
        whole = f"{root}.{name}"
        if root in _TORCH and whole not in _MODULES and not _harmless(name):
            yield f"reaches for {whole}"


def _whole(node: ast.expr, roots: dict[str, str]) -> str | None:
    """The dotted name that an expression stands for, if it begins with an import."""
    if isinstance(node, ast.Name):
        return roots.get(node.id)
    if isinstance(node, ast.Attribute) and (root := _whole(node.value, roots)) is not None:
        return f"{root}.{node.attr}"
    return None


def _harmless(name: str) -> bool:
    return name not in _REACHES and name not in _PYTHON and not name.startswith(("_", "set_default"))


def _plain(call: ast.Call) -> bool:
    """Whether the name that ``getattr`` and its like are given is written out and not private."""
    match call.args:
        case [_, ast.Constant(value=str(name)), *_]:
            return not name.startswith("_") and name not in _PYTHON and name not in _REACHES
    return False


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _unconventional(tree: ast.Module) -> Iterator[str]:
    """How the source misses the convention."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Network"]
    if not classes:
        yield "expected a class Network(nn.Module), got none"
        return
    methods = {node.name: node for node in classes[-1].body if isinstance(node, ast.FunctionDef)}
    if not classes[-1].bases:
        yield "expected class Network(nn.Module), got a class without a base"
    if "forward" not in methods:
        yield "expected Network.forward(self, x), got none"
    if (builder := methods.get("__init__")) is not None:
        got = [each.arg for each in (*builder.args.posonlyargs, *builder.args.args, *builder.args.kwonlyargs)][1:]
        if [name for name in _ARGUMENTS if name not in got] and builder.args.kwarg is None:
            yield f"expected Network.__init__(self, {', '.join(_ARGUMENTS)}), got ({', '.join(['self', *got])})"
    else:
        yield f"expected Network.__init__(self, {', '.join(_ARGUMENTS)}), got none"
