"""The spec of every job that draws, reports or makes maps."""

from functools import partial
from pathlib import Path
from typing import Any

from multipet.config.delivered import AtlasFiles, DrawnVariable
from multipet.config.kinds import kind_of, shown_names
from multipet.config.models import ContrastSettings
from multipet.config.page_specs import (
    DrawHarmonisationSpec,
    DrawSpec,
    IndexSpec,
    Logo,
    MappedModel,
    MapsSpec,
    NamedContrast,
    ReportedContrast,
    ReportedModel,
    ReportedSite,
    ReportHarmonisationSpec,
    ReportSpec,
    SiteLabel,
)
from multipet.config.part import Part, reshaped
from multipet.config.reduced_config import other_inputs, reduced_config
from multipet.config.resolved import (
    atlas_files,
    atlas_name,
    check_spec,
    harmonisation_of,
    inference_of,
)
from multipet.config.study import Decision, Outcome, Study, StudyTitle
from multipet.core.files import sha256_of


def page_jobs(study: Study) -> dict[tuple[str, str], Part]:
    """Spec of every such job by rule and id."""
    jobs: dict[tuple[str, str], Part] = {("report_index", "all"): _index(study)}
    for name in study.harmonisation:
        page = _harmonisation_page(study, name)
        jobs["draw_harmonisation", name] = reshaped(DrawHarmonisationSpec, page)
        jobs["report_harmonisation", name] = page
    for name in study.contrasts:
        drawn = _draw(study, name)
        jobs["draw_contrast", name] = jobs["draw_robustness", name] = drawn
        jobs["report_contrast", name] = _report(study, name)
        if atlas_files(study):
            jobs["write_maps", name] = _maps(study, name)
    return jobs


def _harmonisation_page(study: Study, name: str) -> ReportHarmonisationSpec:
    return reshaped(
        ReportHarmonisationSpec,
        check_spec(study, name),
        outcome=_outcome(study),
        site_labels=_site_labels(study),
        region_labels=study.regions.labels,
        variables=study.variables,
        study=_title(study),
        sites={site: SiteLabel(label=one.label or site) for site, one in study.sites.items()},
        participant_ids=study.report.participant_ids,
        logo=_logo(study),
        used_by=tuple(
            NamedContrast(id=id, title=contrast.title or id)
            for id, contrast in study.contrasts.items()
            if study.models[contrast.model].harmonisation == name
        ),
    )


def _draw(study: Study, name: str) -> DrawSpec:
    contrast, variables = study.contrasts[name], study.variables
    return DrawSpec(
        id=name,
        title=contrast.title or _question(study, name),
        region_labels=study.regions.labels,
        atlas=atlas_name(study),
        site_labels=_site_labels(study),
        contrast=reshaped(ContrastSettings, contrast),
        variables={name: reshaped(DrawnVariable, one) for name, one in variables.items()},
        outcome=_outcome(study),
        alpha=study.inference.alpha,
        adjust=study.inference.adjust,
        confidence=study.inference.confidence,
        participant_ids=study.report.participant_ids,
    )


def _report(study: Study, name: str) -> ReportSpec:
    config = reduced_config(study, name)
    return ReportSpec(
        contrast=_reported_contrast(study, name),
        model=_reported_model(study, name),
        study=_title(study),
        sites={
            site: ReportedSite(label=one.label or site, file=Path(one.path).name)
            for site, one in study.sites.items()
        },
        variables=study.variables,
        region_labels=study.regions.labels,
        combined_regions=study.regions.combine,
        inference=inference_of(study, name),
        checks=study.checks,
        participant_ids=study.report.participant_ids,
        config=config,
        order={key: tuple(config[key]) for key in ("sites", "harmonisation")},
        other_inputs=other_inputs(study, name),
        logo=_logo(study),
    )


def _reported_contrast(study: Study, name: str) -> ReportedContrast:
    contrast, question = study.contrasts[name], _question(study, name)
    return ReportedContrast(
        id=name,
        title=contrast.title or question,
        prespecified=contrast.prespecified,
        kind=kind_of(contrast),
        question=question,
        settings=contrast,
    )


def _reported_model(study: Study, contrast: str) -> ReportedModel:
    name = study.contrasts[contrast].model
    model = study.models[name]
    harmonisation = harmonisation_of(study, model)
    return reshaped(ReportedModel, model, id=name, harmonisation=harmonisation, reml=True)


def _maps(study: Study, name: str) -> MapsSpec:
    contrast, files = study.contrasts[name], atlas_files(study)
    named = [{"File": Path(path).name, "SHA256": sha256_of(path)} for path in files]
    return MapsSpec(
        id=name,
        title=contrast.title or _question(study, name),
        atlas=reshaped(AtlasFiles, study.regions.atlas),
        outcome=_outcome(study),
        model=reshaped(MappedModel, study.models[contrast.model], id=contrast.model),
        inference=reshaped(Decision, study.inference),
        sources=(*named, {"File": "contrast.tsv"}),
    )


def _index(study: Study) -> IndexSpec:
    return IndexSpec(
        study=reshaped(type(study.study), study.study, outcome=_outcome(study)),
        contrasts=tuple(study.contrasts),
        sites={site: one.label or site for site, one in study.sites.items()},
        variables=study.variables,
        region_labels=study.regions.labels,
        combined_regions=study.regions.combine,
        logo=_logo(study),
    )


def _logo(study: Study) -> Logo | None:
    report = study.report
    if not report.logo:
        return None
    return Logo(path=report.logo, alt=report.logo_alt, sha256=sha256_of(report.logo))


def _title(study: Study) -> StudyTitle:
    return reshaped(StudyTitle, study.study, outcome=_outcome(study))


def _outcome(study: Study) -> Outcome:
    """The outcome with the label that reports call it by."""
    outcome = study.study.outcome
    return reshaped(Outcome, outcome, label=outcome.label or outcome.column)


def _site_labels(study: Study) -> dict[str, str]:
    return {site: one.label for site, one in study.sites.items() if one.label}


def _question(study: Study, name: str) -> str:
    contrast = study.contrasts[name]
    if contrast.pairwise is not None:
        return f"every pair of {contrast.pairwise}s"
    names = shown_names(contrast, {}, study.variables, partial(_level_label, study))
    return next(iter(names.values()))


def _level_label(study: Study, variable: str, level: Any) -> str:
    """Level as readers know it."""
    if variable == "site":
        return (study.sites[level].label if level in study.sites else "") or str(level)
    if variable == "region":
        return study.regions.labels.get(level, str(level))
    known = study.variables.get(variable)
    return known.labels.get(level, str(level)) if known else str(level)
