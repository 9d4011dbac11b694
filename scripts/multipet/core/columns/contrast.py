"""Words that stand in the tables of a contrast: where it varies, its variants, its components."""

WITHIN, BETWEEN, MIXED = "within", "between", "mixed"
RESIDUAL, INTERCEPT = "Residual", "(Intercept)"

SITE_FIXED = "site fixed"
SITE_RANDOM = "site random"
RESIDUAL_COMMON = "residual alike"
RAW_VALUES = "raw values"
AS_FITTED = "model as it stands"
WITHIN_SITES = "model within sites"
WITHIN_PEOPLE, BETWEEN_PEOPLE = "within people", "between people"
SITE_MEANS = "site means"
SITE_MEANS_ADDED = "site means added"
VARYING = "effect varies by site"


def on_raw_values(name: str) -> str:
    """Name of an analysis of the raw values beside a main one of harmonised values."""
    return f"{RAW_VALUES}, {name}"


def is_varying(name: str) -> bool:
    """Whether an analysis lets the effect vary by site."""
    return name in (VARYING, on_raw_values(VARYING))


def has_site_means(name: str) -> bool:
    """Whether an analysis has the site means of what is compared as a covariate."""
    return name in (SITE_MEANS_ADDED, on_raw_values(SITE_MEANS_ADDED))


def harmonised(name: str) -> str:
    """Name of the answer from the values of another harmonisation."""
    return f"harmonised: {name}"


def component_name(factor: str, effect: str, within_site: bool) -> str:
    """Readable name of a variance component: ``scanner in site``, ``age by site``.

    Parameters
    ----------
    factor
        Grouping factor, or ``Residual``.
    effect
        ``(Intercept)``, the name of a slope, or empty for the residual.
    within_site
        Whether the model also has site, so that scanners vary around their site.
    """
    readable = {
        RESIDUAL: "residual",
        "participant_id": "subject",
        "scanner": "scanner in site" if within_site else "scanner",
    }.get(factor, factor)
    return readable if effect in ("", INTERCEPT) else f"{effect} by {readable}"
