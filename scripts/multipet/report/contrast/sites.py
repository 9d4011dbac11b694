"""The section on sites and harmonisation: who scanned, how site entered, raw and harmonised."""

from multipet.config.methods import METHODS
from multipet.report.chips.other_analyses import HARMONISATION, Variant, variants_of
from multipet.report.chips.sites import is_calibrated, predicted_error, takes_from_data
from multipet.report.contrast.files import ContrastFiles
from multipet.report.contrast.side_by_side import (
    counts_table,
    harmonisations_beside,
    side_table,
    sides_of,
)
from multipet.report.harmonisation.answer import NO_PROOF
from multipet.report.html.rendering import Block, blocks
from multipet.report.html.tables import site_table
from multipet.report.html.text import Prose, is_missing, name, percent, prose, strong

WORDS = {
    "random": "as a random intercept",
    "fixed": "as a fixed effect",
    "none": "not in the model",
    "in scanner": "contained in scanner",
}
#: Sections of the harmonisation's own page whose figures are shown here too.
SHOWN = ("differences", "effects")
PER_CENT = "\N{NO-BREAK SPACE}%"


def sites_blocks(files: ContrastFiles) -> tuple[Block, ...]:
    """Return the parts of the section."""
    per_site = files.plan["per_site"]
    table = (site_table(files.spec, per_site),) if per_site else ()
    return blocks(Block(tables=table, notes=_choices(files)), _beside(files), _before_after(files))


def _choices(files: ContrastFiles) -> tuple[Prose, ...]:
    """How site and scanner entered the model, and why."""
    factors = ("site", "scanner") if files.knows_scanners else ("site",)
    found = [(factor, files.plan[factor]) for factor in factors]
    return tuple(
        prose(
            strong(f"{factor.capitalize()} {WORDS[entry['used']]}"), ". ",
            name(entry["reason"]),
        )
        for factor, entry in found
    )  # fmt: skip


def _beside(files: ContrastFiles) -> Block:
    """The answer from raw and from harmonised values; empty where nothing was harmonised."""
    if not sides_of(files) and files.harmonisation is None:
        return Block()
    tables = tuple(table for table in (counts_table(files), side_table(files)) if table)
    untested = tuple(
        prose(strong(v.label), ": ", name(v.reason), ".")
        for v in variants_of(files)
        if v.topic == HARMONISATION and v.reason and not v.tested
    )
    text = (_what(files), _naive(files))
    links = tuple(
        (f"{shown}: what it changed", f"harmonisation_{shown}.html")
        for shown in harmonisations_beside(files)
    )
    return Block(
        "Raw and harmonised, side by side",
        tuple(part for part in text if part), tables=tables, links=links, notes=untested,
    )  # fmt: skip


def _before_after(files: ContrastFiles) -> Block:
    """What the harmonisation of the model's values did to differences and to effects."""
    figures = tuple(f for f in files.harmonisation_figures if f.section in SHOWN)
    if not figures:
        return Block()
    notes = (prose(NO_PROOF),) if takes_from_data(files) else ()
    return Block(figures=figures, notes=notes)


def _what(files: ContrastFiles) -> Prose:
    used = files.harmonisation
    if used is None:
        return prose("The main analysis is on raw values.")
    method = METHODS[used.method].label
    batch = used.batch if isinstance(used.batch, str) else ", ".join(used.batch)
    return prose(
        "The main analysis is on values that were harmonised over ", name(batch), " by ",
        name(method), ".",
    )  # fmt: skip


def _naive(files: ContrastFiles) -> Prose:
    """How far tests err that take harmonised values for raw ones, predicted and as measured."""
    if not takes_from_data(files) and not _calibrated_beside(files):
        return ()
    said = prose("Treating harmonised values as raw ", *_found_without(files), " (5 % intended). ")
    if takes_from_data(files) and not is_calibrated(files):
        return prose(strong("The p-values of this page do so. "), *said)
    what = "The p-values and intervals of harmonised values on this page are calibrated instead."
    return prose(*said, what)


def _found_without(files: ContrastFiles) -> Prose:
    """How often such a test finds something where there is nothing, simulated or predicted."""
    error, measured = predicted_error(files), _measured(files)
    if measured:
        share = strong(measured)
        return prose("would have found something in ", share, " of simulated data sets without an "
                     "effect")  # fmt: skip
    if error is None:
        return prose("finds something too often in studies without an effect")
    share = strong(percent(error))
    return prose("is predicted to find something in ", share, " of studies without an effect")


def _calibrated_beside(files: ContrastFiles) -> tuple[Variant, ...]:
    return tuple(v for v in variants_of(files) if v.topic == HARMONISATION and v.tested)


def _measured(files: ContrastFiles) -> str:
    """Share of simulated data sets in which such a test errs, over regions: ``3.3 to 4.3 %``."""
    errors = [x for x in files.calibration["naive_error"] if not is_missing(x)]
    if not errors:
        return ""
    low, high = percent(min(errors)), percent(max(errors))
    return low if low == high else f"{low.removesuffix(PER_CENT)} to {high}"
