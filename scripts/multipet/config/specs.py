"""The spec of every job, a class a rule: its own part of the config, and nothing else of it.

A job's inputs are its data and its spec, so that Snakemake reruns it when, and only when,
something changes that it depends on.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from multipet.config.delivered import (
    AtlasFiles,
    MeasuredVariable,
    Number,
    Participants,
    RegionChoice,
    SiteSettings,
)
from multipet.config.models import ContrastSettings, Harmonisation, How
from multipet.config.part import Part, plain, typed
from multipet.config.study import (
    ContrastChecks,
    DfMethod,
    Estimation,
    FewLevels,
    Inference,
    MeasuredOutcome,
    Scale,
    ValueChecks,
)
from multipet.core.files import canonical_json, read_json, write_text_if_changed

Spec = TypeVar("Spec", bound=Part)


def read_spec(kind: type[Spec], path: Path | str) -> Spec:
    """Read the spec of a job; the fingerprint of the code too, where ``kind`` has it."""
    settings = read_json(path)
    if "fingerprint" not in kind.__struct_fields__:
        settings.pop("fingerprint", None)
    return typed(kind, settings)


def write_spec(path: Path | str, spec: Part, fingerprint: str) -> None:
    """Write a spec as canonical JSON, where it changed, with the fingerprint of its step's code."""
    text = canonical_json({**plain(spec), "fingerprint": fingerprint})
    write_text_if_changed(path, text)


class MeasuredStudy(Part):
    """Tracer and outcome, and whether one id at two sites is one travelling person."""

    tracer: str
    outcome: MeasuredOutcome
    participants_span_sites: bool


class TidyStudy(Part):
    """What reading a site's table needs of the config: no labels, no models."""

    study: MeasuredStudy
    variables: Mapping[str, MeasuredVariable]
    participants: Participants | None


class PoolStudy(TidyStudy):
    """What pooling the sites needs besides."""

    regions: RegionChoice
    checks: ValueChecks


class TidySpec(Part):
    """Spec of tidy_site: one site's table.

    Attributes
    ----------
    site
        Its id.
    settings
        How its table is read.
    study
        What it is read for.
    sha256
        Checksums of its table and of the participants table, which tell a changed table from
        a touched one, and from one restored with an old date.
    """

    site: str
    settings: SiteSettings
    study: TidyStudy
    sha256: tuple[str, ...]


class PoolSpec(Part):
    """Spec of pool_sites: the sites in order, and the checksum of the participants table."""

    sites: tuple[str, ...]
    study: PoolStudy
    sha256: tuple[str, ...]


class UsedHarmonisation(Harmonisation, kw_only=True):
    """A harmonisation with ``preserve`` resolved, and the covariates that are ``tested`` on it.

    ``unpreserved`` are other fixed terms of the models of its values; told where it is made.
    """

    tested: tuple[str, ...]
    unpreserved: tuple[str, ...] = ()


class NamedHarmonisation(UsedHarmonisation, kw_only=True):
    """The harmonisation of a model's values, with its id."""

    id: str


class HarmoniseSpec(Part, kw_only=True):
    """Spec of harmonise; ``sha256`` of the saved parameters, where they are read."""

    id: str
    settings: UsedHarmonisation
    scale: Scale
    sha256: tuple[str, ...] | None = None


class CheckHarmonisationSpec(HarmoniseSpec, kw_only=True):
    """Spec of check_harmonisation; ``alpha`` is the level of the tests between batches."""

    alpha: Number


class FitSpec(Part):
    """Spec of fit_model.

    Attributes
    ----------
    model
        Its id.
    site_means
        The formula whose covariates get site means; empty where they are not asked for.
    harmonisation
        That of its values; ``None`` for raw ones.
    compared
        Which of site and scanner its contrasts compare.
    """

    model: str
    formula: str
    site: How
    scanner: How
    residual: str
    regions: str
    site_means: str
    harmonisation: NamedHarmonisation | None
    scale: Scale
    compared: tuple[str, ...]
    few_levels: FewLevels
    df: DfMethod


class DiagnoseSpec(Part):
    """Spec of diagnose_model; ``confidence`` of profile intervals, ``None`` for none of them."""

    model: str
    regions: str
    scale: Scale
    site_means: str
    confidence: Number | None


class AskedContrast(Part):
    """What estimating, refitting and calibrating a contrast all need.

    Attributes
    ----------
    contrast
        Its id.
    regions
        ``separate`` or ``joint``, as its model.
    site_means
        As in ``FitSpec``.
    settings
        What is compared.
    variables
        Covariates by name.
    """

    contrast: str
    regions: str
    site_means: str
    settings: ContrastSettings
    variables: Mapping[str, MeasuredVariable]
    scale: Scale
    inference: Estimation


class CalibrateSpec(AskedContrast):
    """Spec of calibrate_contrast.

    Attributes
    ----------
    residual
        ``common`` or ``by_scanner``, as its model.
    own
        Id of its model's harmonisation, or ``none``.
    harmonisations
        Those that it is answered with, its own first.
    """

    residual: str
    own: str
    harmonisations: tuple[NamedHarmonisation, ...]


class AnsweredContrast(AskedContrast):
    """What estimating and refitting need besides: sites in order, and the harmonisation."""

    inference: Inference
    sites: tuple[str, ...]
    harmonisation: NamedHarmonisation | None


class EstimateSpec(AnsweredContrast):
    """Spec of estimate_contrast; ``calibrated`` where it has answers from harmonised values."""

    calibrated: bool
    checks: ContrastChecks


class RobustnessSpec(AnsweredContrast):
    """Spec of robustness_contrast; ``sensitivity`` has the other formulas of its model."""

    residual: str
    sensitivity: Mapping[str, str]
    few_levels: FewLevels


class OutlineSpec(Part):
    """Spec of outline_atlas: the atlas, and the checksums of its image and table."""

    atlas: AtlasFiles
    sha256: tuple[str, ...]
