"""A methods paragraph ready to paste, made from what was run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from multipet import __version__
from multipet.expression import Call, Name, Node
from multipet.formula import INTERCEPT, Formula, RandomPart, Term, parse_formula
from multipet.report.contrast_files import ContrastFiles
from multipet.report.effect import estimated
from multipet.report.formatting import count, listed, percent
from multipet.report.question import amount_of, settings_of


@dataclass(frozen=True)
class Reference:
    """A paper of the methods text; ``cited`` is how the text names it."""

    cited: str
    text: str
    doi: str


BATES = Reference(
    "Bates et al., 2015",
    "Bates D, Mächler M, Bolker B, Walker S (2015). Fitting linear mixed-effects models using "
    "lme4. Journal of Statistical Software 67(1).",
    "10.18637/jss.v067.i01",
)
KUZNETSOVA = Reference(
    "Kuznetsova et al., 2017",
    "Kuznetsova A, Brockhoff PB, Christensen RHB (2017). lmerTest package: tests in linear mixed "
    "effects models. Journal of Statistical Software 82(13).",
    "10.18637/jss.v082.i13",
)
KENWARD = Reference(
    "Kenward & Roger, 1997",
    "Kenward MG, Roger JH (1997). Small sample inference for fixed effects from restricted "
    "maximum likelihood. Biometrics 53(3), 983–997.",
    "10.2307/2533558",
)
BENJAMINI = Reference(
    "Benjamini & Hochberg, 1995",
    "Benjamini Y, Hochberg Y (1995). Controlling the false discovery rate: a practical and "
    "powerful approach to multiple testing. Journal of the Royal Statistical Society B 57(1), "
    "289–300.",
    "10.1111/j.2517-6161.1995.tb02031.x",
)
JOHNSON = Reference(
    "Johnson et al., 2007",
    "Johnson WE, Li C, Rabinovic A (2007). Adjusting batch effects in microarray expression data "
    "using empirical Bayes methods. Biostatistics 8(1), 118–127.",
    "10.1093/biostatistics/kxj037",
)
FORTIN = Reference(
    "Fortin et al., 2018",
    "Fortin J-P, et al. (2018). Harmonization of cortical thickness measurements across scanners "
    "and sites. NeuroImage 167, 104–120.",
    "10.1016/j.neuroimage.2017.11.024",
)
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


def methods_text(files: ContrastFiles) -> MethodsText:
    """Write the methods of one contrast from its spec, its plan and its table."""
    written = [_data(files), _model(files), _inference(files), _software(files)]
    paragraphs = tuple(text for text, _ in written if text)
    references = dict.fromkeys(ref for _, refs in written for ref in refs)
    return MethodsText(paragraphs, tuple(references))


def _data(files: ContrastFiles) -> tuple[str, list[Reference]]:
    study, plan = files.spec["study"], files.plan
    outcome, tracer = study["outcome"]["label"], study.get("tracer")
    text = f"Regional {outcome}{f' ({tracer})' if tracer else ''}{_sample(plan)} was analysed"
    if study["outcome"]["scale"] == "log":
        text += " after taking the natural logarithm; effects are reported in percent"
    text += "."
    harmonised, cited = _harmonisation(files)
    return text + harmonised, cited


def _sample(plan: Mapping[str, Any]) -> str:
    if not (plan.get("n_scans") and plan.get("n_subjects")):
        return ""
    text = (
        f" from {count(plan['n_scans'], 'scan')} of {count(plan['n_subjects'], 'person', 'people')}"
    )
    if plan.get("n_sites"):
        text += f" at {count(plan['n_sites'], 'site')}"
    if plan.get("n_scanners"):
        text += f" ({count(plan['n_scanners'], 'scanner')})"
    return text


def _harmonisation(files: ContrastFiles) -> tuple[str, list[Reference]]:
    used = files.harmonisation
    if used is None:
        return " Values were not harmonised before modelling.", []
    kept = used.get("preserve")
    preserving = f" preserving {kept if isinstance(kept, str) else listed(kept)}" if kept else ""
    is_combat = "combat" in str(used["method"])
    cited = [JOHNSON, FORTIN] if is_combat else []
    papers = f" ({'; '.join(ref.cited for ref in cited)})" if cited else ""
    method = {"combat": "ComBat", "combat_no_eb": "ComBat without empirical Bayes"}.get(
        used["method"], f"the method “{used['method']}”"
    )
    text = (
        f" Before modelling, values were harmonised over {used['batch']} by {method}"
        f"{preserving}{papers}; the model does not account for that step, so its p-values are "
        "naive."
    )
    return text, cited


def _model(files: ContrastFiles) -> tuple[str, list[Reference]]:
    model, study = files.spec["model"], files.spec["study"]
    right = files.plan.get("formula") or model["formula"]
    formula = parse_formula(right)
    column = study["outcome"]["column"]
    left = f"log({column})" if study["outcome"]["scale"] == "log" else column
    joint = model.get("regions") == "joint"
    each = "one joint model of all regions" if joint else "one model a region"
    if formula.random:
        kind = f"Linear mixed-effects models ({BATES.cited})"
        way = "restricted maximum likelihood" if model.get("reml", True) else "maximum likelihood"
    else:
        kind, way = "Linear models", "ordinary least squares"
    text = (
        f"{kind} were fitted by {way}, {each}: {left} ~ {right.rpartition('~')[2].strip()}, "
        f"that is, {_in_words(files, formula)}."
    )
    text += "".join(_choice(files, factor) for factor in ("site", "scanner"))
    return text, [BATES] if formula.random else []


def _choice(files: ContrastFiles, factor: str) -> str:
    chosen = files.plan.get(factor) or {}
    if chosen.get("used") not in CHOICES:
        return ""
    reason = str(chosen.get("reason") or "").rstrip(".")
    why = f" ({reason})" if reason else ""
    return f" {factor.capitalize()} {CHOICES[chosen['used']]}{why}."


def _inference(files: ContrastFiles) -> tuple[str, list[Reference]]:
    inference, tested = files.spec["inference"], estimated(files.contrast)
    if not tested:
        return "", []
    methods = [m for m in dict.fromkeys(row["df_method"] for row in tested) if m in DF_METHODS]
    cited = [ref for m in methods if (ref := DF_METHODS[m][1])]
    named = [
        f"{DF_METHODS[m][0]}{f' ({r.cited})' if (r := DF_METHODS[m][1]) else ''}" for m in methods
    ]
    text = f"{_contrast_in_words(files)} was estimated from the fixed effects"
    if named:
        text += f" and tested two-sided by t with {listed(named)}"
    text += f"; intervals are {percent(inference['confidence'])} confidence intervals."
    level = percent(files.alpha)
    if inference.get("adjust") == "bh":
        cited.append(BENJAMINI)
        text += (
            f" p-values were adjusted over {count(len(tested), 'test')} to control the false "
            f"discovery rate at {level} ({BENJAMINI.cited})."
        )
    elif inference.get("adjust") == "holm":
        text += (
            f" p-values were adjusted over {count(len(tested), 'test')} by Holm's method "
            f"to control the family-wise error rate at {level}."
        )
    else:
        text += f" p-values were not adjusted; the level is {level}."
    status = "was prespecified" if files.spec["contrast"].get("prespecified") else "is exploratory"
    return f"{text} The contrast {status}.", cited


def _software(_files: ContrastFiles) -> tuple[str, list[Reference]]:
    return f"Analyses were run with multipet {__version__}.", []


def _contrast_in_words(files: ContrastFiles) -> str:
    contrast = files.spec["contrast"]
    settings = settings_of(contrast)
    if contrast["kind"] == "slope":
        (variable, _), *_ = settings.items()
        return f"The slope of {files.variable_label(variable)} per {amount_of(files)}"
    if contrast["kind"] == "difference":
        (variable, levels), *_ = settings.items()
        first, second = (files.level_label(variable, level) for level in levels)
        return f"The difference {first} minus {second}"
    if contrast["kind"] == "pairwise":
        return f"Every pairwise difference over {files.variable_label(settings)}"
    return f"The contrast “{contrast.get('question') or contrast['id']}”"


def _in_words(files: ContrastFiles, formula: Formula) -> str:
    terms = [_term(files, term) for term in formula.fixed if term != INTERCEPT]
    fixed = f"fixed effects of {listed(terms)}" if terms else "an intercept"
    random = [_random(files, part) for part in formula.random]
    return listed([fixed, *random]) if random else fixed


def _random(files: ContrastFiles, part: RandomPart) -> str:
    slopes = [_term(files, term) for term in part.terms if term != INTERCEPT]
    what = ["intercepts"] if INTERCEPT in part.terms else []
    what += [f"slopes of {listed(slopes)}"] if slopes else []
    grouping = " within ".join(_factor(files, name) for name in reversed(part.grouping))
    free = ", uncorrelated," if len(what) > 1 and not part.correlated else ""
    return f"random {listed(what)}{free} by {grouping}"


def _factor(files: ContrastFiles, name: str) -> str:
    return "person" if name == "participant_id" else files.variable_label(name)


def _term(files: ContrastFiles, term: Term) -> str:
    return " × ".join(_node(files, node) for node in term)


def _node(files: ContrastFiles, node: Node) -> str:
    if isinstance(node, Name):
        return files.variable_label(node.name)
    return node.text if isinstance(node, Call) else str(node)
