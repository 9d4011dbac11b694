"""Which site can give which region: what is absent, given twice, or only there in part."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from multipet.ingest.notes import Notes
from multipet.ingest.regions import deliverable, final_regions, parts_of
from multipet.ingest.tidy_table import SiteTable
from multipet.problems import did_you_mean, listed

Combine = Mapping[str, Mapping[str, Any]]

# least share of letters that a name must have in common with another to be taken for it
ALIKE = 0.6


def check_delivered(tables: Sequence[SiteTable], regions: Mapping[str, Any], notes: Notes) -> None:
    """Note regions that no site can give, and sites that give one twice or only in part.

    Parameters
    ----------
    tables
        Tidy tables of the sites.
    regions
        ``keep`` and ``combine`` of the config.
    notes
        Takes the problems.
    """
    combine = regions.get("combine") or {}
    every = list(dict.fromkeys(region for table in tables for region in table.regions))
    for region in final_regions(every, regions):
        partial = [table for table in tables if _lacking(region, table, combine)]
        nowhere = [part for part in parts_of(region, combine) if part not in every]
        if len(partial) > 1 and nowhere:
            idle = [name for name in every if name not in _taken(regions)]
            message = f"no site delivers its part {listed(nowhere)}"
            hint = did_you_mean(nowhere[0], [*idle, *(n for t in partial for n in t.unread)])
            notes.problem(f"regions.combine.{region}", message, hint)
        else:
            for table in partial:
                _note_partial(region, table, regions, notes)
        if not partial and not any(_can_give(region, table, combine) for table in tables):
            _note_absent(region, every, combine, notes)
        for table in tables:
            _note_twice(region, table, combine, notes)


def _can_give(region: str, table: SiteTable, combine: Combine) -> bool:
    """Whether a site delivers ``region`` or all of its parts."""
    parts = parts_of(region, combine)
    return region in table.regions or (bool(parts) and table.regions.keys() >= set(parts))


def _lacking(region: str, table: SiteTable, combine: Combine) -> list[str]:
    """Parts of ``region`` that a site lacks of which it delivers others; else none."""
    parts = parts_of(region, combine)
    lacking = [part for part in parts if part not in table.regions]
    return lacking if region not in table.regions and len(lacking) < len(parts) else []


def _taken(regions: Mapping[str, Any]) -> set[str]:
    """Names that the study means something by."""
    combine = regions.get("combine") or {}
    names = {name for whole in combine for name in deliverable(whole, combine)}
    return names | set(regions.get("keep") or ())


def _note_partial(region: str, table: SiteTable, regions: Mapping[str, Any], notes: Notes) -> None:
    combine = regions["combine"]
    lacking = _lacking(region, table, combine)
    present = [part for part in parts_of(region, combine) if part in table.regions]
    message = (
        f"the table has {listed(present)} and not {listed(lacking)}: "
        f"{region}, the mean of these, would be missing in every scan of {table.site}"
    )
    where = f"sites.{table.site}.regions"
    way_out = f"if the site truly has no {listed(lacking)}, set {where}.ignore: [{listed(present)}]"
    near = {part: _nearest(part, present, table, _taken(regions)) for part in lacking}
    mapped = ", ".join(f'"{name}": {part}' for part, name in near.items() if name)
    if mapped:
        hint = f"did you mean {where}.names: {{{mapped}}}?"
    elif table.unread:
        hint = f"list it under {where}.names; nothing reads {listed(table.unread)}"
    else:
        hint = f"list it under {where}.names"
    notes.problem(where, message, f"{hint} Or, {way_out}" if mapped else f"{hint}; {way_out}")


def _nearest(part: str, present: Sequence[str], table: SiteTable, taken: set[str]) -> str:
    """Name in the table that nothing uses and that is most like a part, or like its siblings.

    The siblings are compared as delivered: ``L_Put`` is more like ``R_Put`` than like
    ``putamen_l``.
    """
    idle = [table.sources.get(name, name) for name in table.regions if name not in taken]
    models = [part, *(table.sources.get(name, name) for name in present)]

    def likeness(name: str) -> float:
        words = (SequenceMatcher(None, name.casefold(), model.casefold()) for model in models)
        return max(word.ratio() for word in words)

    best = max([*table.unread, *idle], key=likeness, default="")
    return best if best and likeness(best) >= ALIKE else ""


def _note_absent(region: str, every: Sequence[str], combine: Combine, notes: Notes) -> None:
    lacking = [part for part in parts_of(region, combine) if part not in every]
    word = lacking[0] if lacking else region
    what = f', nor its part "{word}"' if word != region else ""
    message = f'no site delivers region "{region}"{what}'
    # a combination can be kept as well as what is delivered; it cannot be a part
    known = every if lacking else dict.fromkeys([*combine, *every])
    notes.problem("regions", message, did_you_mean(word, known))


def _note_twice(region: str, table: SiteTable, combine: Combine, notes: Notes) -> None:
    parts = [part for part in parts_of(region, combine) if part in table.regions]
    if region in table.regions and parts:
        message = f'delivers region "{region}" and its parts too ({listed(parts)})'
        where = f"sites.{table.site}"
        notes.problem(where, message, "give one of them another name in regions.names")
