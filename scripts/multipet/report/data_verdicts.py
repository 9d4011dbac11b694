"""What the chips about the data say: how much of it was used, and what looks wrong in it."""

from collections import Counter
from typing import Any

from multipet.report.contrast_files import ContrastFiles, rows, site_label
from multipet.report.formatting import count, is_missing, number, percent, some
from multipet.report.verdicts import Verdict

MISSING_LOOK, MISSING_STOP = 0.05, 0.2
MOST_NAMED = 3  # values that are named one by one


def missing(files: ContrastFiles) -> Verdict | None:
    """How many of the values delivered take part?"""
    delivered, used = sum(files.delivered.values()), files.plan.get("n_scans")
    if not delivered or not used:
        return None
    share = missing_share(files)
    state = "ok" if share < MISSING_LOOK else "look" if share <= MISSING_STOP else "stop"
    text = f"{used} of {count(delivered, 'scan')} used; "
    missed = f"{percent(share)} of the values of regions" if share else "no value of a region"
    return Verdict(state, f"{text}{missed} missing or excluded")


def repeated(files: ContrastFiles) -> Verdict | None:
    """Do scans of one person count as those of several?"""
    fired = [f for f in files.findings if f["check"] == "repeated_scans"]
    if not fired:
        return None
    people = count(int(fired[0]["value"]), "person", "people")
    return Verdict("stop", f"{people} scanned more than once: p-values are too small")


def missing_share(files: ContrastFiles) -> float:
    """Share of the cells scan × region delivered that no fit uses; failed regions left out."""
    used, every = cells(files)
    return 1 - used / every if every else 0.0


def cells(files: ContrastFiles) -> tuple[int, int]:
    """Values that the fits use, and scans delivered × regions; failed regions left out."""
    used = {
        row["region"]: int(row["n_scans"])
        for row in rows(files.contrast)
        if not is_missing(row["n_scans"])
    }
    return sum(used.values()), sum(files.delivered.values()) * len(used)


def concerns(files: ContrastFiles, region: str) -> bool:
    """Whether ``region`` is one of the contrast's, or a part of one."""
    return bool(_whole(files, region))


def outliers(files: ContrastFiles) -> Verdict | None:
    """Were values far from those of their site and region kept?"""
    if files.spec.get("checks", {}).get("outlier_value", {}).get("action", "ignore") == "ignore":
        return None
    fired = [
        row
        for row in rows(files.ingest_findings)
        if row["check"] == "outlier_value" and concerns(files, row["region"])
    ]
    kept = [row for row in fired if row["action"] == "noted"]
    set_aside = f"; {len(fired) - len(kept)} set aside" if len(fired) > len(kept) else ""
    if not kept:
        return Verdict("ok", f"no value far from its site and region kept{set_aside}")
    where = [_cell(files, row) for row in kept]
    if len(kept) > MOST_NAMED:
        regions = Counter(files.region_label(_whole(files, row["region"])) for row in kept)
        where = [f"{region} ({n})" for region, n in regions.most_common()]
    return Verdict("look", f"{count(len(kept), 'far value')} kept: {some(where)}{set_aside}")


def _cell(files: ContrastFiles, row: dict[str, Any]) -> str:
    """Where a value is and what it is, without saying whose: ``2946 in Caudate (Oslo, row 8)``."""
    place = site_label(files.spec, row["site"]) + (f", row {row['row']}" if row["row"] else "")
    return f"{_value(row['value'])} in {files.region_label(row['region'])} ({place})"


def _value(text: str) -> str:
    try:
        return number(float(text), 4)
    except ValueError:
        return text or "a value"


def _whole(files: ContrastFiles, region: str) -> str:
    """The contrast's region that ``region`` is or is a part of; empty where there is none."""
    analysed = set(files.contrast["region"])
    combined = files.spec.get("combined_regions", {})
    wholes = [whole for whole, entry in combined.items() if region in entry["parts"]]
    return next((name for name in (region, *wholes) if name in analysed), "")
