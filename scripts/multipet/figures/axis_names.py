"""Names of axes that are not the effect's."""

from dataclasses import replace

from multipet.figures.labels import Labels


def variable_axis(name: str, labels: Labels) -> str:
    """Label of a number with its unit: ``age, years``."""
    settings = labels.variables.get(name) or {}
    text, unit = settings.get("label") or name, settings.get("unit") or ""
    return f"{text}, {unit}" if unit not in ("", "1") else str(text)


def outcome_axis(labels: Labels) -> str:
    """The outcome in its own unit, also where it is analysed on the log scale."""
    return replace(labels, scale="identity").analysis
