"""Chips about the data: complete, far values; does one site or person drive the answer?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from multipet.report.chips.chip import Rule, State, Verdict, named
from multipet.report.chips.sites import compares_centres
from multipet.report.contrast.effect import detected, estimated
from multipet.report.contrast.files import ContrastFiles, rows
from multipet.report.html.text import count, is_missing, listed, number, percent, site_label, some

Row = Mapping[str, Any]
Key = tuple[str, str]

MISSING_LOOK, MISSING_STOP = 0.05, 0.2
MOST_NAMED = 3  # values that are named one by one
MOST_SITES = 2  # sites that are named one by one


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


def _single_site(files: ContrastFiles) -> Verdict | None:
    """Do sign and detection survive without each site and each scanner?"""
    every = _of_estimates(files, rows(files.robust.left_out_summary))
    if not every:
        return None
    if not any(row["n_estimated"] for row in every):
        return Verdict("look", "every refit failed", "No estimate without any site or scanner")
    main = [row for row in every if not is_missing(row["n_lost"])]
    turned = {row["region"] for row in main if row["n_same_sign"] < row["n_estimated"]}
    if turned:
        title = f"Sign changes in {named(files, turned)} without a site or scanner"
        return Verdict("stop", _refits(every), title)
    if _gone(files, every):
        return Verdict("look", _refits(every), f"No estimate without {_gone(files, every)}")
    lost = {row["region"] for row in main if row["n_lost"]}
    if lost:
        verb, (without, detail) = "lose" if len(lost) > 1 else "loses", _losing(files, every)
        return Verdict("look", detail, f"{named(files, lost)} {verb} significance {without}")
    return _kept(files, main, every)


def _kept(files: ContrastFiles, main: list[Row], every: list[Row]) -> Verdict:
    """What to say where nothing is lost: found more, or nothing to lose."""
    gained = {row["region"] for row in every if is_missing(row["n_lost"]) and row["n_detected"]}
    if gained:
        verb = "become" if len(gained) > 1 else "becomes"
        title = f"{named(files, gained)} {verb} significant once a site or scanner is out"
        return Verdict("look", _refits(every), title)
    if main:
        return Verdict("ok", f"same sign and still detected {_refits(every)}")
    n, of = (int(sum(row[key] for row in every)) for key in ("n_tested", "n_refits"))
    told = f"{n} of {of} refits could be tested"
    if not n:
        return Verdict("look", told, "No test without any site or scanner")
    return Verdict("ok", f"nothing to lose: nothing was detected with all sites ({told})")


SINGLE_SITE = Rule(
    "single_site", "No single site drives it", "robustness",
    ok="without each site, and each scanner, what was detected keeps its sign and its "
    "detection, and nothing else is detected",
    look="detection is lost or gained in at least one region or comparison, or there is no "
    "estimate or no test",
    stop="the sign changes where an effect was detected",
    judge=_single_site,
)  # fmt: skip


def _of_estimates(files: ContrastFiles, every: Sequence[Row]) -> list[Row]:
    """Rows with an estimate from all scans: without one there is nothing to compare with."""
    known = {_key(row) for row in estimated(files.contrast)}
    return [row for row in every if _key(row) in known]


def _refits(every: list[Row]) -> str:
    """What was left out: ``without each of 4 sites and 5 scanners``."""
    factors = dict.fromkeys(row["factor"] for row in every)
    most = {f: max(row["n_refits"] for row in every if row["factor"] == f) for f in factors}
    return f"without each of {listed([count(n, factor) for factor, n in most.items()])}"


def _gone(files: ContrastFiles, every: list[Row]) -> str:
    """Without which sites or scanners there is no estimate, unless they are what is compared."""
    if compares_centres(files) or all(row["n_estimated"] == row["n_refits"] for row in every):
        return ""
    table = files.robust.left_out
    none = _of_estimates(files, rows(table[table["estimate"].isna()]))
    return some(list(dict.fromkeys(_level(files, row) for row in none)), MOST_SITES)


def _losing(files: ContrastFiles, every: list[Row]) -> tuple[str, str]:
    """Without which sites and scanners detection is lost: by name, or how many of them."""
    main = {_key(row) for row in every if not is_missing(row["n_lost"])}
    lost = [
        row
        for row in rows(files.robust.left_out)
        if _key(row) in main and not row["p_adjusted"] < files.alpha
    ]
    levels = list(dict.fromkeys(_level(files, row) for row in lost))
    if len(levels) <= MOST_SITES:
        return f"without {listed(levels, 'or')}", "the sign stays"
    total = len(files.robust.left_out[["factor", "left_out"]].drop_duplicates())
    sites = f"without {len(levels)} of {total} sites and scanners, each left out alone"
    return "without a site or scanner", f"{sites}; the sign stays"


def _level(files: ContrastFiles, row: Row) -> str:
    return files.level_label(row["factor"], row["left_out"])


def _single_person(files: ContrastFiles) -> Verdict | None:
    """Does anybody move an estimate beyond the limit, or turn its sign?"""
    every = rows(files.robust.influence)
    if not every:
        return None
    main = {_key(r): r["estimate"] for r in estimated(files.contrast) if detected(r, files.alpha)}
    turned = {row["region"] for row in every if _turns(main, row)}
    people = count(max(row["n_subjects"] for row in every), "person", "people")
    detail = f"{_largest_move(every)}, of {people}"
    if turned:
        return Verdict("stop", detail, f"Sign changes in {named(files, turned)} without one person")
    beyond = {row["participant_id"] for row in every if is_beyond(row)}
    if not beyond:
        return Verdict("ok", detail)
    where = named(files, {row["region"] for row in every if is_beyond(row)})
    who = "One person moves" if len(beyond) == 1 else f"{len(beyond)} people each move"
    return Verdict("look", detail, f"{who} {where} beyond the limit")


SINGLE_PERSON = Rule(
    "single_person", "No single person drives it", "robustness",
    ok="without any one person no estimate moves by more than 0.5 standard errors (in small "
    "studies 3 / √people)",
    look="somebody moves one by more",
    stop="the sign changes where an effect was detected",
    judge=_single_person,
)  # fmt: skip


def is_beyond(row: Row) -> bool:
    """Whether a person moves an estimate beyond the limit, or leaves none."""
    return is_missing(row["dfbeta"]) or abs(row["dfbeta"]) > row["limit"]


def _largest_move(every: Sequence[Row]) -> str:
    row = max(every, key=_size)
    if is_missing(row["dfbeta"]):
        return "without one of them there is no estimate"
    return f"largest move {number(_size(row))} standard errors (limit {number(row['limit'])})"


def _turns(main: Mapping[Key, float], row: Row) -> bool:
    """Whether the sign of a detected estimate changes without the person."""
    with_all, without = main.get(_key(row)), row["estimate_without"]
    return with_all is not None and not is_missing(without) and (with_all < 0) != (without < 0)


def _size(row: Row) -> float:
    return float("inf") if is_missing(row["dfbeta"]) else abs(row["dfbeta"])


def _key(row: Row) -> Key:
    return row["region"], row["comparison"]
