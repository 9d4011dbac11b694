"""Where the numbers come from: versions, settings, inputs with checksums, command to rerun."""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath
from typing import Any

import yaml

from multipet import __version__
from multipet.config.page_specs import ReportSpec
from multipet.core.files import canonical_json
from multipet.report.contrast.files import ContrastFiles
from multipet.report.contrast.privacy import hidden_settings, hide_people, named_people
from multipet.report.html.embedded import settings_uri
from multipet.report.html.text import site_label

SHORTEST_ID = 3  # of characters, to be told from a number in a file name
LIBRARIES = ("numpy", "scipy", "pandas", "matplotlib", "jinja2", "snakemake")


@dataclass(frozen=True)
class InputFile:
    """A file: what it was read for (sites of a raw table), its name without folder, SHA-256."""

    read_for: str
    file: str
    sha256: str


@dataclass(frozen=True)
class Provenance:
    """What a second person needs to redo the analysis.

    Attributes
    ----------
    versions
        Of multipet, Python and the libraries that take part.
    config
        YAML of a config that answers this contrast alone, every default written out.
    settings
        The same as a link that holds it.
    checksum
        SHA-256 of that config, whatever the order of its keys.
    inputs
        Raw tables, then others; in ``config`` they are named without their folders.
    formula
        As fitted.
    fingerprint
        Of the code.
    command
        What to type.
    is_masked
        Ids or dates are hidden in ``config``: it cannot be run as it is.
    """

    versions: tuple[tuple[str, str], ...]
    config: str
    settings: str
    checksum: str
    inputs: tuple[InputFile, ...]
    formula: str
    fingerprint: str
    command: str
    is_masked: bool = False


def provenance_of(files: ContrastFiles) -> Provenance:
    """Collect the provenance of a contrast; nothing in it depends on time or machine."""
    spec, whole = files.spec, _ordered(files.spec)
    shown = whole if spec.participant_ids else hidden_settings(whole)
    config = yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=88)
    return Provenance(
        versions=versions(),
        config=config,
        settings=settings_uri(config, spec.contrast.id),
        checksum=sha256(canonical_json(spec.config).encode()).hexdigest(),
        inputs=_inputs(files),
        formula=files.plan["formula"],
        fingerprint=files.fingerprint,
        command=(
            f".venv/bin/snakemake --cores 2 --configfile {spec.contrast.id}.yaml"
            " --directory NEW_FOLDER"
        ),
        is_masked=shown != whole,
    )


def _ordered(spec: ReportSpec) -> dict[str, Any]:
    """The config with its sites and harmonisations in the order that they had.

    A spec file has its keys sorted. The order of the scans tells in the last digit.
    """
    config = dict(spec.config)
    for key, names in spec.order.items():
        config[key] = {name: config[key][name] for name in names}
    return config


def _inputs(files: ContrastFiles) -> tuple[InputFile, ...]:
    """Every raw table once, with the sites that it was read for, then other files."""
    sites: dict[tuple[str, str], list[str]] = {}
    for site, entries in files.sources.items():
        for entry in entries:
            key = (PurePath(entry["name"]).name, entry["sha256"])
            sites.setdefault(key, []).append(site_label(files.spec, site))
    every = len(files.sources)
    shown = _file_names(files)
    raw = tuple(
        InputFile("all sites" if len(known) == every > 1 else ", ".join(known), shown(file), sha)
        for (file, sha), known in sites.items()
    )
    others = files.spec.other_inputs
    return raw + tuple(InputFile(f["for"], shown(f["name"]), f["sha256"]) for f in others)


def _file_names(files: ContrastFiles) -> Callable[[str], str]:
    """How the page writes the name of a file: without the people that the study knows of."""
    if files.spec.participant_ids:
        return str
    ids = named_people(files.spec.config) | set(files.robust.influence["participant_id"])
    ids |= set(files.ingest_findings["participant_id"]) - {""}
    return partial(hide_people, ids={one for one in ids if len(one) >= SHORTEST_ID})


def versions() -> tuple[tuple[str, str], ...]:
    """Versions of multipet, Python and the libraries that take part."""
    found = [("multipet", __version__), ("python", platform.python_version())]
    for library in LIBRARIES:
        try:
            found.append((library, version(library)))
        except PackageNotFoundError:
            continue
    return tuple(found)
