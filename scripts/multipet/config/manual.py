"""The table of config keys in ``config/README.md``, made from the schema."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from multipet.config.schema import load_schema, resolved
from multipet.core.marked_text import Marks, between_marks

MANUAL = Path(__file__).parents[3] / "config" / "README.md"
MARKS = Marks(
    "<!-- keys: made from schema.yaml by scripts/write_config_manual.py -->",
    "<!-- end of keys -->",
)


def manual_text(old: str) -> str:
    """Text of the manual with its table of keys made anew.

    Raises
    ------
    ValueError
        If the marks around the table are missing.
    """
    return between_marks(old, MARKS, keys_table())


def keys_table() -> str:
    """Every key of the schema as a Markdown table."""
    head = "| key | default | allowed | meaning |\n|---|---|---|---|\n"
    return head + "".join(f"| {' | '.join(row)} |\n" for row in _rows(load_schema(), ""))


def _rows(schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, str, str]]:
    for name, part in schema.get("properties", {}).items():
        yield from _row(f"{path}{name}", resolved(part), name in schema.get("required", ()))


def _row(path: str, part: Mapping[str, Any], required: bool) -> Iterator[tuple[str, str, str, str]]:
    cells = (f"`{path}`", _default(part, required), _allowed(part), part.get("description", ""))
    yield tuple(cell.replace("|", "\\|") for cell in cells)
    items = part.get("items", {})
    if "properties" in items:
        yield from _rows(items, f"{path}[].")
    inner = part.get("additionalProperties")
    if (isinstance(inner, Mapping) and "propertyNames" in part) or _is_record(inner):
        yield from _rows(inner, f"{path}.<name>.")
    else:
        yield from _rows(part, f"{path}.")


def _is_record(schema: Any) -> bool:
    return isinstance(schema, Mapping) and "properties" in schema


def _default(part: Mapping[str, Any], required: bool) -> str:
    if "default" not in part:
        return "required" if required else ""
    text = yaml.safe_dump(part["default"], default_flow_style=True, width=10_000)
    return f"`{text.removesuffix(chr(10)).removesuffix('...').strip()}`"


def _allowed(part: Mapping[str, Any]) -> str:
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    kind = part.get("type", "")
    words = {"string": "text", "object": "keys", "array": "list", "boolean": "`true`, `false`"}
    kinds = [kind] if isinstance(kind, str) else [k for k in kind if k != "null"]
    text = " or ".join(words.get(k, k) for k in kinds)
    bounds = {"minimum": "≥", "maximum": "≤", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
    limits = [f"{sign} {part[name]}" for name, sign in bounds.items() if name in part]
    return ", ".join([text, *limits])
