"""What the page of a harmonisation is made of: its files, read once and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from multipet.config.methods import GIVEN, METHODS
from multipet.config.page_specs import ReportHarmonisationSpec
from multipet.config.specs import read_spec
from multipet.core.columns.harmonisation import TABLES
from multipet.core.files import read_json
from multipet.core.tables import read_table
from multipet.report.html.embedded import Figure, read_figures
from multipet.report.html.text import level_label, listed, variable_label

JOINED = " + "  # between the labels of a batch of several columns


@dataclass(frozen=True)
class HarmonisationFiles:
    """Content of the files that a harmonisation's page is made from.

    Attributes
    ----------
    spec
        What was asked: id, settings, study, sites, variables, region_labels, alpha,
        participant_ids, used_by (see the step's spec file).
    tables
        By the names of ``harmonisation_checks.check_columns.TABLES``.
    overview
        Counts and medians over all.
    parameters
        What was estimated.
    findings
        Columns ``FINDINGS``.
    figures
        In the order of the page.
    """

    spec: ReportHarmonisationSpec
    tables: Mapping[str, pd.DataFrame]
    overview: Mapping[str, Any]
    parameters: Mapping[str, Any]
    findings: pd.DataFrame
    figures: tuple[Figure, ...] = ()

    @property
    def alpha(self) -> float:
        """Level below which a region counts as different between batches."""
        return self.spec.alpha

    @property
    def method(self) -> str:
        """Name of the method as a sentence has it."""
        return METHODS[self.spec.settings.method].label

    @property
    def is_given(self) -> bool:
        """Whether nothing was estimated from these values."""
        return self.spec.settings.method in GIVEN

    @property
    def batch_noun(self) -> str:
        """What a batch is: ``scanner``; ``site + scanner`` where it is a combination."""
        return JOINED.join(map(self.variable_label, self.overview["batch_columns"]))

    @property
    def batches_noun(self) -> str:
        """The same for several: ``scanners``; ``groups by site + scanner`` for a combination."""
        one_column = len(self.overview["batch_columns"]) == 1
        return f"{self.batch_noun}s" if one_column else f"groups by {self.batch_noun}"

    def region_label(self, region: str) -> str:
        """Name of a region as readers know it."""
        return str(self.spec.region_labels.get(region, region))

    def comparison_label(self, comparison: str) -> str:
        """A harmonisation compares nothing: the name as it is."""
        return comparison

    def variable_label(self, variable: str) -> str:
        """Name of a variable as readers know it."""
        return variable_label(self.spec, variable)

    def batch_label(self, batch: str) -> str:
        """Name of a batch as readers know it: ``Turku HRRT``."""
        columns = self.overview["batch_columns"]
        parts = batch.split(JOINED) if len(columns) > 1 else [batch]
        if len(parts) != len(columns):
            return batch
        named = zip(columns, parts, strict=True)
        return JOINED.join(level_label(self.spec, column, part) for column, part in named)

    def column_label(self, column: str) -> str:
        """Name of a covariate column: ``group: patients`` for ``group[patient]``."""
        parts = []
        for piece in column.split(":"):
            name, bracket, level = piece.removesuffix("]").partition("[")
            known = bracket and name in self.spec.variables
            label = self.variable_label(name)
            parts.append(f"{label}: {level_label(self.spec, name, level)}" if known else piece)
        return " × ".join(parts)

    def preserved(self) -> str:
        """What the harmonisation left in place, in words: ``age, sex and group``."""
        table = self.tables["covariate_shares"]
        kept = table[table["column"].isin(self.tables["covariate_effects"]["column"])]
        variables = dict.fromkeys(word for text in kept["variable"] for word in text.split())
        if not variables:
            return ""
        crossed = " and of their interaction" if kept["column"].str.contains(":").any() else ""
        return listed([self.variable_label(name) for name in variables]) + crossed


def read_harmonisation_files(
    spec: Path | str,
    checks: Path | str,
    findings: Path | str,
    parameters: Path | str,
    figures: Path | str,
) -> HarmonisationFiles:
    """Read the inputs of a page.

    Parameters
    ----------
    checks
        Folder of the tables and ``overview.json``.
    figures
        Index of the figures.
    """
    folder = Path(checks)
    return HarmonisationFiles(
        spec=read_spec(ReportHarmonisationSpec, spec),
        tables={name: read_table(folder / f"{name}.tsv") for name in TABLES},
        overview=read_json(folder / "overview.json"),
        parameters=read_json(parameters),
        findings=read_table(findings),
        figures=read_figures(Path(figures)),
    )
