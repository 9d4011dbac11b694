"""Files that a page carries in itself, to be saved by a click."""

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

KINDS = {
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "yaml": "application/yaml",
    "bib": "application/x-bibtex",
    "md": "text/markdown",
}


def data_uri(text: str, kind: str) -> str:
    """A link that holds the file itself; empty for an empty file.

    Parameters
    ----------
    text
        Content of the file.
    kind
        Its extension, one of ``KINDS``.
    """
    if not text:
        return ""
    encoded = base64.b64encode(text.encode("utf-8")).decode("ascii")
    return f"data:{KINDS[kind]};charset=utf-8;base64,{encoded}"


def table_json(table: pd.DataFrame) -> str:
    """A table as JSON by columns, as pandas and R read it; what is missing is null."""
    columns = {name: [_plain(value) for value in table[name]] for name in table}
    return json.dumps(columns, ensure_ascii=False, separators=(",", ":"))


def settings_uri(yaml_text: str, contrast: Mapping[str, Any]) -> str:
    """The settings of a contrast as a file that says what it is for."""
    head = f"# Settings of contrast {contrast['id']}; lay it beside the raw tables that it names.\n"
    return data_uri(head + yaml_text, "yaml")


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value) if value is not None else None
