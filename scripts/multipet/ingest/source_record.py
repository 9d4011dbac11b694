"""What a tidy table was made from: files with their checksums, for the provenance of reports."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multipet.files import sha256_of
from multipet.ingest.tidy_table import SiteTable


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
    people = study.get("participants")
    paths = [Path(settings["path"]), *([Path(people["path"])] if people else [])]
    return {
        "site": table.site,
        "n_scans": len(table.scans),
        "n_subjects": len({scan.participant_id for scan in table.scans}),
        "n_regions": len(table.regions),
        "files": [{"name": path.name, "sha256": sha256_of(path)} for path in paths],
    }
