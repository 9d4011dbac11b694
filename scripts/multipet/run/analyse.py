"""A study in one process: what the workflow prints as contrast estimates, with nothing written."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from multipet.analysis.model.fit_file import variants_record
from multipet.analysis.model.fitted_model import FittedModel, fit_configured
from multipet.calibration.calibration_table import CALIBRATION
from multipet.calibration.contrast_calibration import calibrate_contrast
from multipet.calibration.estimated_contrast import estimate_configured
from multipet.config.checks.tables import check_tables
from multipet.config.config_file import ConfigFile, merge, read_config_file
from multipet.config.jobs import ingest_study, specs
from multipet.config.loading import load_config
from multipet.config.study import Study, study_of
from multipet.core.columns import CONTRAST, Column
from multipet.core.files import canonical_json
from multipet.core.problems import Problem, UserError, did_you_mean
from multipet.core.tables import as_read
from multipet.harmonisation.harmonised_table import harmonise_pooled
from multipet.ingest.tidy_file import pooled_columns, pooled_frame

#: Our columns that name something: text, as a number has lost what stood before it (007).
NAMES = ("participant_id", "session", "scanner")


def analyse(
    config: Path | str | Mapping[str, Any], tables: Mapping[str, pd.DataFrame] | None = None
) -> dict[str, pd.DataFrame]:
    """Analyse a study as the workflow does, in this process: no files, no figures, no reports.

    Parameters
    ----------
    config
        A study's config: its file, or what the YAML holds. Paths in a file are relative to it,
        paths in a mapping to the working directory.
    tables
        Site id -> table as that site delivers it, in place of its ``path``. Ids, sessions and
        scanners are text.

    Returns
    -------
    dict
        Contrast id -> the table of its ``contrast.tsv``, to the last digit (columns
        ``core.columns.CONTRAST``).

    Raises
    ------
    UserError
        With everything that is wrong in the config or the tables.

    Examples
    --------
    >>> import multipet
    >>> import numpy as np
    >>> import pandas as pd
    >>> random = np.random.default_rng(1)
    >>> def scans(site, shift):
    ...     age = random.uniform(20, 80, 40)
    ...     bp_nd = 3 + shift - 0.02 * age + random.normal(0, 0.2, 40)
    ...     ids = [f"{site}{number:03d}" for number in range(40)]
    ...     return pd.DataFrame({"participant_id": ids, "age": age, "bp_caudate": bp_nd})
    >>> site = {"format": "wide_table", "regions": {"prefix": "bp_"}}
    >>> estimates = multipet.analyse(
    ...     {
    ...         "study": {
    ...             "title": "Age",
    ...             "tracer": "[11C]raclopride",
    ...             "outcome": {"column": "bp_nd", "label": "BP_ND", "scale": "identity"},
    ...         },
    ...         "variables": {"age": {"kind": "number", "unit": "years"}},
    ...         "sites": {"turku": site, "aarhus": site},
    ...         "models": {"main": {"formula": "age", "harmonisation": "none"}},
    ...         "contrasts": {"age_per_decade": {"model": "main", "slope": {"age": 10}}},
    ...     },
    ...     {"turku": scans("t", 0), "aarhus": scans("a", 0.3)},
    ... )
    >>> table = estimates["age_per_decade"]
    >>> table["region"][0], int(table["n_scans"][0]), round(float(table["estimate"][0]), 2)
    ('caudate', 80, -0.21)
    """
    with TemporaryDirectory() as folder:
        loaded = _loaded(config, tables or {}, Path(folder))
        return _Run(loaded).contrasts()


class _Run:
    """The steps of a study, each result handed on as it would be read from its file."""

    def __init__(self, loaded: ConfigFile) -> None:
        self.study: Study = study_of(loaded.values)
        self._specs: dict[tuple[str, str], Any] = dict(specs(self.study))
        pooled = check_tables(loaded).pooled
        known, sites = ingest_study(self.study), list(self.study.sites)
        self._columns: list[Column] = pooled_columns(pooled, known, sites)
        self._pooled = as_read(pooled_frame(pooled, known, sites), self._columns)

    def contrasts(self) -> dict[str, pd.DataFrame]:
        """The table of every contrast."""
        used = dict.fromkeys(contrast.model for contrast in self.study.contrasts.values())
        values = {model: self._values(model) for model in used}
        fits = {m: fit_configured(self._specs["fit_model", m], values[m]) for m in used}
        return {
            name: self._estimated(name, fits[one.model], values[one.model])
            for name, one in self.study.contrasts.items()
        }

    def _values(self, model: str) -> list[pd.DataFrame]:
        """What a model is fitted to; then the raw values, where those are harmonised."""
        harmonisation = self.study.models[model].harmonisation
        if harmonisation == "none":
            return [self._pooled]
        spec = self._specs["harmonise", harmonisation]
        table, _ = harmonise_pooled(self._pooled, spec.id, spec.settings, spec.scale)
        return [as_read(table, self._columns), self._pooled]

    def _estimated(self, name: str, model: FittedModel, values: list[pd.DataFrame]) -> pd.DataFrame:
        calibration = None
        if spec := self._specs.get(("calibrate_contrast", name)):
            table = calibrate_contrast(spec, self._pooled, model.record["formula"]).table
            calibration = as_read(table, CALIBRATION)
        fits = json.loads(canonical_json(variants_record(model.variants)))
        spec = self._specs["estimate_contrast", name]
        made = estimate_configured(spec, fits, values, calibration)
        return as_read(made.tables["contrast"], CONTRAST)


def _loaded(
    config: Path | str | Mapping[str, Any], tables: Mapping[str, pd.DataFrame], folder: Path
) -> ConfigFile:
    """The checked config, the tables in place of what it says of files."""
    paths = [] if isinstance(config, Mapping) else [config]
    values = config if isinstance(config, Mapping) else read_config_file(Path(config)).values
    _refuse_numbers(tables, values.get("sites") or {})
    sites: dict[str, Any] = {}
    for site, table in tables.items():
        path = folder / f"{site}.tsv"
        path.write_text(_text(table, values["sites"][site].get("decimal")), encoding="utf-8")
        sites[site] = {"path": str(path), "sheet": ""}
    given = ConfigFile({"sites": sites}) if sites else ConfigFile({})
    return load_config(paths, merge([ConfigFile({} if paths else dict(values)), given]).values)


def _refuse_numbers(tables: Mapping[str, pd.DataFrame], sites: Mapping[str, Any]) -> None:
    """Stop where a table is of no site, or holds names that were read as numbers."""
    problems = [
        Problem(f"tables.{site}", f'the config has no site "{site}"', did_you_mean(site, sites))
        for site in tables
        if site not in sites
    ]
    for site in tables.keys() & sites.keys():
        headers = sites[site].get("columns") or {}
        for header in (headers.get(name, name) for name in NAMES):
            if header in tables[site] and is_numeric_dtype(tables[site][header]):
                message = "holds numbers where names are wanted: 007 and 7 are two people"
                hint = f'read it as text, e.g. pandas.read_csv(…, dtype={{"{header}": str}})'
                problems.append(Problem(f'tables.{site}, column "{header}"', message, hint))
    if problems:
        raise UserError(problems)


def _text(table: pd.DataFrame, decimal: str | None) -> str:
    """A table as its site would deliver it: numbers with all their digits, missing cells empty."""
    sign = "," if decimal == "comma" else "."
    return table.to_csv(sep="\t", index=False, decimal=sign, lineterminator="\n")
