"""The specs of the jobs that draw and report: labels, titles, and what is printed."""

from collections.abc import Mapping
from typing import Any

from multipet.config.delivered import AtlasFiles, Combination, DrawnVariable, Number, Variable
from multipet.config.models import Contrast, ContrastSettings, ModelTerms
from multipet.config.part import Part
from multipet.config.specs import CheckHarmonisationSpec, NamedHarmonisation
from multipet.config.study import (
    Adjustment,
    Checks,
    Decision,
    Inference,
    Outcome,
    StudyHead,
    StudyTitle,
)


class DrawHarmonisationSpec(CheckHarmonisationSpec, kw_only=True):
    """Spec of draw_harmonisation; labels are by site and by region, where they have one."""

    outcome: Outcome
    site_labels: Mapping[str, str]
    region_labels: Mapping[str, str]
    variables: Mapping[str, Variable]


class SiteLabel(Part):
    """What reports call a site."""

    label: str


class NamedContrast(Part):
    """Id and title of a contrast."""

    id: str
    title: str


class Logo(Part):
    """The lab's logo: its file, what it shows, and a checksum that tells when it changed."""

    path: str
    alt: str
    sha256: str


class ReportHarmonisationSpec(DrawHarmonisationSpec, kw_only=True):
    """Spec of report_harmonisation.

    Attributes
    ----------
    used_by
        The contrasts on its values.
    fingerprint
        Of the code, known once the spec is written.
    """

    study: StudyTitle
    sites: Mapping[str, SiteLabel]
    participant_ids: bool
    logo: Logo | None
    used_by: tuple[NamedContrast, ...]
    fingerprint: str | None = None


class DrawSpec(Part):
    """Spec of draw_contrast and draw_robustness.

    Attributes
    ----------
    id, title
        The contrast's, the title as reports print it.
    region_labels, site_labels
        Of those that have one.
    atlas
        What figures call the atlas; empty without one.
    contrast
        What is compared.
    variables
        Covariates with the labels of their levels.
    alpha, adjust, confidence
        As in ``Inference``.
    participant_ids
        Whether people are shown by their ids.
    """

    id: str
    title: str
    region_labels: Mapping[str, str]
    atlas: str
    site_labels: Mapping[str, str]
    contrast: ContrastSettings
    variables: Mapping[str, DrawnVariable]
    outcome: Outcome
    alpha: Number
    adjust: Adjustment
    confidence: Number
    participant_ids: bool


class ReportedContrast(Part):
    """A contrast as its page names it: ``question`` in words, ``settings`` as configured."""

    id: str
    title: str
    prespecified: bool
    kind: str
    question: str
    settings: Contrast


class ReportedModel(ModelTerms):
    """A model as its contrasts' pages name it; ``reml`` as it is always fitted."""

    id: str
    sensitivity: Mapping[str, str]
    harmonisation: NamedHarmonisation | None
    reml: bool


class ReportedSite(Part):
    """A site's label, and the name of its table without its folder."""

    label: str
    file: str


class ReportSpec(Part, kw_only=True):
    """Spec of report_contrast.

    Attributes
    ----------
    combined_regions
        Regions made of others.
    config
        The config that answers this one contrast, every default written out, as YAML has it.
    order
        Ids under ``config``'s sites and harmonisation, whose order tells in its numbers.
    other_inputs
        Files besides the sites' tables: what ``for``, ``name`` and ``sha256``.
    fingerprint
        Of the code, known once the spec is written.
    """

    contrast: ReportedContrast
    model: ReportedModel
    study: StudyTitle
    sites: Mapping[str, ReportedSite]
    variables: Mapping[str, Variable]
    region_labels: Mapping[str, str]
    combined_regions: Mapping[str, Combination]
    inference: Inference
    checks: Checks
    participant_ids: bool
    config: Mapping[str, Any]
    order: Mapping[str, tuple[str, ...]]
    other_inputs: tuple[Mapping[str, str], ...]
    logo: Logo | None
    fingerprint: str | None = None


class IndexSpec(Part):
    """Spec of report_index; ``contrasts`` in order, ``sites`` with their labels."""

    study: StudyHead
    contrasts: tuple[str, ...]
    sites: Mapping[str, str]
    variables: Mapping[str, Variable]
    region_labels: Mapping[str, str]
    combined_regions: Mapping[str, Combination]
    logo: Logo | None


class MappedModel(ModelTerms):
    """The model of a contrast's maps; ``harmonisation`` is an id, or ``none``."""

    id: str
    harmonisation: str


class MapsSpec(Part):
    """Spec of write_maps; ``sources`` are the files that maps are made of, as BIDS names them."""

    id: str
    title: str
    atlas: AtlasFiles
    outcome: Outcome
    model: MappedModel
    inference: Decision
    sources: tuple[Mapping[str, str], ...]
