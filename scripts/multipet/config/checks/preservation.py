"""What a harmonisation preserves, judged by terms: what a contrast asks about must be among it.

A harmonisation takes out of the values what batches have in common. Whatever is related to the
batches and not preserved goes with it: an interaction or a curve too, where only the main
effect or the straight line is preserved.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from multipet.config.config_file import ConfigFile
from multipet.config.kinds import Comparison, comparisons
from multipet.config.kinds import Term as Weighed
from multipet.config.methods import METHODS
from multipet.core.problems import Problem, UserError, listed
from multipet.formulas.expression import Call, Name, names_in
from multipet.formulas.formula import INTERCEPT, Term, parse_formula, term_text

Levels = Mapping[str, Sequence[str]]
#: Columns whose levels only the data know; the checks of terms need that there are some.
_SOME = ("1", "2", "3")


def preserved_by(formulas: Iterable[str], batch: Sequence[str]) -> str:
    """What ``preserve: auto`` stands for: every fixed term of the models, as one formula.

    Regions are harmonised each by itself, and batches are what is taken out: neither is a
    covariate.
    """
    inside = {*batch, *(["site"] if "scanner" in batch else [])}
    terms = [term for text in formulas for term in _fixed_terms(text) if _names(term) - inside]
    return " + ".join(dict.fromkeys(map(term_text, terms))) or "1"


def lost_terms(
    formula: str, settings: Mapping[str, Any], variables: Mapping[str, Any]
) -> list[Term]:
    """Fixed terms of a model that a harmonisation does not preserve.

    Parameters
    ----------
    formula
        Of the model.
    settings
        Of the harmonisation: ``method``, ``batch``, ``preserve`` (not ``auto``), ``fit_on`` and
        ``spline``.
    variables
        The config's ``variables``.
    """
    kept = [term for term in parse_formula(settings["preserve"]).fixed if term != INTERCEPT]
    constant = {n for n, levels in (settings["fit_on"] or {}).items() if len(levels) == 1}
    taken = {*_columns(settings["batch"]), "site", "scanner", *constant}
    wanted = [term for term in _fixed_terms(formula) if not _names(term) & {"site", "scanner"}]
    lost = []
    for term in wanted:
        rest = tuple(node for node in term if set(names_in(node)) - taken)
        if rest and not _is_kept(rest, kept, settings, variables):
            lost.append(term)
    return lost


def lost_of_models(
    models: Mapping[str, Any], name: str, settings: Mapping[str, Any], variables: Mapping[str, Any]
) -> list[str]:
    """Fixed terms of the models that use a harmonisation which it does not preserve."""
    if METHODS[settings["method"]].is_given:
        return []
    formulas = [m["formula"] for m in models.values() if m["harmonisation"] == name]
    lost = [term for text in formulas for term in lost_terms(text, settings, variables)]
    return list(dict.fromkeys(map(term_text, lost)))


def asked_terms(
    formula: str, contrast: Mapping[str, Any], variables: Mapping[str, Any]
) -> list[Term]:
    """Fixed terms of a model that a contrast asks about.

    Those that have a weight in it where numbers count from their mean and levels from theirs:
    the slopes of two groups compared ask about ``age:group``, their mean about ``age``.
    """
    levels = _levels(variables, _names_of(formula) | {contrast.get("pairwise", "")})
    every = comparisons(contrast, levels, variables)
    terms = parse_formula(formula).fixed
    asked = [_of_one_region(t) for t in terms if any(_weighs(t, c, levels) for c in every)]
    return [term for term in dict.fromkeys(asked) if term != INTERCEPT]


def preservation_problems(config: ConfigFile) -> Iterator[Problem]:
    """Contrasts about terms that the harmonisation of their model does not preserve.

    ``config`` has no other problem.
    """
    values = config.values
    for name, contrast in values["contrasts"].items():
        model = values["models"][contrast["model"]]
        settings = values["harmonisation"].get(model["harmonisation"])
        if settings is None or METHODS[settings["method"]].is_given:
            continue
        if settings["preserve"] != "auto":
            lost = set(lost_terms(model["formula"], settings, values["variables"]))
            asked = asked_terms(model["formula"], contrast, values["variables"])
            terms = [term_text(term) for term in asked if term in lost]
            if terms:
                message = (
                    f"asks about {listed(terms)}, which harmonisation.{model['harmonisation']}"
                    f' does not preserve ("{settings["preserve"]}"): part of the answer would be'
                    f" taken out with the differences between {_plural(settings['batch'])}"
                )
                hint = f"set harmonisation.{model['harmonisation']}.preserve: auto, or add it there"
                yield config.problem(("contrasts", name), message, hint)


def _is_kept(
    term: Term, kept: Sequence[Term], settings: Mapping[str, Any], variables: Mapping[str, Any]
) -> bool:
    sets = [set(other) for other in kept]
    if set(term) in sets:
        return True
    if "spline" in METHODS[settings["method"]].options:
        names = settings["spline"] or [n for n, v in variables.items() if v["kind"] == "number"]
        if {_bent(node, names) for node in term} in [{_bent(n, names) for n in s} for s in sets]:
            return True
    from multipet.formulas.span import spans  # numpy, only where the words differ

    try:
        return spans(kept, term, _levels(variables, _names(term) | set().union(*map(_names, kept))))
    except UserError:  # a function that cannot be computed: its own check says so
        return True


def _bent(node: Any, names: Sequence[str]) -> Any:
    """A curve of a number that enters as a spline counts as that number."""
    used = set(names_in(node)) if isinstance(node, Call) else set()
    return Name(*used) if len(used) == 1 and used <= set(names) else node


def _fixed_terms(formula: str) -> list[Term]:
    """Fixed terms but the intercept, as they are in one region."""
    terms = dict.fromkeys(map(_of_one_region, parse_formula(formula).fixed))
    return [term for term in terms if term != INTERCEPT]


def _of_one_region(term: Term) -> Term:
    """Each region has its own harmonisation: ``age:region`` is ``age`` there."""
    return tuple(node for node in term if set(names_in(node)) != {"region"})


def _weighs(term: Term, comparison: Comparison, levels: Levels) -> bool:
    """Whether a comparison has a weight in a term, numbers and levels counted from their means."""
    names = sorted(_names(term))
    weights: dict[tuple[Any, ...], float] = {}
    for part in comparison.terms:
        for place, weight in _places(names, part, levels):
            weights[place] = weights.get(place, 0.0) + weight
    return any(abs(weight) > 1e-9 for weight in weights.values())


def _places(
    names: Sequence[str], part: Weighed, levels: Levels
) -> Iterator[tuple[tuple[Any, ...], float]]:
    """Weights of one part of a comparison, by levels and numbers of the term's variables."""
    slope, settings = part.slope and part.slope[0], dict(part.settings)
    if slope and slope not in names:
        return
    axes: list[list[tuple[Any, float]]] = []
    for name in names:
        if name == slope:
            axes.append([("slope", 1.0)])
        elif name not in settings:
            return  # at its mean
        elif settings[name] in levels.get(name, ()):
            mean = 1 / len(levels[name])
            axes.append([(x, (x == settings[name]) - mean) for x in levels[name]])
        else:
            axes.append([(settings[name], 1.0)])
    for cell in product(*axes):
        weight = part.weight
        for _, share in cell:
            weight *= share
        yield tuple(place for place, _ in cell), weight


def _levels(variables: Mapping[str, Any], names: Iterable[str]) -> dict[str, Sequence[str]]:
    """Levels of each of ``names`` that has them."""
    declared = {
        n: variables[n]["levels"] for n in names if n in variables and _has_levels(variables[n])
    }
    return {n: _SOME for n in names if n and n not in variables} | declared


def _has_levels(variable: Mapping[str, Any]) -> bool:
    return variable["kind"] == "level"


def _names(term: Term) -> set[str]:
    return {name for node in term for name in names_in(node)}


def _names_of(formula: str) -> set[str]:
    return {name for term in _fixed_terms(formula) for name in _names(term)}


def _columns(batch: str | Sequence[str]) -> list[str]:
    return [batch] if isinstance(batch, str) else list(batch)


def _plural(batch: str | Sequence[str]) -> str:
    return " and ".join(f"{name}s" for name in _columns(batch))
