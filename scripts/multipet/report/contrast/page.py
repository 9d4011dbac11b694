"""The page of one contrast: everything that its template prints, in order."""

from dataclasses import dataclass
from typing import Any

from multipet.config.page_specs import ReportSpec
from multipet.report.chips import RULES, chips_of
from multipet.report.chips.by_site import beyond_these_sites, elsewhere
from multipet.report.chips.chip import Chip, Rule, tally
from multipet.report.chips.sites import naive_caution
from multipet.report.contrast.answer import ADJUSTMENTS, Answer, answer_of, where_of
from multipet.report.contrast.exclusions import Group, failures, grouped, ingest_groups
from multipet.report.contrast.files import ContrastFiles
from multipet.report.contrast.model_checks import checks_blocks
from multipet.report.contrast.provenance import Provenance, provenance_of
from multipet.report.contrast.question import held_sentence, question_of
from multipet.report.contrast.regions import by_site_blocks, region_table, where_blocks
from multipet.report.contrast.robustness import robustness_blocks
from multipet.report.contrast.sites import sites_blocks
from multipet.report.html.embedded import Figure, Logo, data_uri, defused, logo_of, table_json
from multipet.report.html.rendering import Block, KeyFigure, render
from multipet.report.html.tables import Table
from multipet.report.html.text import (
    Prose,
    Span,
    count,
    outcome,
    plain,
    prose,
    threshold,
)
from multipet.report.methods.text import MethodsText, methods_text

#: Sections in their order; those with nothing to say are absent from a page.
SECTIONS = {
    "answer": "Answer",
    "trust": "Can I trust it?",
    "where": "Where",
    "by_site": "Effect by site",
    "regions": "All regions",
    "sites": "Sites and harmonisation",
    "robustness": "Robustness",
    "checks": "Model checks",
    "findings": "Findings in words",
    "methods": "Methods text",
    "exclusions": "Exclusions and failures",
    "provenance": "Provenance",
}
SITES = {"sites": "Sites"}  # where nothing was harmonised
#: Sections that figures go to, by the section that their file says; others are model checks.
FIGURE_SECTIONS = {"where": "where", "by_site": "by_site", "robustness": "robustness"}


@dataclass(frozen=True)
class ContrastPage:
    """Content of one contrast's page; an empty part is left out.

    Attributes
    ----------
    parts
        Of the sections that are made of figures and tables, by their ids.
    """

    spec: ReportSpec
    title: str
    outcome: Span
    answer: Answer
    key_figures: tuple[KeyFigure, ...]
    held: str
    chips: tuple[Chip, ...]
    tally: str
    rules: tuple[Rule, ...]
    naive: str
    beyond: Prose
    elsewhere: Prose
    regions: Table
    downloads: tuple[tuple[str, str], ...]
    parts: dict[str, tuple[Block, ...]]
    findings: tuple[Group, ...]
    methods: MethodsText
    exclusions: tuple[Group, ...]
    failures: Table | None
    provenance: Provenance
    logo: Logo | None

    @property
    def concerns(self) -> tuple[Chip, ...]:
        """Chips that are not fine, the worst first."""
        return tuple(chip for chip in self.chips if chip.state != "ok")

    @property
    def fine(self) -> tuple[Chip, ...]:
        """Chips that are fine."""
        return tuple(chip for chip in self.chips if chip.state == "ok")

    @property
    def sections(self) -> dict[str, str]:
        """Ids and titles of the sections that this page has."""
        content = {
            **self.parts,
            "findings": self.findings,
            "exclusions": self.exclusions or self.failures,
        }
        titles = SECTIONS if any(part.title for part in self.parts["sites"]) else SECTIONS | SITES
        return {key: title for key, title in titles.items() if content.get(key, True)}


