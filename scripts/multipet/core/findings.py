"""Findings: named checks that fired, listed beside the numbers that they touch."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check that fired.

    Attributes
    ----------
    stage
        ``tidy``, ``pool``, ``harmonise``, ``model`` or ``contrast``.
    check
        Name of the check, e.g. ``duplicate_row``, ``singular_fit``.
    action
        What was done: ``noted``, ``excluded``, ``dropped``, ``missing`` or ``joined``.
    message
        The finding in words that a reader of the report understands.
    site, participant_id, session, region, row
        What it concerns; empty where it does not apply. ``row`` counts as the raw table
        does in a spreadsheet: 1 is the header.
    comparison
        The comparison of the contrast that it is about; pages put its name before the message.
    factor
        Grouping factor or variable that it is about, e.g. ``site``.
    term
        Effect that it is about, as the formula has it: ``(Intercept)`` or a slope of ``factor``;
        without ``factor`` a fixed effect.
    statistic
        What ``value`` is, e.g. ``variance``, ``correlation``.
    value, limit
        What was found, and what it was held against.
    """

    stage: str
    check: str
    action: str
    message: str
    site: str = ""
    participant_id: str = ""
    session: str = ""
    region: str = ""
    row: str = ""
    comparison: str = ""
    factor: str = ""
    term: str = ""
    statistic: str = ""
    value: str = ""
    limit: str = ""


def finding_rows(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Rows of the findings table (columns ``columns.FINDINGS``)."""
    return [asdict(finding) for finding in findings]
