"""Findings as a table on disk, and read back."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from multipet.core.columns import FINDINGS, names
from multipet.core.findings import Finding, finding_rows
from multipet.core.tables import read_table, write_table


def write_findings(path: Path | str, findings: Iterable[Finding]) -> None:
    """Write findings, one a row (columns ``columns.FINDINGS``)."""
    write_table(path, pd.DataFrame(finding_rows(findings), columns=names(FINDINGS)), FINDINGS)


def read_findings(path: Path | str) -> list[Finding]:
    """Read what ``write_findings`` wrote."""
    return [Finding(**row) for row in read_table(path).to_dict("records")]
