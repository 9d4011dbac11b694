"""The section of the model checks: where the variation lies, then the residuals."""

from multipet import figure_names as names
from multipet.figures.robustness_captions import MODE_QUANTILES
from multipet.report.block import Block, blocks, table_block
from multipet.report.check_tables import convergence_table, residual_table, variance_table
from multipet.report.contrast_files import ContrastFiles
from multipet.report.figure_files import Figure

RANDOM = (names.RANDOM_EFFECTS, MODE_QUANTILES, names.SHRINKAGE)


def checks_blocks(files: ContrastFiles, figures: tuple[Figure, ...]) -> tuple[Block, ...]:
    """Return the parts of the section; ``figures`` are those that belong to it."""
    variance = tuple(f for f in figures if f.name == names.VARIANCE)
    random = tuple(sorted((f for f in figures if f.name in RANDOM), key=_place))
    others = tuple(f for f in figures if f not in variance and f not in random)
    return blocks(
        table_block(variance, variance_table(files), "Variance components, region by region"),
        Block(figures=random),
        table_block(others, residual_table(files), "Residual checks, region by region"),
        table_block((), convergence_table(files), "Convergence of each fit", most=0),
    )


def _place(figure: Figure) -> int:
    return RANDOM.index(figure.name)
