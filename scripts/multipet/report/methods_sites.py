"""What a methods text says of effects that may differ between sites."""

from multipet.analysis.variant_names import has_site_means, is_varying
from multipet.report.contrast_files import ContrastFiles
from multipet.report.formatting import level_percent
from multipet.report.references import MUNDLAK, Reference
from multipet.report.site_effects import tests_of

TESTED = (
    "Whether the effect is the same at all sites was tested by F in a model with site fixed and "
    "the effect crossed with it, at {level}."
)
SLOPE = " As a sensitivity analysis the effect was given a random slope by site."
MEANS = (
    " In a further sensitivity analysis the site mean of what is compared was a covariate"
    " ({cited})."
)


def sites_text(files: ContrastFiles) -> tuple[str, list[Reference]]:
    """How the effect at each site was tested, and what was refitted for it; may be empty."""
    if not tests_of(files):
        return "", []
    alpha = files.spec["checks"]["heterogeneity"]["alpha"]
    adjusted = " after adjustment over these tests" if files.adjusts else ""
    text = TESTED.format(level=level_percent(alpha) + adjusted)
    cited: list[Reference] = []
    variants = set(files.sensitivity["variant"])
    if any(map(is_varying, variants)):
        text += SLOPE
    if any(map(has_site_means, variants)):
        text += MEANS.format(cited=MUNDLAK.cited)
        cited.append(MUNDLAK)
    return text, cited


def site_mean_words(column: str) -> str:
    """A column of site means in words: ``the site mean of age``; empty for any other column."""
    rest = column.removeprefix("site_mean_")
    return "" if rest == column else f"the site mean of {rest.replace('_', ' ')}"
