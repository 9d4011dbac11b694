"""A methods text on data and model: which data, how regions were made, the formula in words."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from multipet.formulas.expression import Call, Name, Node
from multipet.formulas.formula import INTERCEPT, Formula, RandomPart, Term
from multipet.report.chips.fits_and_data import cells, concerns
from multipet.report.contrast.files import ContrastFiles, names_scanners, rows
from multipet.report.html.text import count, listed, percent
from multipet.report.methods.references import Reference
from multipet.report.methods.sites import harmonisation_text, site_mean_words

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
MOST_PARTS = 6  # combined regions whose parts are named


def data_text(files: ContrastFiles) -> tuple[str, list[Reference]]:
    """Return the paragraph and the papers that it cites."""
    study = files.spec["study"]
    outcome, tracer = study["outcome"]["label"], study.get("tracer")
    text = f"Regional {outcome}{f' ({tracer})' if tracer else ''}{_sample(files.plan)} was analysed"
    if study["outcome"]["scale"] == "log":
        text += " after taking the natural logarithm; effects are reported in percent"
    harmonised, cited = harmonisation_text(files)
    parts = (f"{text}.", _combined(files), _left_out(files), _excluded(files), harmonised)
    return " ".join(part.strip() for part in parts if part), cited


def _left_out(files: ContrastFiles) -> str:
    """Scans delivered and used, repeated rows, values missing."""
    said = []
    repeated = sum(row["check"] == "duplicate_row" for row in rows(files.ingest_findings))
    if repeated:
        verb, others = ("was", "another") if repeated == 1 else ("were", "others")
        said.append(f"{count(repeated, 'row')} that repeated {others} {verb} dropped.")
    delivered, used = sum(files.delivered.values()), files.plan.get("n_scans")
    if not delivered or not used:
        return " ".join(said)
    said.append(_taking_part(files, delivered, used))
    taken, every = cells(files)
    if taken < every:
        share, verb = percent(1 - taken / every), "was" if every - taken == 1 else "were"
        said.append(
            f"{every - taken} of {every} regional values ({share}) {verb} missing or excluded; the "
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
        and concerns(files, row["region"])
    )
    kinds = [count(n, *EXCLUDED[check]) for check, n in counts.items()]
    verb = "was" if sum(counts.values()) == 1 else "were"
    return f"{listed(kinds)} {verb} excluded." if kinds else ""


def _combined(files: ContrastFiles) -> str:
    """Regions of the contrast that are means of others, as of left and right."""
    regions = dict.fromkeys(files.contrast["region"])
    combined = files.spec.get("combined_regions", {})
    made = {region: combined[region] for region in regions if region in combined}
    kinds = {entry.get("weights", "none") for entry in made.values()}
    mean = "volume-weighted mean" if kinds == {"volume"} else "mean"
    if len(made) > MOST_PARTS:
        return f"{len(made)} of {len(regions)} regions are each the {mean} of their parts."
    parts = [
        f"{files.region_label(region)} {'that' if i else f'is the {mean}'} of "
        f"{listed(entry['parts'])}"
        for i, (region, entry) in enumerate(made.items())
    ]
    return f"{', '.join(parts)}." if parts else ""


def _sample(plan: Mapping[str, Any]) -> str:
    if not (plan.get("n_scans") and plan.get("n_subjects")):
        return ""
    text = (
        f" from {count(plan['n_scans'], 'scan')} of {count(plan['n_subjects'], 'person', 'people')}"
    )
    if plan.get("n_sites"):
        text += f" at {count(plan['n_sites'], 'site')}"
    if plan.get("n_scanners") and names_scanners(plan):
        text += f" ({count(plan['n_scanners'], 'scanner')})"
    return text


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
