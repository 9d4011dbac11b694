"""Chips about what is left out: does one site, scanner or person drive the answer?"""

from collections.abc import Mapping, Sequence
from typing import Any

from multipet.report.chips.chip import Rule, Verdict, named
from multipet.report.chips.sites import compares_centres
from multipet.report.contrast.effect import detected, estimated
from multipet.report.contrast.files import ContrastFiles, rows
from multipet.report.html.text import count, is_missing, listed, number, some

Row = Mapping[str, Any]
Key = tuple[str, str]

ALONE = 2.75  # times as far as the next person, see docs/chips.md
MOST_SITES = 2  # sites that are named one by one


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
    """Does one person move an estimate far more than the others do, or turn its sign?

    The limit alone tells little: somebody is beyond it in most clean small studies.
    """
    every = rows(files.robust.influence)
    if not every:
        return None
    main = {_key(r): r["estimate"] for r in estimated(files.contrast) if detected(r, files.alpha)}
    turned = {row["region"] for row in every if _turns(main, row)}
    people = count(max(row["n_subjects"] for row in every), "person", "people")
    detail = f"{_largest_move(every)}, of {people}"
    if turned:
        return Verdict("stop", detail, f"Sign changes in {named(files, turned)} without one person")
    driving = _driving(every)
    if not driving:
        return Verdict("ok", detail)
    where = named(files, {row["region"] for row in driving})
    n = len({row["participant_id"] for row in driving})
    who = "One person moves" if n == 1 else f"{n} people each move"
    return Verdict("look", detail, f"{who} {where} far more than others do")


def _driving(every: Sequence[Row]) -> list[Row]:
    """Of each region and comparison, the person who is beyond the limit and far from the next."""
    ranked: dict[Key, list[Row]] = {}
    for row in sorted(every, key=_size, reverse=True):
        ranked.setdefault(_key(row), []).append(row)
    return [
        first
        for first, *others in ranked.values()
        if is_beyond(first) and _stands_out(first, others)
    ]


def _stands_out(first: Row, others: Sequence[Row]) -> bool:
    """Whether the next person moves the estimate far less; always where none is left without."""
    return is_missing(first["dfbeta"]) or not others or _size(first) > ALONE * _size(others[0])


SINGLE_PERSON = Rule(
    "single_person", "No single person drives it", "robustness",
    ok="nobody moves an estimate by more than 0.5 standard errors (in small studies 3 / √people) "
    f"and more than {ALONE:g} times as far as anybody else",
    look="somebody does, or leaves no estimate",
    stop="the sign changes where an effect was detected",
    judge=_single_person,
)  # fmt: skip


def is_beyond(row: Row) -> bool:
    """Whether a person moves an estimate beyond the limit of the table, or leaves none."""
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
