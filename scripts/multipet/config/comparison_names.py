"""What readers see in place of a comparison's name: ``patients − controls`` for its levels."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from multipet.config.comparisons import KINDS, comparisons, kind_of

Label = Callable[[str, Any], str]


def shown_names(
    contrast: Mapping[str, Any],
    levels: Mapping[str, Sequence[str]],
    variables: Mapping[str, Any],
    label: Label,
) -> dict[str, str]:
    """Names of a contrast's comparisons, each with the name that readers see.

    Parameters
    ----------
    contrast
        As configured.
    levels
        Levels of what ``pairwise`` compares, in any order.
    variables
        The config's ``variables``, for units.
    label
        Returns the label of a level, from its variable and its name.

    Returns
    -------
    dict
        Name in the results files -> name with labels.
    """
    settings = {"at": {}} | {key: contrast[key] for key in (*KINDS, "at") if key in contrast}
    labelled = _labelled(settings, label)
    names = {}
    for order in (1, -1):  # whichever of a pair comes first in the results
        some = {name: list(known)[::order] for name, known in levels.items()}
        shown = {name: [label(name, level) for level in known] for name, known in some.items()}
        pairs = zip(
            comparisons(settings, some, variables),
            comparisons(labelled, shown, variables),
            strict=True,
        )
        names |= {plain.label: readable.label for plain, readable in pairs}
    return names


def compared_levels(contrast: Mapping[str, Any], known: Mapping[str, Sequence[str]]) -> dict:
    """Levels of the variable that ``pairwise`` compares; empty lists where none are known."""
    if kind_of(contrast) != "pairwise":
        return {}
    return {contrast["pairwise"]: list(known.get(contrast["pairwise"], ()))}


def _labelled(settings: Mapping[str, Any], label: Label) -> dict[str, Any]:
    """The same contrast with the labels of its levels in their place."""
    changed = dict(settings) | {"at": _at(settings["at"], label)}
    if "difference" in settings:
        (name, pair), *_ = settings["difference"].items()
        changed["difference"] = {name: [label(name, level) for level in pair]}
    if "combination" in settings:
        changed["combination"] = [
            dict(term) | {"at": _at(term.get("at", {}), label)} for term in settings["combination"]
        ]
    return changed


def _at(at: Mapping[str, Any], label: Label) -> dict[str, Any]:
    return {k: label(k, v) if isinstance(v, str) else v for k, v in at.items()}
