"""A methods paragraph ready to paste, made from what was run."""

from dataclasses import dataclass

from multipet import __version__
from multipet.core.columns.contrast import has_site_means, is_varying
from multipet.formulas.formula import parse_formula
from multipet.report.chips.by_site import tests_of
from multipet.report.chips.chip import named
from multipet.report.contrast.effect import estimated, tested
from multipet.report.contrast.files import ContrastFiles, rows
from multipet.report.contrast.question import amount_of, at_of, held_sentence, settings_of
from multipet.report.html.embedded import data_uri
from multipet.report.html.tables import ordered
from multipet.report.html.text import count, level_percent, listed, plain
from multipet.report.methods.model import data_text, formula_in_words
from multipet.report.methods.references import (
    Reference,
    cited,
    reference,
)

ADJUSTED = {
    "bh": "FDR-adjusted over all tests",
    "holm": "Holm-adjusted over all tests",
    "none": "not adjusted",
}
Keys = tuple[str, ...]
DF_METHODS: dict[str, tuple[str, Keys]] = {
    "cluster-robust": (
        "standard errors that are cluster-robust by person (CR2), taken within sites and scanners,"
        " and Satterthwaite degrees of freedom",
        ("pustejovsky2018",),
    ),
    "kenward-roger": ("Kenward–Roger degrees of freedom", ("kenward1997",)),
    "satterthwaite": ("Satterthwaite degrees of freedom", ("kuznetsova2017",)),
    "residual": ("residual degrees of freedom", ()),
}
CHOICES = {
    "random": "entered as a random intercept",
    "fixed": "entered as a fixed effect",
    "none": "was not in the model",
    "in scanner": "is contained in the effects of scanner",
}


@dataclass(frozen=True)
class MethodsText:
    """Paragraphs ready to paste, and the papers they cite in order of appearance."""

    paragraphs: tuple[str, ...]
    references: tuple[Reference, ...]

    @property
    def markdown(self) -> str:
        """The text and its references as a Markdown file."""
        lines = [f"- {ref.text} https://doi.org/{ref.doi}\n" for ref in self.references]
        text = "\n\n".join(self.paragraphs) + "\n"
        return f"{text}\n## References\n\n{''.join(lines)}" if lines else text

    @property
    def bibtex(self) -> str:
        """The references as a BibTeX file; empty without any."""
        return "\n".join(ref.bibtex for ref in self.references)

    @property
    def downloads(self) -> tuple[tuple[str, str], ...]:
        """Text and references by kind of file, each as a link that holds it."""
        kinds = {"md": self.markdown, "bib": self.bibtex}
        return tuple((kind, data_uri(text, kind)) for kind, text in kinds.items() if text)


def methods_text(files: ContrastFiles) -> MethodsText:
    """Write the methods of one contrast from its spec, its fitted specification and its table."""
    written = [data_text(files), _model(files), _inference(files), sites_text(files)]
    written += [(robustness_text(files), ()), _software()]
    paragraphs = tuple(text for text, _ in written if text)
    keys = dict.fromkeys(key for _, cited in written for key in cited)
    return MethodsText(paragraphs, tuple(map(reference, keys)))


def _model(files: ContrastFiles) -> tuple[str, Keys]:
    model, study, right = files.spec.model, files.spec.study, files.plan["formula"]
    formula = parse_formula(right)
    column = study.outcome.column
    left = f"log({column})" if study.outcome.scale == "log" else column
    joint = model.regions == "joint"
    each = "one joint model of all regions" if joint else "a separate model for each region"
    papers: Keys = ("bates2015",) if formula.random else ()
    if formula.random:
        kind = f"Linear mixed-effects models{cited(papers)}"
        way = "restricted maximum likelihood" if model.reml else "maximum likelihood"
    else:
        kind, way = "Linear models", "ordinary least squares"
    text = (
        f"{kind} were fitted by {way}, {each}, with {formula_in_words(files, formula)} "
        f"(as a formula: {left} ~ {right.rpartition('~')[2].strip()})."
    )
    if model.residual == "by_scanner":
        text += " Each scanner had a residual variance of its own."
    text += "".join(_choice(files, factor) for factor in ("site", "scanner")) + _dropped(files)
    return text, papers


def _choice(files: ContrastFiles, factor: str) -> str:
    chosen = files.plan[factor]
    if chosen["used"] not in CHOICES or (factor == "scanner" and not files.knows_scanners):
        return ""
    reason = chosen["reason"].rstrip(".")
    why = f": {reason[0].lower()}{reason[1:]}" if reason else ""
    return f" {factor.capitalize()} {CHOICES[chosen['used']]}{why}."


def _dropped(files: ContrastFiles) -> str:
    """Fixed effects left out because others determine them."""
    regions: dict[str, set[str]] = {}
    for row in files.findings:
        if row["check"] == "rank_deficient":
            regions.setdefault(row["term"], set()).add(row["region"])
    return "".join(
        f" Left out in {named(files, where)}, because the other fixed effects determine it: {term}."
        for term, where in regions.items()
    )


