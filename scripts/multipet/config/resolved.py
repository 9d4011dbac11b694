"""What follows from a study: which harmonisation a model and a contrast get, and what it keeps."""

from pathlib import Path

from multipet.config.checks.harmonisations import preserve_formula, removed_factors
from multipet.config.checks.preservation import lost_of_models
from multipet.config.kinds import centre_factors, variables_of
from multipet.config.methods import GIVEN
from multipet.config.models import Model
from multipet.config.part import plain, reshaped
from multipet.config.specs import (
    CheckHarmonisationSpec,
    HarmoniseSpec,
    NamedHarmonisation,
    UsedHarmonisation,
)
from multipet.config.study import Inference, Study
from multipet.core.files import sha256_of
from multipet.formulas.formula import fixed_terms


def used_harmonisation(study: Study, name: str) -> UsedHarmonisation:
    """A harmonisation with the formula that it preserves, and what is ``tested`` on it.

    ``auto`` preserves the fixed terms of the models that use it; of all, where none does.
    """
    settings = study.harmonisation[name]
    preserve = preserve_formula(plain(study.models), name, plain(settings))
    tested = _tested(study, name)
    return reshaped(UsedHarmonisation, settings, preserve=preserve, tested=tested)


def named_harmonisation(study: Study, name: str) -> NamedHarmonisation:
    """A harmonisation as it is used, with its id."""
    return reshaped(NamedHarmonisation, used_harmonisation(study, name), id=name)


def harmonisation_of(study: Study, model: Model) -> NamedHarmonisation | None:
    """The harmonisation that a model names, if any."""
    name = model.harmonisation
    return None if name == "none" else named_harmonisation(study, name)


def check_spec(study: Study, name: str) -> CheckHarmonisationSpec:
    """Spec of the checks before and after one harmonisation."""
    return reshaped(
        CheckHarmonisationSpec, harmonise_spec(study, name), alpha=study.inference.alpha
    )


def harmonise_spec(study: Study, name: str) -> HarmoniseSpec:
    """Spec of one harmonisation, with the checksum of the saved parameters that it reads."""
    used = used_harmonisation(study, name)
    settings = reshaped(UsedHarmonisation, used, unpreserved=_unpreserved(study, name, used))
    return HarmoniseSpec(
        id=name,
        settings=settings,
        scale=study.study.outcome.scale,
        sha256=(sha256_of(settings.parameters),) if settings.parameters else None,
    )


def calibrated_contrasts(study: Study) -> list[str]:
    """Contrasts that have an answer from harmonised values."""
    return [name for name in study.contrasts if shown_harmonisations(study, name)]


def shown_harmonisations(study: Study, contrast: str) -> list[str]:
    """Harmonisations that a contrast is answered with: its model's own first.

    Then every other that leaves in place what the contrast compares and preserves all fixed
    terms of its model. Only the own one in a joint model.
    """
    settings = study.contrasts[contrast]
    model = study.models[settings.model]
    own = model.harmonisation
    shown = [] if own == "none" else [own]
    if centre_factors(settings) or model.regions == "joint":
        return shown
    needed, compared = set(fixed_terms(model.formula)), variables_of(settings)
    for name, entry in study.harmonisation.items():
        kept = set(fixed_terms(used_harmonisation(study, name).preserve))
        unharmed = entry.method in GIVEN or needed <= kept
        if name != own and entry.method != "covbat" and unharmed:
            shown += [] if compared & removed_factors(entry) else [name]
    return shown


def atlas_files(study: Study) -> list[str]:
    """Paths of the atlas's image and table; none where the config has no atlas."""
    atlas = study.regions.atlas
    return [atlas.image, atlas.table] if atlas else []


def atlas_name(study: Study) -> str:
    """What reports call the atlas."""
    atlas = study.regions.atlas
    return (atlas.label or f"the atlas {Path(atlas.image).name}") if atlas else ""


def inference_of(study: Study, contrast: str) -> Inference:
    """Without the calibration where a contrast has none, which then does not rerun for it."""
    if contrast in calibrated_contrasts(study):
        return study.inference
    return reshaped(Inference, study.inference, calibration=None)


def site_means_of(model: Model) -> str:
    """The formula whose covariates get site means; empty where they are not asked for."""
    return model.formula if model.site_means else ""


def _unpreserved(study: Study, name: str, settings: UsedHarmonisation) -> tuple[str, ...]:
    """Fixed terms of the models that use a harmonisation which it does not preserve."""
    models, variables = plain(study.models), plain(study.variables)
    return tuple(lost_of_models(models, name, plain(settings), variables))


def _tested(study: Study, harmonisation: str) -> tuple[str, ...]:
    """Covariates that contrasts on values of ``harmonisation`` compare."""
    users = [
        contrast
        for contrast in study.contrasts.values()
        if study.models[contrast.model].harmonisation == harmonisation
    ]
    compared = {name for contrast in users for name in variables_of(contrast)}
    return tuple(sorted(compared - {"site", "scanner", "region"}))
