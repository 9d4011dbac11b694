"""The page of one contrast: everything that its template prints, in order."""

import base64
from dataclasses import dataclass
from typing import Any

from multipet.report.answer import Answer, KeyFigure, answer_of, key_figures
from multipet.report.check_tables import convergence_table, residual_table, variance_table
from multipet.report.chips import RULES, Chip, Rule, chips_of, tally
from multipet.report.contrast_files import ContrastFiles, Figure
from multipet.report.exclusions import Group, failures, grouped, ingest_groups
from multipet.report.formatting import percent
from multipet.report.methods_text import MethodsText, methods_text
from multipet.report.prose import Prose, Span, outcome, plain
from multipet.report.provenance import Provenance, provenance_of
from multipet.report.rendering import render
from multipet.report.robustness import Variant, variants_of
from multipet.report.site_effects import beyond_these_sites, elsewhere
from multipet.report.site_effects_table import effects_table
from multipet.report.tables_html import Table, region_table, site_table, variant_table
from multipet.report.verdicts import predicted_error

#: Sections in their order; those with nothing to say are absent from a page.
SECTIONS = {
    "answer": "Answer",
    "trust": "Can I trust it?",
    "harmonisation": "Harmonised values",
    "where": "Where",
    "by_site": "Effect by site",
    "regions": "All regions",
    "sites": "Sites",
    "robustness": "Robustness",
    "checks": "Model checks",
    "findings": "Findings in words",
    "methods": "Methods text",
    "exclusions": "Exclusions and failures",
    "provenance": "Provenance",
}


@dataclass(frozen=True)
class VariantView:
    """A sensitivity analysis with its table."""

    variant: Variant
    table: Table


@dataclass(frozen=True)
class HarmonisationNote:
    """What a reader of harmonised values must know: the error of the test, the raw answer."""

    method: str
    batch: str
    error: str
    raw: Answer | None


@dataclass(frozen=True)
class ContrastPage:
    """Content of one contrast's page; an empty part is left out."""

    spec: dict[str, Any]
    title: str
    outcome: Span
    answer: Answer
    key_figures: tuple[KeyFigure, ...]
    chips: tuple[Chip, ...]
    tally: str
    rules: tuple[Rule, ...]
    harmonisation: HarmonisationNote | None
    beyond: Prose
    elsewhere: Prose
    figures: dict[str, tuple[Figure, ...]]
    by_site: Table | None
    regions: Table
    download: str
    sites: Table | None
    choices: tuple[tuple[str, str, str], ...]
    variants: tuple[VariantView, ...]
    variances: Table | None
    residuals: Table | None
    convergence: Table | None
    findings: tuple[Group, ...]
    methods: MethodsText
    exclusions: tuple[Group, ...]
    failures: Table | None
    provenance: Provenance
    adjusts: bool

    @property
    def sections(self) -> dict[str, str]:
        """Ids and titles of the sections that this page has."""
        content = {
            "harmonisation": self.harmonisation,
            "where": self.figures["where"],
            "by_site": self.by_site or self.figures["by_site"],
            "sites": self.sites or self.choices or self.figures["sites"],
            "robustness": self.variants or self.figures["robustness"],
            "checks": self.figures["checks"] or self.residuals or self.variances,
            "findings": self.findings,
            "exclusions": self.exclusions or self.failures,
        }
        return {key: title for key, title in SECTIONS.items() if content.get(key, True)}


def contrast_page(files: ContrastFiles) -> ContrastPage:
    """Put the page of a contrast together from its files."""
    answer, chips = answer_of(files), chips_of(files)
    per_site = files.plan.get("per_site", [])
    return ContrastPage(
        spec=dict(files.spec),
        title=title_of(files),
        outcome=outcome(files.spec["study"]["outcome"]["label"]),
        answer=answer,
        key_figures=key_figures(files, answer),
        chips=chips,
        tally=tally(chips),
        rules=RULES,
        harmonisation=_harmonisation(files),
        beyond=beyond_these_sites(files),
        elsewhere=elsewhere(files),
        figures=_by_section(files.figures),
        by_site=effects_table(files),
        regions=region_table(files),
        download=_data_uri(files.contrast_tsv),
        sites=site_table(files.spec, per_site) if per_site else None,
        choices=_choices(files),
        variants=tuple(
            VariantView(variant, variant_table(files, variant, i))
            for i, variant in enumerate(variants_of(files), 1)
        ),
        variances=variance_table(files),
        residuals=residual_table(files),
        convergence=convergence_table(files),
        findings=grouped(files, files.findings, "finding"),
        methods=methods_text(files),
        exclusions=ingest_groups(files),
        failures=failures(files),
        provenance=provenance_of(files),
        adjusts=files.adjusts,
    )


