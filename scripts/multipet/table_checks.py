"""Every table of a study read once before any job, so that a mistake in one stops the run."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from multipet.config_checks import OWN_COLUMNS
from multipet.config_file import ConfigFile
from multipet.participants import Participants, read_participants
from multipet.pooling import check_sites
from multipet.problems import Problem, UserError, did_you_mean
from multipet.site_table import read_site
from multipet.specs import ingest_study
from multipet.tidy_table import SiteTable


def check_tables(config: ConfigFile) -> None:
    """Read every table as the jobs will.

    Raises
    ------
    UserError
        With the problems of all tables, and of the config where it names scanners that
        no table has.
    """
    study = ingest_study(config.values)
    participants = read_participants(study)
    tables, problems = _read_sites(config.values["sites"], study, participants)
    if problems:
        raise UserError(problems)
    check_sites(tables, study, participants)
    problems = list(_taken_regions(config, tables))
    if problems:
        raise UserError(problems)
    scanners = list(dict.fromkeys(scan.scanner for table in tables for scan in table.scans))
    problems = list(_unknown_scanners(config, scanners))
    if problems:
        raise UserError(problems)


def _read_sites(
    sites: Mapping[str, Any], study: Mapping[str, Any], participants: Participants | None
) -> tuple[list[SiteTable], list[Problem]]:
    tables: list[SiteTable] = []
    problems: list[Problem] = []
    for name, site in sites.items():
        try:
            tables.append(read_site(name, site, study, participants))
        except UserError as error:
            problems.extend(error.problems)
    return tables, problems


def _taken_regions(config: ConfigFile, tables: Sequence[SiteTable]) -> Iterator[Problem]:
    """A region and a covariate of one name would be one column."""
    delivered = {region for table in tables for region in table.regions}
    regions = config.values["regions"]
    for name in regions["keep"] or [*delivered, *regions["combine"]]:
        if name in {*OWN_COLUMNS, *config.values["variables"]}:
            hint = "give it another name under the site's regions.names"
            yield config.problem(("regions",), f'"{name}" is a region and a column', hint)


def _unknown_scanners(config: ConfigFile, scanners: Sequence[str]) -> Iterator[Problem]:
    for name, settings in config.values["harmonisation"].items():
        reference = settings["reference"]
        if reference and settings["batch"] == "scanner" and reference not in scanners:
            key = ("harmonisation", name, "reference")
            hint = did_you_mean(reference, scanners)
            yield config.problem(key, f'no scanner "{reference}"', hint)
    for name, contrast in config.values["contrasts"].items():
        terms = [term["at"] for term in contrast.get("combination", [])]
        named = [
            settings["scanner"] for settings in [contrast["at"], *terms] if "scanner" in settings
        ]
        for level in [*contrast.get("difference", {}).get("scanner", []), *named]:
            if level not in scanners:
                hint = did_you_mean(level, scanners)
                yield config.problem(("contrasts", name), f'no scanner "{level}"', hint)
