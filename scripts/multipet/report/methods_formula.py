"""A model's formula in words: its fixed effects, its random intercepts and slopes."""

from multipet.formulas.expression import Call, Name, Node
from multipet.formulas.formula import INTERCEPT, Formula, RandomPart, Term
from multipet.report.contrast_files import ContrastFiles
from multipet.report.formatting import listed
from multipet.report.methods_sites import site_mean_words


def formula_in_words(files: ContrastFiles, formula: Formula) -> str:
    """``fixed effects of age and sex, and random intercepts for person``."""
    terms = [_term(files, term) for term in formula.fixed if term != INTERCEPT]
    fixed = f"fixed effects of {listed(terms)}" if terms else "an intercept"
    plain = [part for part in formula.random if part.terms == (INTERCEPT,)]
    groupings = [_grouping(files, part) for part in plain]
    random = [f"random intercepts for {listed(groupings)}"] if plain else []
    random += [_random(files, part) for part in formula.random if part not in plain]
    return ", and ".join([fixed, *random])


def _random(files: ContrastFiles, part: RandomPart) -> str:
    slopes = [_term(files, term) for term in part.terms if term != INTERCEPT]
    what = ["intercepts"] if INTERCEPT in part.terms else []
    what += [f"slopes of {listed(slopes)}"] if slopes else []
    free = ", uncorrelated," if len(what) > 1 and not part.correlated else ""
    return f"random {listed(what)}{free} for {_grouping(files, part)}"


def _grouping(files: ContrastFiles, part: RandomPart) -> str:
    """The groups of a random part; a scanner belongs to one site."""
    names = [_factor(files, name) for name in reversed(part.grouping)]
    if part.grouping == ("scanner",) and files.plan.get("n_sites", 0) > 1:
        names.append("site")
    return " within ".join(names)


def _factor(files: ContrastFiles, name: str) -> str:
    return "person" if name == "participant_id" else files.variable_label(name)


def _term(files: ContrastFiles, term: Term) -> str:
    return " × ".join(_node(files, node) for node in term)


def _node(files: ContrastFiles, node: Node) -> str:
    if isinstance(node, Name):
        return site_mean_words(node.name) or files.variable_label(node.name)
    return node.text if isinstance(node, Call) else str(node)