def contrast_html(page: ContrastPage) -> str:
    """Render the page as one HTML file that needs nothing else."""
    return render("contrast.html.j2", symbol=page.outcome.text, page=page)


def contrast_summary(files: ContrastFiles, page: ContrastPage) -> dict[str, Any]:
    """What the index shows of a contrast, and what it knows of the data."""
    spec = files.spec
    counts = ("n_subjects", "n_scans", "n_sites", "n_scanners", "per_site")
    return {
        "contrast": {
            "id": spec["contrast"]["id"],
            "title": page.title,
            "kind": spec["contrast"]["kind"],
            "prespecified": bool(spec["contrast"].get("prespecified")),
        },
        "model": spec["model"]["id"],
        "answer": [vars(span) for span in page.answer.sentences],
        "answer_text": plain(page.answer.sentences),
        "n_rows": page.answer.n_rows,
        "n_detected": page.answer.n_detected,
        "largest": None if page.answer.largest is None else files.scale.text(page.answer.largest),
        "largest_region": _largest_region(files, page.answer),
        "chips": [
            {"key": c.key, "state": c.state, "title": c.title, "detail": c.detail}
            for c in page.chips
        ],
        "data": {key: files.plan[key] for key in counts if key in files.plan},
        "failures": len(page.failures.rows) if page.failures else 0,
    }


def title_of(files: ContrastFiles) -> str:
    """Title of the report: the config's, else the question, else the id."""
    contrast = files.spec["contrast"]
    return str(contrast.get("title") or contrast.get("question") or contrast["id"])


def _harmonisation(files: ContrastFiles) -> HarmonisationNote | None:
    used = files.harmonisation
    if used is None:
        return None
    raw = next((v for v in variants_of(files) if v.topic == "harmonisation" and v.pairs), None)
    answer = None
    if raw is not None:
        table = files.sensitivity[files.sensitivity["variant"] == raw.label]
        answer = answer_of(files, table)
    return HarmonisationNote(str(used["method"]), str(used["batch"]), _error(files), answer)


def _error(files: ContrastFiles) -> str:
    error = predicted_error(files)
    return "" if error is None else percent(error)


def _choices(files: ContrastFiles) -> tuple[tuple[str, str, str], ...]:
    """How site and scanner entered the model, and why."""
    words = {
        "random": "random intercept",
        "fixed": "fixed effect",
        "none": "not in the model",
        "in scanner": "contained in scanner",
    }
    found = [(factor, files.plan.get(factor) or {}) for factor in ("site", "scanner")]
    if not files.knows_scanners:
        found = found[:1]
    return tuple(
        (factor.capitalize(), words.get(entry["used"], entry["used"]), entry.get("reason") or "")
        for factor, entry in found
        if entry.get("used")
    )


def _largest_region(files: ContrastFiles, answer: Answer) -> str:
    return "" if answer.largest is None else files.region_label(answer.largest["region"])


def _by_section(figures: tuple[Figure, ...]) -> dict[str, tuple[Figure, ...]]:
    """Figures of each section; one of an unknown section goes to the model checks."""
    known = ("where", "by_site", "sites", "robustness", "checks")
    return {
        section: tuple(
            f for f in figures if (f.section if f.section in known else "checks") == section
        )
        for section in known
    }


def _data_uri(text: str) -> str:
    if not text:
        return ""
    encoded = base64.b64encode(text.encode("utf-8")).decode("ascii")
    return f"data:text/tab-separated-values;charset=utf-8;base64,{encoded}"
