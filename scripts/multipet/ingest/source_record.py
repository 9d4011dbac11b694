"""What a tidy table was made from: files with their checksums, for the provenance of reports."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from multipet.files import sha256_of
from multipet.ingest.tidy_table import SiteTable
from multipet.problems import Problem, UserError


def source_paths(settings: Mapping[str, Any] | None, study: Mapping[str, Any]) -> list[Path]:
    """Files that a table is read from: its own, where it has one, and the participants table."""
    entries = (settings, study.get("participants"))
    return [Path(entry["path"]) for entry in entries if entry]


def refuse_changed(paths: Sequence[Path], checksums: Sequence[str]) -> None:
    """Stop where a file is not the one that was checked when the run began.

    Parameters
    ----------
    paths
        From ``source_paths``.
    checksums
        Their SHA-256 at that time.

    Raises
    ------
    UserError
        With a line for every file that is another one or cannot be read.
    """
    changes = ((path, _change(path, then)) for path, then in zip(paths, checksums, strict=True))
    hint = "run the same command again once it is as it should be"
    problems = [Problem(path.name, change, hint) for path, change in changes if change]
    if problems:
        raise UserError(problems)


def _change(path: Path, checksum: str) -> str:
    try:
        same = sha256_of(path) == checksum
    except OSError as error:
        return f"cannot be read any more: {error.strerror}"
    return "" if same else "was changed while multipet was running"


def source_of(
    table: SiteTable, settings: Mapping[str, Any], study: Mapping[str, Any]
) -> dict[str, Any]:
    """Files that ``table`` was read from, and how much it holds.

    Parameters
    ----------
    table
        The site's tidy table.
    settings
        Its entry in the config.
    study
        ``participants`` of the config is used.

    Returns
    -------
    dict
        ``site``, ``n_scans``, ``n_subjects``, ``n_regions`` and ``files``: name and sha256 of
        the site's table and of the participants table.
    """
    return {
        "site": table.site,
        "n_scans": len(table.scans),
        "n_subjects": len({scan.participant_id for scan in table.scans}),
        "n_regions": len(table.regions),
        "files": [
            {"name": path.name, "sha256": sha256_of(path)} for path in source_paths(settings, study)
        ],
    }
