"""The closed schema of the config: what is wrong with a config, and its defaults."""

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from multipet.config.config_file import ConfigFile, Key
from multipet.core.problems import Problem, did_you_mean, listed

SCHEMA_FILE = Path(__file__).with_name("schema.yaml")

_WORDS = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys with values",
    "null": "nothing",
}
_BOUNDS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}


@cache
def load_schema() -> dict[str, Any]:
    """The JSON schema of a config (``schema.yaml`` beside this file)."""
    return yaml.safe_load(SCHEMA_FILE.read_text(encoding="utf-8"))


def schema_problems(config: ConfigFile) -> list[Problem]:
    """Every way in which ``config`` breaks the schema, in the order of the file."""
    from jsonschema import Draft202012Validator  # 0.1 s, so only where it is used

    # JSON, in which every job gets its part of the config, has no .inf and .nan
    hint = "write a number, or leave it out"
    found = [
        config.problem(key, f"{_shown(number)} is not a finite number", hint)
        for key, number in _not_finite(config.values)
    ]
    for error in Draft202012Validator(load_schema()).iter_errors(config.values):
        found.extend(_problems(config, error))
    return found


def _not_finite(value: Any, key: Key = ()) -> Iterator[tuple[Key, float]]:
    if isinstance(value, int | float) and not abs(value) <= sys.float_info.max:
        yield key, value
    items = value.items() if isinstance(value, Mapping) else ()
    for name, item in enumerate(value) if isinstance(value, list | tuple) else items:
        yield from _not_finite(item, (*key, name))


def with_defaults(values: Any, schema: dict[str, Any] | None = None) -> Any:
    """Copy ``values`` with every default of the schema filled in."""
    schema = resolved(load_schema() if schema is None else schema)
    if isinstance(values, list):
        return [with_defaults(item, schema.get("items", {})) for item in values]
    if not isinstance(values, dict):
        return values
    known = schema.get("properties", {})
    rest = schema.get("additionalProperties")
    rest = rest if isinstance(rest, dict) else {}
    filled = {key: with_defaults(item, known.get(key, rest)) for key, item in values.items()}
    for key, part in known.items():
        if key not in filled and "default" in part:
            filled[key] = with_defaults(part["default"], part)
    return filled


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """``schema`` with its reference to a definition, if any, filled in."""
    reference = schema.get("$ref")
    return schema if reference is None else _definition(reference) | schema


def _definition(reference: str) -> dict[str, Any]:
    return load_schema()["$defs"][reference.rpartition("/")[2]]


def _problems(config: ConfigFile, error: Any) -> Iterator[Problem]:
    key: Key = tuple(error.absolute_path)
    rule, limit, found = error.validator, error.validator_value, error.instance
    if rule == "additionalProperties":
        allowed = list(error.schema.get("properties", {}))
        for name in [name for name in found if name not in allowed]:
            yield config.problem((*key, name), "is not a known key", did_you_mean(name, allowed))
    elif rule == "required":
        missing = error.message.split("'")[1]
        yield config.problem(key, f'key "{missing}" is missing', _meaning(error.schema, missing))
    elif "propertyNames" in error.absolute_schema_path:
        hint = "use 60 letters, digits and _ at most, first a letter; a label shows any name"
        yield config.problem((*key, found), "is not a safe id", hint)
    else:
        yield config.problem(key, *_message(rule, limit, found, error.schema, key))


def _message(
    rule: str, limit: Any, found: Any, schema: Mapping[str, Any], key: Key
) -> tuple[str, str]:
    shown = _shown(found)
    if rule == "type":
        wanted = [limit] if isinstance(limit, str) else limit
        words = " or ".join(_WORDS[word] for word in wanted if word != "null")
        message = f"is empty, {words} wanted" if found is None else f"{shown} is not {words}"
        return message, _example(key, schema) or _quote(wanted, found)
    if rule == "enum":
        hint = did_you_mean(str(found), limit)
        return f"{shown} is not one of {listed(limit)}", "" if "allowed:" in hint else hint
    if rule in _BOUNDS:
        return f"{shown} is out of range", f"it must be {_BOUNDS[rule]} {limit}"
    if rule in {"minItems", "maxItems", "minProperties", "maxProperties", "minLength"}:
        size = "at most" if rule.startswith("max") else "at least"
        return f"{shown} has the wrong length", f"{size} {limit} wanted"
    if rule == "uniqueItems":
        return f"{shown} names something twice", ""
    return f"{shown} breaks the rule {rule}: {limit}", ""


def _shown(found: Any) -> str:
    if found is None or isinstance(found, bool):
        return {True: "true", False: "false", None: "nothing"}[found]
    text = f'"{found}"' if isinstance(found, str) else str(found)
    return text if len(text) <= 80 else text[:77] + "…"


def _example(key: Key, schema: Mapping[str, Any]) -> str:
    """What could stand there instead."""
    if "examples" not in schema or not key:
        return ""
    value = schema["examples"][0]
    text = yaml.safe_dump({key[-1]: value}, default_flow_style=True, sort_keys=False, width=10_000)
    start = "leave it out, or write for example" if "default" in schema else "write for example"
    return f"{start} {text.strip()[1:-1]}"


def _quote(wanted: list[str], found: Any) -> str:
    if "string" in wanted and isinstance(found, bool | int | float):
        return "YAML reads yes, no, on, off and bare numbers as values: put it in quotes"
    return ""


def _meaning(schema: dict[str, Any], name: str) -> str:
    return resolved(schema.get("properties", {}).get(name, {})).get("description", "")