def _inference(files: ContrastFiles) -> tuple[str, Keys]:
    if not estimated(files.contrast):
        return "", ()
    inference, rows = files.spec.inference, tested(files.contrast)
    text, papers = _tested_by(files, rows)
    text += f"; intervals are {level_percent(inference.confidence)} confidence intervals"
    text += ", not adjusted." if files.adjusts and rows else "."
    text += f" {held}" if (held := held_sentence(files)) else ""
    known = files.spec.contrast.prespecified
    status = f"The contrast {'was prespecified' if known else 'is exploratory'}."
    if not rows:
        return f"{text} No estimate could be tested. {status}", papers
    adjusted, more = _adjustment(files, len(rows))
    return f"{text} {adjusted} {status}", papers + more


def _tested_by(files: ContrastFiles, rows: list[dict]) -> tuple[str, Keys]:
    """How the contrast was estimated and tested."""
    methods = [m for m in dict.fromkeys(row["df_method"] for row in rows) if m in DF_METHODS]
    named = [f"{words}{cited(papers)}" for words, papers in (DF_METHODS[m] for m in methods)]
    text = f"{_contrast_in_words(files)} was estimated from the fixed effects"
    if named:
        text += f" and tested two-sided by t with {listed(named)}"
    return text, tuple(key for m in methods for key in DF_METHODS[m][1])


def _adjustment(files: ContrastFiles, n_tests: int) -> tuple[str, Keys]:
    """How p-values were adjusted."""
    adjust, level = files.spec.inference.adjust, level_percent(files.alpha)
    start = f"The p-values were adjusted over {count(n_tests, 'test')}"
    if adjust == "bh":
        papers = ("benjamini1995",)
        return f"{start} to control the false discovery rate at {level}{cited(papers)}.", papers
    if adjust == "holm":
        return f"{start} by Holm's method to control the family-wise error rate at {level}.", ()
    return f"The p-values were not adjusted; the level is {level}.", ()


def _software() -> tuple[str, Keys]:
    return f"Analyses were run with multipet {__version__}.", ()


def _contrast_in_words(files: ContrastFiles) -> str:
    contrast = files.spec.contrast
    settings, at = settings_of(contrast), plain(at_of(files))
    if contrast.kind == "slope":
        (variable, _), *_ = settings.items()
        return f"The slope of {files.variable_label(variable)} per {amount_of(files)}{at}"
    if contrast.kind == "difference":
        (variable, levels), *_ = settings.items()
        first, second = (files.level_label(variable, level) for level in levels)
        return f"The difference {first} minus {second}{at}"
    if contrast.kind == "pairwise":
        return f"Every pairwise difference over {files.variable_label(settings)}{at}"
    compared = next(iter(files.comparison_names.values()))
    return f"The contrast {compared} (“{contrast.title}”)"


def sites_text(files: ContrastFiles) -> tuple[str, Keys]:
    """How the effect at each site was tested, and what was refitted for it; may be empty."""
    if not tests_of(files):
        return "", ()
    adjusted = ADJUSTED[files.spec.inference.adjust]
    level = level_percent(files.spec.checks.heterogeneity.alpha)
    text = (
        "Heterogeneity across sites was tested with an F test of the site-by-effect interaction "
        f"(fixed sites) at {level}, {adjusted}."
    )
    variants = set(files.sensitivity["variant"])
    if any(map(is_varying, variants)):
        text += " As a sensitivity analysis the effect was given a random slope by site."
    if not any(map(has_site_means, variants)):
        return text, ()
    papers = ("mundlak1978",)
    return (
        f"{text} In a further sensitivity analysis the site mean of what is compared was a "
        f"covariate{cited(papers)}.",
        papers,
    )


def robustness_text(files: ContrastFiles) -> str:
    """Sites and people left out, other covariates, the line against a curve; may be empty."""
    said = (_left_out(files), _covariates(files), _people(files), _line(files))
    return " ".join(text for text in said if text)


def _left_out(files: ContrastFiles) -> str:
    every = ordered((row["factor"], row["left_out"]) for row in rows(files.robust.left_out))
    factors = [factor for factor, _ in every]
    counts = [count(factors.count(factor), factor) for factor in dict.fromkeys(factors)]
    if not counts:
        return ""
    return f"The contrast was estimated anew without each of {listed(counts)}."


def _covariates(files: ContrastFiles) -> str:
    table = files.robust.covariate_sets
    formulas = [formula for (formula,) in ordered((row["formula"],) for row in rows(table))]
    if not formulas:
        return ""
    return f"It was also estimated with other fixed effects: {listed(formulas)}."


def _people(files: ContrastFiles) -> str:
    if files.robust.influence.empty:
        return ""
    return (
        "The influence of each person is the change of the estimate without that person's scans, "
        "in standard errors (DFBETA), the variance parameters being kept."
    )


def _line(files: ContrastFiles) -> str:
    tested = rows(files.robust.linearity)
    if not tested:
        return ""
    variable = files.variable_label(tested[0]["variable"])
    return (
        f"That the outcome follows {variable} in a straight line was tested against a natural "
        "cubic spline with 3 degrees of freedom."
    )
