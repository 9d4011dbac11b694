"""A methods paragraph ready to paste, made from what was run."""

from dataclasses import dataclass

from multipet import __version__
from multipet.formulas.formula import parse_formula
from multipet.report.chips.verdicts import named
from multipet.report.contrast.effect import estimated, tested
from multipet.report.contrast.files import ContrastFiles
from multipet.report.contrast.question import amount_of, at_of, held_sentence, settings_of
from multipet.report.html.embedded import data_uri
from multipet.report.html.text import count, level_percent, listed, plain
from multipet.report.methods.model import data_text, formula_in_words
from multipet.report.methods.references import BATES, BENJAMINI, KENWARD, KUZNETSOVA, Reference
from multipet.report.methods.sites import robustness_text, sites_text

DF_METHODS = {
    "kenward-roger": ("Kenward–Roger degrees of freedom", KENWARD),
    "satterthwaite": ("Satterthwaite degrees of freedom", KUZNETSOVA),
    "residual": ("residual degrees of freedom", None),
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
    """Write the methods of one contrast from its spec, its plan and its table."""
    written = [data_text(files), _model(files), _inference(files), sites_text(files)]
    written += [(robustness_text(files), []), _software(files)]
    paragraphs = tuple(text for text, _ in written if text)
    references = dict.fromkeys(ref for _, refs in written for ref in refs)
    return MethodsText(paragraphs, tuple(references))


def _model(files: ContrastFiles) -> tuple[str, list[Reference]]:
    model, study = files.spec["model"], files.spec["study"]
    right = files.plan.get("formula") or model["formula"]
    formula = parse_formula(right)
    column = study["outcome"]["column"]
    left = f"log({column})" if study["outcome"]["scale"] == "log" else column
    joint = model.get("regions") == "joint"
    each = "one joint model of all regions" if joint else "a separate model for each region"
    if formula.random:
        kind = f"Linear mixed-effects models ({BATES.cited})"
        way = "restricted maximum likelihood" if model.get("reml", True) else "maximum likelihood"
    else:
        kind, way = "Linear models", "ordinary least squares"
    text = (
        f"{kind} were fitted by {way}, {each}, with {formula_in_words(files, formula)} "
        f"(as a formula: {left} ~ {right.rpartition('~')[2].strip()})."
    )
    if model.get("residual") == "by_scanner":
        text += " Each scanner had a residual variance of its own."
    text += "".join(_choice(files, factor) for factor in ("site", "scanner")) + _dropped(files)
    return text, [BATES] if formula.random else []


def _choice(files: ContrastFiles, factor: str) -> str:
    chosen = files.plan.get(factor) or {}
    if chosen.get("used") not in CHOICES or (factor == "scanner" and not files.knows_scanners):
        return ""
    reason = str(chosen.get("reason") or "").rstrip(".")
    why = f": {reason[0].lower()}{reason[1:]}" if reason else ""
    return f" {factor.capitalize()} {CHOICES[chosen['used']]}{why}."


def _dropped(files: ContrastFiles) -> str:
    """Fixed effects left out because others determine them."""
    found = [row for row in files.findings if row["check"] == "rank_deficient"]
    names = list(dict.fromkeys(row["message"].partition(": ")[2] for row in found))
    where = named(files, {row["region"] for row in found if row["region"]})
    return "".join(
        f" Left out in {where}, because the other fixed effects determine it: {name}."
        for name in names
        if name
    )


def _inference(files: ContrastFiles) -> tuple[str, list[Reference]]:
    inference, rows = files.spec["inference"], tested(files.contrast)
    if not estimated(files.contrast):
        return "", []
    methods = [m for m in dict.fromkeys(row["df_method"] for row in rows) if m in DF_METHODS]
    cited = [ref for m in methods if (ref := DF_METHODS[m][1])]
    named = [
        f"{DF_METHODS[m][0]}{f' ({r.cited})' if (r := DF_METHODS[m][1]) else ''}" for m in methods
    ]
    text = f"{_contrast_in_words(files)} was estimated from the fixed effects"
    if named:
        text += f" and tested two-sided by t with {listed(named)}"
    text += f"; intervals are {level_percent(inference['confidence'])} confidence intervals"
    text += ", not adjusted." if files.adjusts and rows else "."
    held = held_sentence(files)
    text += f" {held}" if held else ""
    status = "was prespecified" if files.spec["contrast"].get("prespecified") else "is exploratory"
    if not rows:
        return f"{text} No estimate could be tested. The contrast {status}.", cited
    level = level_percent(files.alpha)
    if inference.get("adjust") == "bh":
        cited.append(BENJAMINI)
        text += (
            f" The p-values were adjusted over {count(len(rows), 'test')} to control the false "
            f"discovery rate at {level} ({BENJAMINI.cited})."
        )
    elif inference.get("adjust") == "holm":
        text += (
            f" The p-values were adjusted over {count(len(rows), 'test')} by Holm's method "
            f"to control the family-wise error rate at {level}."
        )
    else:
        text += f" The p-values were not adjusted; the level is {level}."
    return f"{text} The contrast {status}.", cited


def _software(_files: ContrastFiles) -> tuple[str, list[Reference]]:
    return f"Analyses were run with multipet {__version__}.", []


def _contrast_in_words(files: ContrastFiles) -> str:
    contrast = files.spec["contrast"]
    settings, at = settings_of(contrast), plain(at_of(files))
    if contrast["kind"] == "slope":
        (variable, _), *_ = settings.items()
        return f"The slope of {files.variable_label(variable)} per {amount_of(files)}{at}"
    if contrast["kind"] == "difference":
        (variable, levels), *_ = settings.items()
        first, second = (files.level_label(variable, level) for level in levels)
        return f"The difference {first} minus {second}{at}"
    if contrast["kind"] == "pairwise":
        return f"Every pairwise difference over {files.variable_label(settings)}{at}"
    title, question = contrast.get("title"), contrast.get("question") or contrast["id"]
    compared = next(iter(files.comparison_names.values()), question)
    return f"The contrast {compared} (“{title}”)" if title else f"The contrast {compared}"
