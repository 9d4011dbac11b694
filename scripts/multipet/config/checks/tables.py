"""Every table of a study read once before any job, and the grouping factors that they hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from multipet.config.checks.atlas import atlas_problems
from multipet.config.checks.harmonisations import batch_columns, impossible_problems
from multipet.config.checks.sites_and_variables import OWN_COLUMNS, same_labels
from multipet.config.config_file import ConfigFile
from multipet.config.delivered import Site
from multipet.config.jobs import ingest_study
from multipet.config.specs import PoolStudy
from multipet.config.study import study_of
from multipet.core.files import canonical_json, sha256_of
from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError, did_you_mean, listed
from multipet.formulas.formula import RandomPart, parse_formula, random_text
from multipet.ingest.participants import Participants, read_participants
from multipet.ingest.pooling import Pooled, pool
from multipet.ingest.site_table import read_site
from multipet.ingest.tidy_table import SiteTable


def grouping_problems(config: ConfigFile, pooled: Pooled) -> Iterator[Problem]:
    """Random effects of separate models that have a level for every scan.

    Such an effect and the residual are one: no data can tell how much of the variance is
    whose.

    Parameters
    ----------
    config
        The config with its defaults.
    pooled
        The scans of all sites.
    """
    columns = pooled_columns(config, pooled)
    for name, model in config.values["models"].items():
        if model["regions"] == "joint":
            continue
        formula = parse_formula(model["formula"])
        rows = _usable(pooled, [columns[variable] for variable in formula.variables])
        for part in formula.random:
            levels = {tuple(columns[factor][row] for factor in part.grouping) for row in rows}
            if rows and len(levels) == len(rows):
                hint = "take it out"
                yield config.problem(("models", name, "formula"), _message(part), hint)


def pooled_columns(config: ConfigFile, pooled: Pooled) -> dict[str, list[Any]]:
    """Columns that a formula may name, one cell a scan, ``None`` where missing."""
    own = ("participant_id", "session", "site", "scanner")
    columns = {name: [getattr(scan, name) for scan in pooled.scans] for name in own}
    for position, name in enumerate(config.values["variables"]):
        columns[name] = [scan.covariates[position] for scan in pooled.scans]
    return columns


def _usable(pooled: Pooled, columns: Sequence[Sequence[Any]]) -> list[int]:
    """Scans with every covariate and a value in some region."""
    return [
        row
        for row in np.flatnonzero(pooled.measured).tolist()
        if all(column[row] is not None for column in columns)
    ]


def _message(part: RandomPart) -> str:
    who = "everyone" if part.grouping == ("participant_id",) else "every level"
    effect = random_text(part)
    return f"{who} has one scan, so that {effect} cannot be told from the residual"


@dataclass(frozen=True)
class CheckedTables:
    """What the tables of a study hold, as the jobs will read them.

    Attributes
    ----------
    sites
        Tidy tables in the order of the config.
    pooled
        All of them in one.
    """

    sites: tuple[SiteTable, ...]
    pooled: Pooled

    @property
    def findings(self) -> list[Finding]:
        """What was noted in reading and in pooling."""
        return [*(f for table in self.sites for f in table.findings), *self.pooled.findings]


def check_tables(config: ConfigFile) -> CheckedTables:
    """Read every table as the jobs will.

    Raises
    ------
    UserError
        With the problems of all tables, and of the config where it names scanners that
        no table has or random effects for which there are too few scans.
    """
    whole = study_of(config.values)
    study = ingest_study(whole)
    participants = read_participants(study)
    tables, problems = _read_sites(whole.sites, study, participants)
    if problems:
        raise UserError(problems)
    pooled = pool(tables, study, participants)
    problems = [*_same_tables(config), *_taken_regions(config, tables)]
    problems += _region_labels(config, tables, pooled)
    problems += atlas_problems(config, list(pooled.regions))
    if problems:
        raise UserError(problems)
    scanners = list(dict.fromkeys(scan.scanner for scan in pooled.scans))
    problems = [*_unknown_scanners(config, scanners), *grouping_problems(config, pooled)]
    problems += impossible_problems(config, pooled_columns(config, pooled))
    if problems:
        raise UserError(problems)
    return CheckedTables(tuple(tables), pooled)


def _read_sites(
    sites: Mapping[str, Site], study: PoolStudy, participants: Participants | None
) -> tuple[list[SiteTable], list[Problem]]:
    tables: list[SiteTable] = []
    problems: list[Problem] = []
    for name, site in sites.items():
        try:
            tables.append(read_site(name, site, study, participants))
        except UserError as error:
            problems.extend(error.problems)
    return tables, problems


def _same_tables(config: ConfigFile) -> Iterator[Problem]:
    """Two sites with the same rows: everybody in them would count twice."""
    seen: dict[str, str] = {}
    for name, site in config.values["sites"].items():
        rows = canonical_json([sha256_of(site["path"]), site["sheet"], site["select"]])
        other = seen.setdefault(rows, name)
        if other != name:
            hint = "name another table, or take each site's rows with select"
            key = ("sites", name, "path")
            yield config.problem(key, f"has the very rows of {other}", hint)


def _taken_regions(config: ConfigFile, tables: Sequence[SiteTable]) -> Iterator[Problem]:
    """A region and a covariate of one name would be one column."""
    delivered = {region for table in tables for region in table.regions}
    regions = config.values["regions"]
    for name in regions["keep"] or [*delivered, *regions["combine"]]:
        if name in {*OWN_COLUMNS, *config.values["variables"]}:
            hint = "give it another name under the site's regions.names"
            yield config.problem(("regions",), f'"{name}" is a region and a column', hint)


def _region_labels(
    config: ConfigFile, tables: Sequence[SiteTable], pooled: Pooled
) -> Iterator[Problem]:
    """Labels of regions that there are not, and regions that reports would call the same."""
    labels = config.values["regions"]["labels"]
    delivered = (region for table in tables for region in table.regions)
    known = dict.fromkeys([*pooled.regions, *config.values["regions"]["combine"], *delivered])
    for name in labels:
        if name not in known:
            hint = did_you_mean(name, known)
            yield config.problem(("regions", "labels", name), "is no region", hint)
    shown = {("regions", "labels", name): labels.get(name, name) for name in pooled.regions}
    yield from same_labels(config, shown)


def _unknown_batches(
    config: ConfigFile, name: str, settings: Mapping[str, Any], batches: Sequence[str]
) -> Iterator[Problem]:
    """Batches that a harmonisation names and that there are not, or that it lacks."""
    key, equations = ("harmonisation", name), settings["equations"]
    reference = [settings["reference"]] if settings["reference"] else []
    for batch in [*reference, *equations]:
        if batch not in batches:
            place = "reference" if batch in reference else "equations"
            factor = batch_columns(settings)[0]
            hint = did_you_mean(batch, batches)
            yield config.problem((*key, place), f'no {factor} "{batch}"', hint)
    lacking = [batch for batch in batches if equations and batch not in equations]
    if lacking:
        yield config.problem((*key, "equations"), f"lacks {listed(lacking)}")


def _unknown_scanners(config: ConfigFile, scanners: Sequence[str]) -> Iterator[Problem]:
    for name, settings in config.values["harmonisation"].items():
        if batch_columns(settings) == ["scanner"]:
            yield from _unknown_batches(config, name, settings, scanners)
        elif batch_columns(settings) == ["site"]:
            yield from _unknown_batches(config, name, settings, list(config.values["sites"]))
    for name, contrast in config.values["contrasts"].items():
        terms = [term["at"] for term in contrast.get("combination", [])]
        named = [
            settings["scanner"] for settings in [contrast["at"], *terms] if "scanner" in settings
        ]
        for level in [*contrast.get("difference", {}).get("scanner", []), *named]:
            if level not in scanners:
                hint = did_you_mean(level, scanners)
                yield config.problem(("contrasts", name), f'no scanner "{level}"', hint)
