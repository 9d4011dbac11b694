"""The sections on the effect itself: where in the brain, and at which site."""

from multipet import figure_names
from multipet.figures.robustness_captions import CURVES, PARTIAL_RESIDUALS
from multipet.report.block import Block, blocks, table_block
from multipet.report.contrast_files import ContrastFiles
from multipet.report.figure_files import Figure
from multipet.report.linearity import linearity_table
from multipet.report.site_effects_table import effects_table


def where_blocks(figures: tuple[Figure, ...]) -> tuple[Block, ...]:
    """Brain map and forest plot; the weaker regions' part of the forest is folded."""
    rest = tuple(f for f in figures if f.name == figure_names.FOREST_REST)
    return blocks(Block(figures=tuple(f for f in figures if f not in rest), folded_figures=rest))


def by_site_blocks(files: ContrastFiles, figures: tuple[Figure, ...]) -> tuple[Block, ...]:
    """Every scan by site, the effect at each site, and a slope's curves."""
    points = tuple(f for f in figures if f.name == PARTIAL_RESIDUALS)
    curves = tuple(f for f in figures if f.name == CURVES)
    effects = tuple(f for f in figures if f not in (*points, *curves))
    return blocks(
        Block(figures=points),
        table_block(effects, effects_table(files), "The effect at each site, region by region"),
        table_block(curves, linearity_table(files), "Test that each line is straight"),
    )
