"""The page of one harmonisation, before and after: everything that its template prints."""

from dataclasses import dataclass
from typing import Any

import yaml

from multipet.config.methods import METHODS
from multipet.config.page_specs import ReportHarmonisationSpec
from multipet.core.versions import versions
from multipet.report.contrast.exclusions import Group, grouped
from multipet.report.contrast.files import rows
from multipet.report.harmonisation.answer import (
    NO_PROOF,
    answer_text,
    harmonisation_answer,
    key_figures,
    worries,
)
from multipet.report.harmonisation.files import HarmonisationFiles
from multipet.report.harmonisation.tables import (
    batch_table,
    batch_test_table,
    count_table,
    prior_table,
    share_table,
)
from multipet.report.harmonisation.values import (
    agreement_table,
    component_table,
    far_table,
    moved_table,
    repeat_table,
)
from multipet.report.html.embedded import Figure, Logo, logo_of
from multipet.report.html.rendering import KeyFigure, render
from multipet.report.html.tables import Table
from multipet.report.html.text import Prose, Span, outcome
from multipet.report.methods.references import Reference, reference

#: Sections in their order; those with nothing to say are absent from a page.
SECTIONS = {
    "answer": "What was done",
    "batches": "Batches",
    "differences": "Differences between batches",
    "shifts": "Shifts and scales",
    "components": "Principal components",
    "effects": "Effects of covariates",
    "moved": "Values that moved",
    "repeats": "Repeated scans",
    "findings": "Findings in words",
    "provenance": "Settings and provenance",
}


@dataclass(frozen=True)
class HarmonisationPage:
    """Content of a harmonisation's page.

    Attributes
    ----------
    tables, folded
        Tables of each section: shown, and behind a line that opens them.
    figures
        Figures of each section.
    """

    spec: ReportHarmonisationSpec
    title: str
    outcome: Span
    answer: Prose
    worries: tuple[Prose, ...]
    no_proof: str
    key_figures: tuple[KeyFigure, ...]
    tables: dict[str, tuple[Table, ...]]
    folded: dict[str, tuple[Table, ...]]
    figures: dict[str, tuple[Figure, ...]]
    findings: tuple[Group, ...]
    tested: str
    settings: str
    references: tuple[Reference, ...]
    versions: tuple[tuple[str, str], ...]
    logo: Logo | None

    @property
    def sections(self) -> dict[str, str]:
        """Ids and titles of the sections that this page has."""
        always = {"answer", "provenance"} | ({"findings"} if self.findings else set())
        parts = (self.tables, self.folded, self.figures)
        filled = always | {key for part in parts for key, content in part.items() if content}
        return {key: title for key, title in SECTIONS.items() if key in filled}


def harmonisation_page(files: HarmonisationFiles) -> HarmonisationPage:
    """Put the page of a harmonisation together from its files."""
    spec = files.spec
    settings = {"harmonisation": {spec.id: dict(spec.settings)}}
    return HarmonisationPage(
        spec=spec,
        title=title_of(files),
        outcome=outcome(spec.study.outcome.label),
        answer=harmonisation_answer(files),
        worries=worries(files),
        no_proof="" if files.is_given else NO_PROOF,
        key_figures=key_figures(files),
        tables=_shown(files),
        folded=_folded(files),
        figures={key: tuple(f for f in files.figures if f.section == key) for key in SECTIONS},
        findings=grouped(files, rows(files.findings), "finding"),
        tested=_tested(files),
        settings=yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=88),
        references=tuple(map(reference, METHODS[spec.settings.method].papers)),
        versions=tuple(versions().items()),
        logo=logo_of(spec.logo),
    )


def harmonisation_html(page: HarmonisationPage) -> str:
    """Render the page as one HTML file that needs nothing else."""
    return render("harmonisation.html.j2", symbol=page.outcome.text, page=page)


def harmonisation_summary(files: HarmonisationFiles, page: HarmonisationPage) -> dict[str, Any]:
    """What the index shows of a harmonisation."""
    return {
        "harmonisation": {"id": files.spec.id, "title": page.title},
        "method": files.spec.settings.method,
        "batch": list(files.overview["batch_columns"]),
        "answer": [vars(span) for span in page.answer],
        "answer_text": answer_text(files),
        "worries": [[vars(span) for span in words] for words in page.worries],
        "n_findings": len(files.findings),
        "used_by": [{"id": used.id, "title": used.title} for used in files.spec.used_by],
    }


def title_of(files: HarmonisationFiles) -> str:
    """Title of the page: ``ComBat over scanner``."""
    method = files.method[:1].upper() + files.method[1:]
    return f"{method} over {files.batch_noun}, before and after"


def _shown(files: HarmonisationFiles) -> dict[str, tuple[Table, ...]]:
    found = {
        "batches": (batch_table(files), share_table(files)),
        "differences": (count_table(files),),
        "components": (component_table(files),),
        "effects": (agreement_table(files),),
        "moved": (moved_table(files), far_table(files)),
    }
    return _present(found)


def _folded(files: HarmonisationFiles) -> dict[str, tuple[Table, ...]]:
    found: dict[str, tuple[Table | None, ...]] = {
        "differences": (batch_test_table(files),),
        "shifts": (prior_table(files),),
        "repeats": (repeat_table(files),),
    }
    return _present(found)


def _present(tables: dict[str, tuple[Table | None, ...]]) -> dict[str, tuple[Table, ...]]:
    return {
        key: tuple(table for table in tables.get(key, ()) if table is not None) for key in SECTIONS
    }


def _tested(files: HarmonisationFiles) -> str:
    """Which scans the tests count."""
    seen = files.overview
    if not seen["n_repeated"]:
        return ""
    text = (
        f"{seen['n_repeated']} people were scanned more than once. The tests count the first scan "
        f"of each person in each batch, {seen['n_tested']} of {seen['n_scans']} scans"
    )
    if seen["n_crossing"]:
        text += (
            f"; {seen['n_crossing']} people who were scanned in several batches count once in "
            "each, which makes differences between batches look a little less certain"
        )
    return f"{text}."
