"""Chips about the data: complete, far values."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from multipet.report.chips.chip import Rule, State, Verdict
from multipet.report.contrast.files import ContrastFiles, rows
from multipet.report.html.text import count, is_missing, listed, number, percent, site_label, some

Row = Mapping[str, Any]
Key = tuple[str, str]

MISSING_LOOK, MISSING_STOP = 0.05, 0.2
MOST_NAMED = 3  # values that are named one by one


def _missing(files: ContrastFiles) -> Verdict | None:
    """How many of the values delivered take part?"""
    delivered, used = sum(files.delivered.values()), files.plan["n_scans"]
    if not delivered or not used:
        return None
    taken, _ = cells(files)
    every = delivered * files.contrast["region"].nunique()
    share = 1 - taken / every
    text = f"{used} of {count(delivered, 'scan')} used"
    if share < MISSING_LOOK:
        told = f"{percent(share)} of the values" if share else "no value"
        return Verdict("ok", f"{text}; {told} missing or excluded")
    state: State = "look" if share <= MISSING_STOP else "stop"
    return Verdict(state, text, f"{percent(share)} of the values missing or excluded")


MISSING = Rule(
    "missing", "Data complete", "exclusions",
    ok=f"less than {percent(MISSING_LOOK)} of the values (scans delivered × regions) are missing, "
    "excluded, or of a region that could not be fitted",
    look=f"up to {percent(MISSING_STOP)}",
    stop="more",
    judge=_missing,
)  # fmt: skip


def cells(files: ContrastFiles) -> tuple[int, int]:
    """Values that the fits use, and scans delivered × regions; failed regions left out."""
    used = {
        row["region"]: int(row["n_scans"])
        for row in rows(files.contrast)
        if not is_missing(row["n_scans"])
    }
    return sum(used.values()), sum(files.delivered.values()) * len(used)


def _outliers(files: ContrastFiles) -> Verdict | None:
    """Were values far from those of their site and region kept?"""
    if files.spec.checks.outlier_value.action == "ignore":
        return None
    far = [
        row
        for row in rows(files.ingest_findings)
        if row["check"] == "outlier_value" and region_of(files, row["region"])
    ]
    kept = [row for row in far if row["action"] == "noted"]
    set_aside = f"; {len(far) - len(kept)} set aside" if len(far) > len(kept) else ""
    if not kept:
        return Verdict("ok", f"no value far from its site and region kept{set_aside}")
    regions = Counter(files.region_in_prose(region_of(files, row["region"])) for row in kept)
    where = [f"{region} ({n})" for region, n in regions.most_common()]
    if len(kept) <= MOST_NAMED:
        where = [_cell(files, row) for row in kept]
    title = f"{count(len(kept), 'value')} far from the others kept in {some(list(regions))}"
    return Verdict("look", some(where) + set_aside, title)


OUTLIERS = Rule(
    "outliers", "No outliers", "exclusions",
    ok="no value far from those of its site and region was kept (checks.outlier_value.mads)",
    look="one or more were kept: look at the cell, and at the image",
    stop="",
    judge=_outliers,
)  # fmt: skip


def _cell(files: ContrastFiles, row: dict[str, Any]) -> str:
    """Where a value is and what it is, without saying whose: ``2946 in Caudate (Oslo, row 8)``."""
    place = site_label(files.spec, row["site"]) + (f", row {row['row']}" if row["row"] else "")
    return f"{_value(row['value'])} in {files.region_in_prose(row['region'])} ({place})"


def _value(text: str) -> str:
    try:
        return number(float(text), 4)
    except ValueError:
        return text or "a value"


def region_of(files: ContrastFiles, region: str) -> str:
    """The contrast's region that ``region`` is or is a part of; empty where there is none."""
    analysed = set(files.contrast["region"])
    combined = files.spec.combined_regions
    wholes = [whole for whole, entry in combined.items() if region in entry.parts]
    return next((name for name in (region, *wholes) if name in analysed), "")


def _outside(files: ContrastFiles) -> Verdict | None:
    """Is a number held where people of these data have it?"""
    held = [name for name, at in files.spec.contrast.settings.at.items() if not isinstance(at, str)]
    ranges = {name: _range(files, name) for name in held}
    outside = [
        f"{files.variable_label(name)} {number(at)}, the data have {number(low)} to {number(high)}"
        for name, (low, high) in ((name, found) for name, found in ranges.items() if found)
        if not low <= (at := float(files.spec.contrast.settings.at[name])) <= high
    ]
    if not any(ranges.values()):
        return None
    if outside:
        return Verdict("look", listed(outside), "The answer lies outside the data")
    return Verdict("ok", f"{listed([files.variable_label(name) for name in held])} as in the data")


def _range(files: ContrastFiles, variable: str) -> tuple[float, float] | None:
    """Smallest and largest value of a number over all sites."""
    known = [site["numbers"][variable] for site in files.plan["per_site"]
             if variable in site.get("numbers", {})]  # fmt: skip
    return (min(n["min"] for n in known), max(n["max"] for n in known)) if known else None


OUTSIDE = Rule(
    "outside", "Within the data", "sites",
    ok="every number that the contrast holds (at) lies between the smallest and the largest of "
    "these data (not shown where it holds none)",
    look="one lies outside: the answer is the model’s line drawn on",
    stop="",
    judge=_outside,
)  # fmt: skip