def contrast_page(files: ContrastFiles) -> ContrastPage:
    """Put the page of a contrast together from its files."""
    answer, chips = answer_of(files), chips_of(files)
    return ContrastPage(
        spec=files.spec,
        title=title_of(files),
        outcome=outcome(files.spec.study.outcome.label),
        answer=answer,
        key_figures=key_figures(files, answer),
        held=held_sentence(files),
        chips=chips,
        tally=tally(chips),
        rules=RULES,
        naive=naive_caution(files),
        beyond=beyond_these_sites(files),
        elsewhere=elsewhere(files),
        regions=region_table(files),
        downloads=_downloads(files),
        parts=_parts(files),
        findings=grouped(files, files.findings, "finding"),
        methods=methods_text(files),
        exclusions=ingest_groups(files),
        failures=failures(files),
        provenance=provenance_of(files),
        logo=logo_of(files.spec.logo),
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
            "id": spec.contrast.id,
            "title": page.title,
            "kind": spec.contrast.kind,
            "prespecified": spec.contrast.prespecified,
        },
        "model": spec.model.id,
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
        "data": {key: files.plan[key] for key in counts},
        "failures": len(page.failures.rows) if page.failures else 0,
    }


def key_figures(files: ContrastFiles, answer: Answer) -> tuple[KeyFigure, ...]:
    """The numbers to set large: where detected, largest estimate, people, sites."""
    figures, plan = [], files.plan
    if answer.largest is not None:
        label = prose(f"{files.counted_noun}s with {_level(files)}")
        figures.append(KeyFigure(f"{answer.n_detected} of {answer.n_rows}", label))
        noun = question_of(files).noun
        among = f"detected {noun}" if 0 < answer.n_detected < answer.n_rows else noun
        where = prose(f"largest {among}, ", *where_of(files, answer.largest))
        figures.append(KeyFigure(files.scale.text(answer.largest), where))
    people = "person" if plan["n_subjects"] == 1 else "people"
    scans = prose(f"{people}, {count(plan['n_scans'], 'scan')}")
    scanners = f", {count(plan['n_scanners'], 'scanner')}" if files.knows_scanners else ""
    sites = prose(f"site{'' if plan['n_sites'] == 1 else 's'}{scanners}")
    figures.append(KeyFigure(str(plan["n_subjects"]), scans))
    figures.append(KeyFigure(str(plan["n_sites"]), sites))
    return tuple(figures)


def _level(files: ContrastFiles) -> str:
    adjusted = files.spec.inference.adjust in ADJUSTMENTS
    below = f"p < {threshold(files.alpha)}".replace(" ", "\N{NO-BREAK SPACE}")
    return f"adjusted {below}" if adjusted else below


def title_of(files: ContrastFiles) -> str:
    """Title of the report."""
    return str(files.spec.contrast.title)


def _parts(files: ContrastFiles) -> dict[str, tuple[Block, ...]]:
    """The sections of figures and tables."""
    figures = {section: _figures(files, section) for section in (*FIGURE_SECTIONS, "checks")}
    return {
        "where": where_blocks(figures["where"]),
        "by_site": by_site_blocks(files, figures["by_site"]),
        "sites": sites_blocks(files),
        "robustness": robustness_blocks(files, figures["robustness"]),
        "checks": checks_blocks(files, figures["checks"]),
    }


def _figures(files: ContrastFiles, section: str) -> tuple[Figure, ...]:
    return tuple(f for f in files.figures if FIGURE_SECTIONS.get(f.section, "checks") == section)


def _largest_region(files: ContrastFiles, answer: Answer) -> str:
    return "" if answer.largest is None else files.region_label(answer.largest["region"])


def _downloads(files: ContrastFiles) -> tuple[tuple[str, str], ...]:
    """The table of the contrast by kind of file, each as a link that holds it."""
    kinds = {"tsv": defused(files.contrast_tsv), "json": table_json(files.contrast)}
    return tuple((kind, data_uri(text, kind)) for kind, text in kinds.items() if text)
