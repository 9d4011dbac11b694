"""Where the numbers come from: versions, settings, inputs with checksums, command to rerun."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath
from typing import Any

import yaml

from multipet import __version__
from multipet.report.contrast_files import ContrastFiles, site_label

LIBRARIES = ("numpy", "scipy", "pandas", "matplotlib", "jinja2", "snakemake")


@dataclass(frozen=True)
class InputFile:
    """A raw table: the sites that it was read for, file name (not its folder), SHA-256."""

    sites: str
    file: str
    sha256: str


@dataclass(frozen=True)
class Provenance:
    """What a second person needs to redo the analysis."""

    versions: tuple[tuple[str, str], ...]
    config: str
    inputs: tuple[InputFile, ...]
    formula: str
    fingerprint: str
    command: str


def provenance_of(files: ContrastFiles) -> Provenance:
    """Collect the provenance of a contrast; nothing in it depends on time or machine."""
    spec = files.spec
    return Provenance(
        versions=versions(),
        config=_config(spec),
        inputs=_inputs(files),
        formula=files.plan.get("formula") or spec["model"]["formula"],
        fingerprint=str(spec.get("fingerprint") or ""),
        command=(
            ".venv/bin/snakemake --cores 2 --configfile <results>/config.yaml"
            " --directory <new folder>"
        ),
    )


def _inputs(files: ContrastFiles) -> tuple[InputFile, ...]:
    """Every raw table once, with the sites that it was read for."""
    sites: dict[tuple[str, str], list[str]] = {}
    for site, entries in files.sources.items():
        for entry in entries:
            key = (PurePath(entry["name"]).name, entry["sha256"])
            sites.setdefault(key, []).append(site_label(files.spec, site))
    every = len(files.sources)
    return tuple(
        InputFile("all sites" if len(known) == every > 1 else ", ".join(known), *key)
        for key, known in sites.items()
    )


def versions() -> tuple[tuple[str, str], ...]:
    """Versions of multipet, Python and the libraries that take part."""
    found = [("multipet", __version__), ("python", platform.python_version())]
    for library in LIBRARIES:
        try:
            found.append((library, version(library)))
        except PackageNotFoundError:
            continue
    return tuple(found)


def _config(spec: Mapping[str, Any]) -> str:
    """The contrast's own part of the settings, as YAML."""
    part = {key: spec[key] for key in ("contrast", "model", "inference", "checks") if key in spec}
    return yaml.safe_dump(part, sort_keys=False, allow_unicode=True, width=88)
