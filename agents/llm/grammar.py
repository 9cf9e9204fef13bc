"""Compact GBNF grammars for the forms of answers.

Under a grammar a model can write nothing but the answer: no white space in JSON, no misspelt key, no endless string.
Strings and arrays without a limit of their own get one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from illuminas.agents.llm.base import Lines, LLMError

MAX_STRING = 200
"""Characters of a string whose field sets no ``max_length``."""
MAX_ITEMS = 8
"""Items of a list whose field sets no ``max_length``."""
_MAX_LISTED_INTEGERS = 100

_CHARACTER = r'[^"\\\x00-\x1F\x7F] | "\\" ["\\/bnrt]'
_INTEGER = '("0" | [1-9] [0-9]{0,8})'
_FRACTION = '("." [0-9]{1,4})?'


def of_options(options: Sequence[str]) -> str:
    """A grammar of exactly one of the options, as a trie.

    Shared prefixes matter for speed: at each token the sampler follows every alternative that is still open.
    """
    return f"root ::= {_branch(sorted(set(options)))}"


def of_lines(form: Lines) -> str:
    """A grammar of exactly ``form.count`` lines."""
    more = f' ("\\n" line){{{form.count - 1}}}' if form.count > 1 else ""
    return f"root ::= line{more}\nline ::= {form.grammar}"


def of_record(model: type[BaseModel]) -> str:
    """A grammar of the JSON of a pydantic model, with all fields, in their order.

    Covers objects, lists, enums, literals, strings, numbers, booleans, optional fields and nested models.
    A string's pattern and validators are left to the model's own validation.

    Raises:
        LLMError: the model has a field of another kind, such as a free mapping.
    """
    schema = model.model_json_schema()
    rules = [f"root ::= {_value(schema, model.__name__)}", f"char ::= {_CHARACTER}"]
    for name, definition in schema.get("$defs", {}).items():
        rules.append(f"{_rule(name)} ::= {_value(definition, name)}")
    return "\n".join(rules)


def _branch(options: list[str]) -> str:
    """Alternatives of sorted texts, grouped by their common prefix."""
    alternatives = []
    groups: dict[str, list[str]] = {}
    for option in options:
        groups.setdefault(option[:1], []).append(option)
    for group in groups.values():
        if len(group) == 1:
            alternatives.append(_literal(group[0]))
            continue
        shared = 0  # sorted texts share what the first and the last share
        while shared < min(len(group[0]), len(group[-1])) and group[0][shared] == group[-1][shared]:
            shared += 1
        rest = _branch([option[shared:] for option in group])
        alternatives.append(f"{_literal(group[0][:shared])} ({rest})")
    return " | ".join(alternatives)


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _json(value: Any) -> str:
    return _literal(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _rule(name: str) -> str:
    return "of-" + "".join(character if character.isalnum() else "-" for character in name)


def _value(schema: dict[str, Any], where: str) -> str:
    """The GBNF expression of one JSON schema; ``where`` names it in errors."""
    if "$ref" in schema:
        return _rule(schema["$ref"].removeprefix("#/$defs/"))
    if "const" in schema:
        return _json(schema["const"])
    if "enum" in schema:
        return _either(_json(value) for value in schema["enum"])
    if "anyOf" in schema:
        return _either(_value(option, where) for option in schema["anyOf"])
    match schema.get("type"):
        case "object" if "properties" in schema:
            fields = (
                f"{_json(name)} {_literal(':')} {_value(field, f'{where}.{name}')}"
                for name, field in schema["properties"].items()
            )
            return '"{" ' + ' "," '.join(fields) + ' "}"'
        case "array" if "items" in schema:
            return _array(schema, where)
        case "string":
            return f'"\\"" char{{{schema.get("minLength", 0)},{schema.get("maxLength", MAX_STRING)}}} "\\""'
        case "integer":
            return _integer(schema)
        case "number":
            return f"{_sign(schema)}{_INTEGER} {_FRACTION}"
        case "boolean":
            return '("true" | "false")'
        case "null":
            return '"null"'
    raise LLMError(f"{where} can't be written as a grammar: {json.dumps(schema)[:120]}. Use a simpler field.")


def _either(options: Any) -> str:
    return f"({' | '.join(options)})"


def _array(schema: dict[str, Any], where: str) -> str:
    item = _value(schema["items"], where)
    least, most = schema.get("minItems", 0), schema.get("maxItems", max(MAX_ITEMS, schema.get("minItems", 0)))
    if most == 0:
        return '"[]"'
    several = f'{item} ("," {item}){{{max(least - 1, 0)},{most - 1}}}'
    return f'"[" {several} "]"' if least else f'"[" ({several})? "]"'


def _integer(schema: dict[str, Any]) -> str:
    least = schema.get("minimum", schema.get("exclusiveMinimum", -2) + 1 if "exclusiveMinimum" in schema else None)
    most = schema.get("maximum", schema.get("exclusiveMaximum", 0) - 1 if "exclusiveMaximum" in schema else None)
    if least is not None and most is not None and most - least < _MAX_LISTED_INTEGERS:
        return f"({_branch(sorted(str(value) for value in range(int(least), int(most) + 1)))})"
    return f"{_sign(schema)}{_INTEGER}"


def _sign(schema: dict[str, Any]) -> str:
    return "" if schema.get("minimum", schema.get("exclusiveMinimum", -1)) >= 0 else '"-"? '
