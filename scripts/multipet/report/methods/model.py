"""A methods text on data and model: which data, how regions were made, the formula in words."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from multipet.config.checks.harmonisations import batch_columns
from multipet.config.methods import GIVEN, METHODS
from multipet.config.specs import NamedHarmonisation
from multipet.formulas.expression import Call, Name, Node
from multipet.formulas.formula import INTERCEPT, Formula, RandomPart, Term
from multipet.report.chips.data import cells, region_of
from multipet.report.contrast.files import ContrastFiles, rows
from multipet.report.html.text import (
    capital,
    count,
    counted_in_words,
    listed,
    names_scanners,
    percent,
)
from multipet.report.methods.references import cited

EXCLUDED = {
    "non_positive": ("value of 0 or less", "values of 0 or less"),
    "tiny_value": (
        "value far below the others of its region",
        "values far below the others of their region",
    ),
    "outlier_value": (
        "value far from those of its site and region",
        "values far from those of their site and region",
    ),
}
SIDES = ("l", "r", "left", "right", "lh", "rh")
MOST_PARTS = 6  # combined regions whose parts are named


def data_text(files: ContrastFiles) -> tuple[str, tuple[str, ...]]:
    """Return the paragraph and the papers that it cites."""
    study = files.spec.study
    outcome, tracer = study.outcome.label, study.tracer
    text = f"Regional {outcome}{f' ({tracer})' if tracer else ''}{_sample(files.plan)} was analysed"
    if study.outcome.scale == "log":
        text += " after taking the natural logarithm; effects are reported in percent"
    harmonised, cited = harmonisation_text(files)
    parts = (f"{text}.", _combined(files), _left_out(files), _excluded(files), harmonised)
    return " ".join(part.strip() for part in parts if part), cited


def _left_out(files: ContrastFiles) -> str:
    """Scans delivered and used, repeated rows, values missing."""
    said = []
    repeated = sum(row["check"] == "duplicate_row" for row in rows(files.ingest_findings))
    if repeated:
        verb = "was" if repeated == 1 else "were"
        said.append(f"{counted_in_words(repeated, 'duplicate row')} {verb} dropped.")
    delivered, used = sum(files.delivered.values()), files.plan["n_scans"]
    if not delivered or not used:
        return " ".join(said)
    said.append(_taking_part(files, delivered, used))
    taken, every = cells(files)
    if taken < every:
        share, verb = percent(1 - taken / every), "was" if every - taken == 1 else "were"
        said.append(
            f"Of {every} regional values {every - taken} ({share}) {verb} missing or excluded; the "
            "model of a region rests on the scans that have its value."
        )
    return " ".join(said)


def _taking_part(files: ContrastFiles, delivered: int, used: int) -> str:
    if used == delivered:
        return f"All {delivered} scans delivered took part."
    lacking = sum(
        row["check"] == "missing_covariate" and row["action"] == "excluded"
        for row in files.findings
    )
    why = f" ({lacking} lacked a covariate of the model)" if lacking else ""
    return f"Of {count(delivered, 'scan')} delivered, {used} took part{why}."


def _excluded(files: ContrastFiles) -> str:
    """Values that a check excluded, by check."""
    counts = Counter(
        row["check"]
        for row in rows(files.ingest_findings)
        if row["action"] == "excluded"
        and row["check"] in EXCLUDED
        and region_of(files, row["region"])
    )
    kinds = [count(n, *EXCLUDED[check]) for check, n in counts.items()]
    verb = "was" if sum(counts.values()) == 1 else "were"
    return f"In all, {listed(kinds)} {verb} excluded." if kinds else ""


def _combined(files: ContrastFiles) -> str:
    """Regions of the contrast that are means of others, as of left and right."""
    regions = dict.fromkeys(files.contrast["region"])
    combined = files.spec.combined_regions
    made = {region: combined[region] for region in regions if region in combined}
    weights = {entry.weights for entry in made.values()}
    mean = "volume-weighted mean" if weights == {"volume"} else "mean"
    sided = [region for region, entry in made.items() if _are_sides(entry.parts)]
    said = [_sided(files, sided, len(regions), mean)] if sided else []
    others = [region for region in made if region not in sided]
    if len(others) > MOST_PARTS:
        said.append(f"In all, {len(others)} regions are each the {mean} of their parts.")
    else:
        said += [
            f"{capital(files.region_in_prose(region))} is the {mean} of "
            f"{listed([files.region_in_prose(part) for part in made[region].parts])}."
            for region in others
        ]
    return " ".join(said)


def _sided(files: ContrastFiles, sided: Sequence[str], of: int, mean: str) -> str:
    if len(sided) == 1:
        region = files.region_in_prose(sided[0])
        return f"{capital(region)} is the {mean} of left and right {region}."
    names = listed([files.region_in_prose(region) for region in sided])
    which = names if len(sided) <= MOST_PARTS else f"of {of} regions {len(sided)}"
    return f"{capital(which)} are each the {mean} of left and right."


def _are_sides(parts: Sequence[str]) -> bool:
    """Whether two names are of one region at the left and at the right: caudate_l, caudate_r."""
    if len(parts) != 2:
        return False
    words = [re.split(r"[^A-Za-z0-9]+", part.casefold()) for part in parts]
    first, second = (["side" if word in SIDES else word for word in part] for part in words)
    return first == second and "side" in first and words[0] != words[1]


def _sample(plan: Mapping[str, Any]) -> str:
    people = count(plan["n_subjects"], "person", "people")
    text = f" from {count(plan['n_scans'], 'scan')} of {people}"
    text += f" at {count(plan['n_sites'], 'site')}"
    return f"{text} ({count(plan['n_scanners'], 'scanner')})" if names_scanners(plan) else text


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
    if part.grouping == ("scanner",) and files.plan["n_sites"] > 1:
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


Keys = tuple[str, ...]
WAYS = {
    "permutation": "the residuals of the raw values from the model without the contrast changed "
    "places between people of the same scanner",
    "bootstrap": "values were drawn from the model of the raw values without the contrast",
}


def harmonisation_text(files: ContrastFiles) -> tuple[str, Keys]:
    """Sentences on how values were harmonised, and the papers that they cite."""
    used = files.harmonisation
    if used is None:
        return "Values were not harmonised before modelling.", ()
    papers = METHODS[used.method].papers
    text = (
        f"Before modelling, values were harmonised over {listed(batch_columns(used))} by "
        f"{METHODS[used.method].label}{_details(files, used)}{cited(papers)}."
    )
    if used.method in GIVEN:
        return f"{text} Nothing in it was estimated from these data.", papers
    calibrated, more = calibration_text(files)
    return f"{text} {calibrated}", papers + more


def calibration_text(files: ContrastFiles) -> tuple[str, Keys]:
    """How p-values learnt of the harmonisation; that they did not, where they did not."""
    ways = [way for way in dict.fromkeys(files.contrast["p_method"]) if way in WAYS]
    settings = files.spec.inference.calibration
    if not ways or settings is None:
        return "The model does not account for that step, and p-values may be too small.", ()
    how = listed([WAYS[way] for way in ways], "or")
    papers = ("freedman1983", "winkler2014") if "permutation" in ways else ()
    return (
        f"P-values and confidence intervals account for that step: {settings.draws} times, "
        f"{how}{cited(papers)}, harmonisation and model were run anew, and t was compared with "
        f"the values of |t| found so (seed {settings.seed}).",
        papers,
    )


def _details(files: ContrastFiles, used: NamedHarmonisation) -> str:
    """Subset, prior, reference and what was preserved, as configured."""
    said = []
    if used.prior == "nonparametric":
        said.append("with a non-parametric prior")
    if used.reference:
        said.append(f"with {used.reference} as the reference batch")
    for variable, levels in used.fit_on.items():
        names = listed([files.level_label(variable, level) for level in levels])
        said.append(f"estimated from {names} ({files.variable_label(variable)}) alone")
    kept = used.preserve
    if kept and used.method not in GIVEN:
        said.append("preserving nothing" if kept == "1" else f"preserving {kept}")
    return f", {listed(said)}" if said else ""


def site_mean_words(column: str) -> str:
    """A column of site means in words: ``the site mean of age``; empty for any other column."""
    rest = column.removeprefix("site_mean_")
    return "" if rest == column else f"the site mean of {rest.replace('_', ' ')}"
