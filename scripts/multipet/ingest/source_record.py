"""What a tidy table was made from: files with their checksums, for the provenance of reports."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from multipet.config.delivered import SiteSettings
from multipet.config.specs import TidyStudy
from multipet.core.files import sha256_of
from multipet.core.problems import Problem, UserError
from multipet.ingest.tidy_table import SiteTable


def source_paths(settings: SiteSettings | None, study: TidyStudy) -> list[Path]:
    """Files that a table is read from: its own, where it has one, and the participants table."""
    entries = (settings, study.participants)
    return [Path(entry.path) for entry in entries if entry]


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


def source_of(table: SiteTable, settings: SiteSettings, study: TidyStudy) -> dict[str, Any]:
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
        ``site``, ``rows`` (``delivered``, ``not_selected``, ``repeated`` and ``read``, the rest),
        ``n_scans_read`` (those without a row of a region that is read among them), ``n_scans``,
        ``n_subjects``, ``n_regions`` and ``files``: name and sha256 of the site's table and of
        the participants table.
    """
    return {
        "site": table.site,
        "rows": _rows(table),
        "n_scans_read": len(table.scans) + _rowless(table),
        "n_scans": len(table.scans),
        "n_subjects": len({scan.participant_id for scan in table.scans}),
        "n_regions": len(table.regions),
        "files": [
            {"name": path.name, "sha256": sha256_of(path)} for path in source_paths(settings, study)
        ],
    }


def _rows(table: SiteTable) -> dict[str, int]:
    """Rows of the delivered table, and where they went."""
    found = [f for f in table.findings if f.check == "not_selected"]
    left = sum(int(finding.value) for finding in found)
    repeated = sum(finding.check == "duplicate_row" for finding in table.findings)
    return {
        "delivered": table.n_rows + left,
        "not_selected": left,
        "repeated": repeated,
        "read": table.n_rows - repeated,
    }


def _rowless(table: SiteTable) -> int:
    """Scans that were found but are not in the table: no row of theirs is of a region read."""
    kept = {(scan.participant_id, scan.session) for scan in table.scans}
    return sum(
        finding.check == "scan_without_values"
        and (finding.participant_id, finding.session) not in kept
        for finding in table.findings
    )
