"""What a methods text says of how far the answer was put to the test."""

from multipet.report.contrast_files import ContrastFiles, rows
from multipet.report.formatting import count, listed
from multipet.report.tables_html import ordered


def robustness_text(files: ContrastFiles) -> str:
    """Sites and people left out, other covariates, the line against a curve; may be empty."""
    said = (_left_out(files), _covariates(files), _people(files), _line(files))
    return " ".join(text for text in said if text)


def _left_out(files: ContrastFiles) -> str:
    every = ordered((row["factor"], row["left_out"]) for row in rows(files.robust.left_out))
    factors = [factor for factor, _ in every]
    counts = [count(factors.count(factor), factor) for factor in dict.fromkeys(factors)]
    if not counts:
        return ""
    return f"The contrast was estimated anew without each of {listed(counts)}."


def _covariates(files: ContrastFiles) -> str:
    table = files.robust.covariate_sets
    formulas = [formula for (formula,) in ordered((row["formula"],) for row in rows(table))]
    if not formulas:
        return ""
    return f"It was also estimated with other fixed effects: {listed(formulas)}."


def _people(files: ContrastFiles) -> str:
    if files.robust.influence.empty:
        return ""
    return (
        "The influence of each person is the change of the estimate without that person's scans, "
        "in standard errors (DFBETA), the variance parameters being kept."
    )


def _line(files: ContrastFiles) -> str:
    tested = rows(files.robust.linearity)
    if not tested:
        return ""
    variable = files.variable_label(tested[0]["variable"])
    return (
        f"That the outcome follows {variable} in a straight line was tested against a natural "
        "cubic spline with 3 degrees of freedom."
    )
