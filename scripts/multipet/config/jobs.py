"""The spec of every job of a study: each job's own part of the config."""

from multipet.config.delivered import AtlasFiles, MeasuredVariable, RegionChoice, SiteSettings
from multipet.config.kinds import centre_factors
from multipet.config.models import ContrastSettings
from multipet.config.page_jobs import page_jobs
from multipet.config.part import Part, reshaped
from multipet.config.resolved import (
    atlas_files,
    calibrated_contrasts,
    check_spec,
    harmonisation_of,
    harmonise_spec,
    inference_of,
    named_harmonisation,
    shown_harmonisations,
    site_means_of,
)
from multipet.config.specs import (
    AskedContrast,
    CalibrateSpec,
    DiagnoseSpec,
    EstimateSpec,
    FitSpec,
    MeasuredStudy,
    OutlineSpec,
    PoolSpec,
    PoolStudy,
    RobustnessSpec,
    TidySpec,
    TidyStudy,
)
from multipet.config.study import (
    ContrastChecks,
    Estimation,
    MeasuredOutcome,
    Study,
    ValueChecks,
)
from multipet.core.files import sha256_of


def specs(study: Study) -> dict[tuple[str, str], Part]:
    """Spec of every job by rule and id."""
    jobs: dict[tuple[str, str], Part] = {("pool_sites", "all"): _pool(study)}
    for site in study.sites:
        jobs["tidy_site", site] = _tidy(study, site)
    for name in study.harmonisation:
        jobs["harmonise", name] = harmonise_spec(study, name)
        jobs["check_harmonisation", name] = check_spec(study, name)
    for name in study.models:
        jobs["fit_model", name] = _fit(study, name)
        jobs["diagnose_model", name] = _diagnose(study, name)
    for name in calibrated_contrasts(study):
        jobs["calibrate_contrast", name] = calibrate_spec(study, name)
    for name in study.contrasts:
        jobs["estimate_contrast", name] = _estimate(study, name)
        jobs["robustness_contrast", name] = _robustness(study, name)
    if atlas_files(study):
        jobs["outline_atlas", "all"] = outline_spec(study)
    return jobs | page_jobs(study)


def ingest_study(study: Study) -> PoolStudy:
    """What reading and pooling the tables needs of a study."""
    outcome = reshaped(MeasuredOutcome, study.study.outcome)
    return PoolStudy(
        study=reshaped(MeasuredStudy, study.study, outcome=outcome),
        variables=_variables(study),
        participants=study.participants,
        regions=reshaped(RegionChoice, study.regions),
        checks=reshaped(ValueChecks, study.checks),
    )


def _variables(study: Study) -> dict[str, MeasuredVariable]:
    return {name: reshaped(MeasuredVariable, one) for name, one in study.variables.items()}


def _tidy(study: Study, site: str) -> TidySpec:
    settings = study.sites[site]
    return TidySpec(
        site=site,
        settings=reshaped(SiteSettings, settings),
        study=reshaped(TidyStudy, ingest_study(study)),
        sha256=(sha256_of(settings.path), *_participants_sha256(study)),
    )


def _participants_sha256(study: Study) -> tuple[str, ...]:
    return (sha256_of(study.participants.path),) if study.participants else ()


def _pool(study: Study) -> PoolSpec:
    return PoolSpec(
        sites=tuple(study.sites), study=ingest_study(study), sha256=_participants_sha256(study)
    )


def _fit(study: Study, name: str) -> FitSpec:
    model = study.models[name]
    contrasts = [contrast for contrast in study.contrasts.values() if contrast.model == name]
    return reshaped(
        FitSpec,
        model,
        model=name,
        site_means=site_means_of(model),
        harmonisation=harmonisation_of(study, model),
        scale=study.study.outcome.scale,
        compared=tuple(sorted({f for contrast in contrasts for f in centre_factors(contrast)})),
        few_levels=study.checks.few_levels,
        df=study.inference.df,
    )


def _diagnose(study: Study, name: str) -> DiagnoseSpec:
    model, inference = study.models[name], study.inference
    return DiagnoseSpec(
        model=name,
        regions=model.regions,
        scale=study.study.outcome.scale,
        site_means=site_means_of(model),
        confidence=inference.confidence if inference.profile_intervals else None,
    )


def _asked(study: Study, name: str) -> AskedContrast:
    """What every step that answers a contrast needs."""
    contrast = study.contrasts[name]
    model = study.models[contrast.model]
    return AskedContrast(
        contrast=name,
        regions=model.regions,
        site_means=site_means_of(model),
        settings=reshaped(ContrastSettings, contrast),
        variables=_variables(study),
        scale=study.study.outcome.scale,
        inference=inference_of(study, name),
    )


def calibrate_spec(study: Study, name: str) -> CalibrateSpec:
    """Spec of the calibration of one contrast."""
    model = study.models[study.contrasts[name].model]
    shown = shown_harmonisations(study, name)
    return reshaped(
        CalibrateSpec,
        _asked(study, name),
        inference=reshaped(Estimation, inference_of(study, name)),
        residual=model.residual,
        own=model.harmonisation,
        harmonisations=tuple(named_harmonisation(study, one) for one in shown),
    )


def _estimate(study: Study, name: str) -> EstimateSpec:
    return reshaped(
        EstimateSpec,
        _asked(study, name),
        sites=tuple(study.sites),
        harmonisation=harmonisation_of(study, study.models[study.contrasts[name].model]),
        calibrated=name in calibrated_contrasts(study),
        checks=reshaped(ContrastChecks, study.checks),
    )


def _robustness(study: Study, name: str) -> RobustnessSpec:
    model = study.models[study.contrasts[name].model]
    return reshaped(
        RobustnessSpec,
        _estimate(study, name),
        residual=model.residual,
        sensitivity=model.sensitivity,
        few_levels=study.checks.few_levels,
    )


def outline_spec(study: Study) -> OutlineSpec:
    """Spec of the outlines of a study's atlas."""
    return OutlineSpec(
        atlas=reshaped(AtlasFiles, study.regions.atlas),
        sha256=tuple(sha256_of(path) for path in atlas_files(study)),
    )
