"""What a harmonisation did, in words: over what, how far apart batches were, what to look at."""

from collections.abc import Iterator, Mapping
from typing import Any

from multipet.report.contrast.files import rows
from multipet.report.explanations import in_words
from multipet.report.harmonisation.files import HarmonisationFiles
from multipet.report.html.rendering import KeyFigure
from multipet.report.html.text import (
    Prose,
    capital,
    count,
    is_missing,
    level_label,
    listed,
    name,
    number,
    percent,
    plain,
    prose,
    strong,
    threshold,
)

ERROR_LIMIT = 0.075  # of a predicted error that is worth a word: Bradley's liberal criterion
LARGE_DIFFERENCE = 0.5  # standardised, between a batch and the rest
NO_PROOF = (
    "That scanners or sites hardly differ after harmonisation is no proof that it is right: the "
    "differences were estimated from these same values and taken out, so that they are near zero "
    "by construction. Judge by what had to stay: effects of covariates, agreement of repeated "
    "scans, and the answers from raw values beside those from harmonised ones."
)


def harmonisation_answer(files: HarmonisationFiles) -> Prose:
    """Sentences at the top of the page."""
    return (*_what(files), *_differences(files), *_moved(files))


def worries(files: HarmonisationFiles) -> tuple[Prose, ...]:
    """What a reader should look at before using the values; empty where there is nothing."""
    found = (_left, _errors, _imbalance, _lost, _noted)
    return tuple(words for each in found for words in each(files))


def key_figures(files: HarmonisationFiles) -> tuple[KeyFigure, ...]:
    """The numbers to set large: batches, what they explain, what differs, how far values moved."""
    figures = [KeyFigure(str(len(files.overview["batches"])), prose(name(files.batches_noun)))]
    means = _counts(files, "mean")
    if means:
        explained = " → ".join(percent(row["size_median"]) for row in means)
        figures.append(
            KeyFigure(explained, prose(f"explained by {files.batch_noun}, median over regions"))
        )
        differing = " → ".join(str(int(row["n_below_adjusted"])) for row in means)
        of = count(means[0]["n_regions"], "region")
        figures.append(KeyFigure(differing, prose(f"of {of} with a difference in mean")))
    moved = files.overview["median_move_percent"]
    if not is_missing(moved):
        figures.append(KeyFigure(f"{number(moved, 2)} %", prose("median change of a value")))
    return tuple(figures)


def _what(files: HarmonisationFiles) -> Prose:
    seen, preserved = files.overview, files.preserved()
    of = count(seen["n_people"], "person", "people")
    kept = prose(", keeping the effects of ", name(preserved)) if preserved else ()
    fit_on = files.spec.settings.fit_on
    alone = [
        f"{files.variable_label(v)} {listed([level_label(files.spec, v, x) for x in levels], 'or')}"
        for v, levels in fit_on.items()
    ]
    subset = prose(", estimated from scans with ", name(listed(alone))) if alone else ()
    return prose(
        name(capital(files.method)), " aligned ", strong(count(seen["n_scans"], "scan")),
        f" of {of} over ", strong(_batches(files)), " in ", count(seen["n_regions"], "region"),
        *kept, *subset, ".",
    )  # fmt: skip


def _batches(files: HarmonisationFiles) -> str:
    """What was aligned: ``7 scanners``, ``9 groups (site + scanner)``."""
    n = len(files.overview["batches"])
    return f"{n} {files.batch_noun if n == 1 else files.batches_noun}"


def _differences(files: HarmonisationFiles) -> Prose:
    means, spreads = _counts(files, "mean"), _counts(files, "brown_forsythe")
    if not means or not means[0]["n_regions"]:
        return ()
    before, after = means
    level = f" (adjusted p < {threshold(files.alpha)})"
    preserved = files.preserved()
    rest = prose(" left after ", name(preserved)) if preserved else ()
    return prose(
        " Before, ", name(files.batch_noun), " explained ", strong(percent(before["size_median"])),
        " (median; ", percent(before["size_largest"]), " at most) of the variance", *rest, "; now ",
        strong(percent(after["size_median"])), ". Before, ", name(files.batches_noun),
        " differed in mean in ", strong(_share(before)), *_spread(spreads, 0), level,
        "; now in ", strong(_share(after)), *_spread(spreads, 1), ".",
    )  # fmt: skip


