"""The section on robustness: every specification, sites and people left out."""

from multipet.figures.robustness_captions import LEFT_OUT, SPECIFICATIONS
from multipet.report.block import Block, blocks, table_block
from multipet.report.contrast_files import ContrastFiles
from multipet.report.figure_files import Figure
from multipet.report.influence import influence_table
from multipet.report.left_out import left_out_table
from multipet.report.specifications import analyses_table, estimates_table

KNOWN = (SPECIFICATIONS, LEFT_OUT)


def robustness_blocks(files: ContrastFiles, figures: tuple[Figure, ...]) -> tuple[Block, ...]:
    """Return the parts of the section; ``figures`` are those that belong to it."""
    named = {figure.name: (figure,) for figure in figures}
    analyses, estimates = analyses_table(files), estimates_table(files)
    curve = Block(
        figures=named.get(SPECIFICATIONS, ()),
        tables=(analyses,) if analyses else (),
        folded=(("Every estimate", estimates),) if estimates else (),
    )
    left_out = table_block(
        named.get(LEFT_OUT, ()), left_out_table(files), "What the refits say, region by region"
    )
    people = table_block(
        (), influence_table(files), "Region by region", "Influence of single people"
    )
    rest = Block(figures=tuple(f for f in figures if f.name not in KNOWN))
    return blocks(curve, left_out, people, rest)
