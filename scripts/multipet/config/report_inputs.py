"""The files beside the raw tables that the settings of one contrast name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multipet.config.atlas_specs import atlas_files
from multipet.config.harmonised_specs import shown_harmonisations
from multipet.files import sha256_of


def other_inputs(values: Mapping[str, Any], contrast: str) -> list[dict[str, str]]:
    """Atlas and saved parameters that a contrast's answer or report is made from.

    Returns
    -------
    list of dict
        ``for`` (what it is read for), ``name`` without its folder, and ``sha256``.
    """
    shown = shown_harmonisations(values, contrast)
    saved = [values["harmonisation"][name]["parameters"] for name in shown]
    files = [("brain map", path) for path in atlas_files(values)]
    files += [("harmonisation", path) for path in saved if path]
    return [{"for": use, "name": Path(p).name, "sha256": sha256_of(p)} for use, p in files]