def _spread(spreads: list[dict[str, Any]], stage: int) -> Prose:
    if not spreads or not spreads[stage]["n_regions"]:
        return ()
    return prose(" and in spread in ", strong(_share(spreads[stage])))


def _share(row: Mapping[str, Any]) -> str:
    return f"{row['n_below_adjusted']:.0f} of {count(row['n_regions'], 'region')}"


def _moved(files: HarmonisationFiles) -> Prose:
    seen = files.overview
    moved, sds, most = (
        seen[key] for key in ("median_move_percent", "median_move_sd", "largest_move_sd")
    )
    if is_missing(sds):
        return ()
    size = strong(f"{number(moved, 2)} %") if not is_missing(moved) else strong("n/a")
    return prose(
        " Half of the values moved by more than ", size,
        f" ({number(sds, 2)} residual SD), and none by more than {number(most, 2)} residual SD.",
    )  # fmt: skip


def _left(files: HarmonisationFiles) -> Iterator[Prose]:
    """Differences that are still there."""
    for test, what in (("mean", "in mean"), ("brown_forsythe", "in spread")):
        counts = _counts(files, test)
        if counts and counts[1]["n_below_adjusted"]:
            still = strong(f"still differ {what} in {_share(counts[1])}")
            yield prose(name(capital(files.batches_noun)), " ", still, ".")


def _errors(files: HarmonisationFiles) -> Iterator[Prose]:
    """Tests that harmonisation spoils unless they know of it."""
    for row in rows(files.tables["covariate_shares"]):
        error = row["predicted_error"]
        if not files.is_given and not is_missing(error) and error > ERROR_LIMIT:
            yield prose(
                name(files.column_label(row["column"])), " lies to ", strong(percent(row["share"])),
                f" between {files.batches_noun}: a test at 5 % that takes these values for raw is "
                "predicted to find something in ", strong(percent(error)), " of studies without "
                "an effect.",
            )  # fmt: skip


def _imbalance(files: HarmonisationFiles) -> Iterator[Prose]:
    table = files.tables["batches"]
    far = table[table["difference"].abs() > LARGE_DIFFERENCE]
    if len(far):
        variables = [files.variable_label(v) for v in dict.fromkeys(far["variable"])]
        yield prose(
            name(capital(files.batches_noun)), " differ in ", name(listed(variables)),
            f" (by more than half an SD: {far['batch'].nunique()} of them): what they measured and "
            "whom they scanned is told apart by the model of the covariates alone.",
        )  # fmt: skip


def _lost(files: HarmonisationFiles) -> Iterator[Prose]:
    """Covariates whose effects did not stay."""
    for row in rows(files.tables["effect_agreement"]):
        outside = row["n_regions"] - row["n_within"]
        if outside:
            yield prose(
                "The effect of ", name(files.column_label(row["column"])), " ",
                strong(f"changed by more than its interval in {outside:.0f} of "
                       f"{count(row['n_regions'], 'region')}"), ".",
            )  # fmt: skip


def _noted(files: HarmonisationFiles) -> Iterator[Prose]:
    checks = files.findings["check"].value_counts(sort=False)
    if len(checks):
        words = [f"{in_words(check).lower()} ({n})" for check, n in checks.items()]
        yield prose("Noted on the way: ", listed(words), ".")


def _counts(files: HarmonisationFiles, test: str) -> list[dict[str, Any]]:
    """Counts of one test before and after."""
    table = files.tables["batch_test_counts"]
    return rows(table[table["test"] == test])


def answer_text(files: HarmonisationFiles) -> str:
    """The sentences as plain text."""
    return plain(harmonisation_answer(files))
