"""The page of a harmonisation for tests: what was really computed of a small study."""

from collections.abc import Iterable
from typing import Any

import harmonised_study as hs
import pandas as pd
from report_study import spec as study_spec
from specs_of import changed

from multipet.config.page_specs import NamedContrast, ReportHarmonisationSpec, SiteLabel
from multipet.core.columns import FINDINGS, names
from multipet.core.findings import Finding, finding_rows
from multipet.report.harmonisation.files import HarmonisationFiles
from multipet.report.html.embedded import Figure

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><title>t</title></svg>'


def spec_of(**settings: Any) -> ReportHarmonisationSpec:
    """Spec of the page, its settings changed."""
    known = study_spec("report_harmonisation", "combat_scanner")
    labelled = {"label": "diagnosis", "labels": {"patient": "patients"}}
    return changed(
        known,
        id="combat_site",
        settings=changed(known.settings, **{**hs.SETTINGS, **settings}),
        sites={"s0": SiteLabel(label="Turku"), "s1": SiteLabel(label="Oslo")},
        variables=known.variables | {"group": changed(known.variables["group"], **labelled)},
        region_labels={"r0": "Caudate"},
        used_by=(NamedContrast(id="c", title="Patients against controls"),),
    )


def files_of(
    findings: Iterable[Finding] = (), raw: pd.DataFrame | None = None, **settings: Any
) -> HarmonisationFiles:
    """Files of the page; ``raw`` values in place of the study's."""
    checks = hs.checks(raw, **settings)
    return HarmonisationFiles(
        spec=spec_of(**settings),
        tables=checks.tables,
        overview=checks.overview,
        parameters={},
        findings=pd.DataFrame(finding_rows(findings), columns=names(FINDINGS)),
        figures=(Figure("f", SVG, "a caption", "alt", "shifts", title="Shifts"),),
    )
