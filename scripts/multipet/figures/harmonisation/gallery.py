"""Every figure of one harmonisation."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from multipet.core.columns import Column
from multipet.core.columns import harmonisation as check_columns
from multipet.figures.harmonisation import captions as names
from multipet.figures.harmonisation.captions import HARMONISATION_CAPTIONS
from multipet.figures.harmonisation.components import components_height, draw_components
from multipet.figures.harmonisation.differences import differences_height, draw_differences
from multipet.figures.harmonisation.drawing import BatchNames, HarmonisationDrawing
from multipet.figures.harmonisation.effects import draw_effects, effects_height
from multipet.figures.harmonisation.priors import draw_priors, priors_height
from multipet.figures.harmonisation.repeats import draw_repeats, repeats_height
from multipet.figures.harmonisation.shifts import draw_shifts, panels_of, shifts_height
from multipet.figures.harmonisation.tables import (
    SCORES,
    drawn_tests,
    effects_drawn,
    priors_drawn,
    repeats_drawn,
    scores_drawn,
    shifts_drawn,
    shown_covariate,
)
from multipet.figures.labels import Labels
from multipet.figures.style import new_figure

MOST_ROWS = 40  # regions of a figure with a row each
MOST_REPEATS = 25  # the same, with two points a row
MOST_BATCHES = 20  # of a heat map
MOST_PANELS = 6


@dataclass(frozen=True, eq=False)
class CheckedTables:
    """What the figures are drawn from.

    Attributes
    ----------
    tables
        By the names of ``check_columns.TABLES``.
    overview
        Of the same step.
    tested
        Variables that contrasts on the harmonised values compare.
    covariates
        Columns of the covariates in the table of components.
    is_given
        Whether nothing was estimated from these values.
    """

    tables: Mapping[str, pd.DataFrame]
    overview: Mapping[str, Any]
    tested: Sequence[str]
    covariates: Mapping[str, Column]
    is_given: bool = False

    def rows(self, drawn: pd.DataFrame, which: str) -> str:
        """Regions that ``drawn`` shows, in words."""
        shown = drawn["region"].nunique()
        total = self.tables["batch_tests"]["region"].nunique()
        if shown == total:
            return "the region" if total == 1 else f"all {total} regions"
        return f"{shown} of {total} regions ({which})"


def draw_harmonisation(checked: CheckedTables, labels: Labels) -> list[HarmonisationDrawing]:
    """Draw every figure that the tables have rows for, in the page's order.

    To be called, and the figures to be saved, within ``style.figure_style``.
    """
    overview = checked.overview
    batches = BatchNames(overview["batch_columns"], overview["batches"], labels)
    return [drawing for draw in _DRAW for drawing in draw(checked, batches)]


def _tests(checked: CheckedTables, names_of: BatchNames) -> Iterator[HarmonisationDrawing]:
    drawn = drawn_tests(checked.tables["batch_tests"], MOST_ROWS)
    if drawn["size"].notna().any():
        figure = draw_differences(drawn, new_figure(differences_height(drawn)), names_of.labels)
        rows = checked.rows(drawn, "those that differed most between batches")
        alt = f"Partial R² of batch and ratio of SDs before and after harmonisation, in {rows}."
        construction = "" if checked.is_given else names.BY_CONSTRUCTION
        fields = {"rows": rows, "alpha": names_of.labels.alpha, "construction": construction}
        columns = check_columns.BATCH_TESTS
        yield _drawing(names.TESTS, figure, drawn, columns, alt, names_of, **fields)


def _shifts(checked: CheckedTables, names_of: BatchNames) -> Iterator[HarmonisationDrawing]:
    table = checked.tables["shifts"]
    if table["shift"].notna().any():
        drawn = shifts_drawn(table, MOST_ROWS, MOST_BATCHES)
        figure = draw_shifts(drawn, new_figure(shifts_height(drawn, names_of)), names_of)
        rows = checked.rows(drawn, "those with the largest shifts")
        what = "Shift and scale" if len(panels_of(drawn)) > 1 else "Shift"
        alt = f"Heat map: {what.lower()} of {drawn['batch'].nunique()} batches in {rows}."
        fields = {"rows": rows, "what": what}
        columns = check_columns.SHIFTS
        yield _drawing(names.SHIFTS, figure, drawn, columns, alt, names_of, **fields)


def _priors(checked: CheckedTables, names_of: BatchNames) -> Iterator[HarmonisationDrawing]:
    priors, curves = checked.tables["priors"], checked.tables["prior_curves"]
    if len(curves):
        drawn = priors_drawn(curves, priors, MOST_PANELS)
        figure = draw_priors(drawn, new_figure(priors_height(drawn)), names_of)
        shown, total = drawn["batch"].nunique(), curves["batch"].nunique()
        text = f"{shown} of {total} batches (those that fit worst)"
        batches = f"all {total} batches" if shown == total else text
        alt = f"Cumulative distributions of estimated shifts and scales and priors of {batches}."
        columns = check_columns.PRIOR_CURVES
        yield _drawing(names.PRIORS, figure, drawn, columns, alt, names_of, batches=batches)


def _components(checked: CheckedTables, names_of: BatchNames) -> Iterator[HarmonisationDrawing]:
    table, shares = checked.tables["components"], checked.tables["component_shares"]
    if (table["component"] == 2).any():
        covariate = shown_covariate(shares, checked.tested)
        drawn = scores_drawn(table, covariate)
        figure = new_figure(components_height(covariate, len(names_of.order)))
        draw_components(drawn, covariate, figure, names_of)
        described = [checked.covariates[covariate]] if covariate else []
        fields = {
            "second": f" and by {covariate} (bottom)" if covariate else "",
            "made_of": _made_of(checked.overview["components"]),
        }
        alt = f"Scans on two principal components before and after, by batch{fields['second']}."
        columns = (*SCORES, *described)
        yield _drawing(names.COMPONENTS, figure, drawn, columns, alt, names_of, **fields)


def _effects(checked: CheckedTables, names_of: BatchNames) -> Iterator[HarmonisationDrawing]:
    drawn = effects_drawn(checked.tables["covariate_effects"], MOST_PANELS)
    if len(drawn):
        figure = draw_effects(drawn, new_figure(effects_height(drawn)), names_of.labels)
        shown = drawn["column"].nunique()
        alt = f"Coefficients of {shown} covariate columns after against before, a point a region."
        columns = check_columns.COVARIATE_EFFECTS
        yield _drawing(names.EFFECTS, figure, drawn, columns, alt, names_of)


def _repeats(checked: CheckedTables, names_of: BatchNames) -> Iterator[HarmonisationDrawing]:
    table = checked.tables["repeats"]
    if len(table):
        drawn = repeats_drawn(table, MOST_REPEATS)
        figure = draw_repeats(drawn, new_figure(repeats_height(drawn)), names_of.labels)
        fields = {"rows": checked.rows(drawn, "those that changed most"), "people": _people(table)}
        alt = f"Agreement of repeated scans before and after harmonisation, in {fields['rows']}."
        columns = check_columns.REPEATS
        yield _drawing(names.REPEATS, figure, drawn, columns, alt, names_of, **fields)


_DRAW: tuple[Callable[[CheckedTables, BatchNames], Iterator[HarmonisationDrawing]], ...] = (
    _tests,
    _shifts,
    _priors,
    _components,
    _effects,
    _repeats,
)


def _drawing(
    name: str,
    figure: Figure,
    table: pd.DataFrame,
    columns: Sequence[Column],
    alt: str,
    names_of: BatchNames,
    **fields: object,
) -> HarmonisationDrawing:
    caption, symbol = HARMONISATION_CAPTIONS[name].text(fields), names_of.labels.symbol
    return HarmonisationDrawing(name, figure, table, columns, caption, alt, symbol)


def _made_of(part: Mapping[str, Any]) -> str:
    """What components were made of, and what was left out."""
    left_out = len(part["regions_left_out"])
    text = f"Made of {part['n_regions']} regions and {part['n_scans']} scans"
    if left_out:
        text += f"; left out because many scans lack them or they do not vary: {left_out}"
    if part["n_filled"]:
        text += f"; missing values that count as the mean of their region: {part['n_filled']}"
    return f"{text}."


def _people(repeats: pd.DataFrame) -> str:
    most = repeats.groupby("pairs", sort=False)["n_people"].max()
    words = {"within": "people scanned again in the same batch", "across": "in another"}
    counted = [f"{most[kind]:.0f} {text}" for kind, text in words.items() if kind in most]
    return ", ".join(counted).capitalize() + "."
