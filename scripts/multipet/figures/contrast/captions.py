"""What each figure is called and shows, and how it looks when all is well."""

from collections.abc import Mapping
from dataclasses import dataclass

from multipet.figures.contrast import names


@dataclass(frozen=True)
class Caption:
    """Words of one figure, with fields that ``text`` fills.

    Attributes
    ----------
    title
        A few words.
    shows
        What is drawn.
    well
        How it looks when all is well, as the end of a sentence.
    """

    title: str
    shows: str
    well: str

    def text(self, fields: Mapping[str, object]) -> str:
        """Return the caption: what is drawn, then how it should look."""
        return f"{self.shows} When all is well, {self.well}".format_map(fields)


CAPTIONS = {
    names.BRAIN_MAP: Caption(
        "Effect in the brain",
        "Effect{comparison} in {rows}, on slices of {atlas}; the left side is left. The colour is "
        "the one estimate of a whole region, not of each voxel. Thick outline: {p} below "
        "{alpha:g}; thin: not{hatched}.{unseen}",
        "regions that share an effect have similar colours, and a single deep one among pale ones "
        "is borne out by its interval in the next figure.",
    ),
    names.FOREST: Caption(
        "Effect by region",
        "Effect with its {interval} in {rows}, smallest first; intervals are not adjusted. "
        "Filled: {p} below {alpha:g}; open: not. The dashed line is zero.",
        "neighbouring regions agree in direction, and no interval is far wider than the rest.",
    ),
    names.FOREST_REST: Caption(
        "Effect in the other regions",
        "Effect with its {interval} in {rows}, smallest first; otherwise as above. Filled: {p} "
        "below {alpha:g}; open: not.",
        "as above: no interval is far wider than the rest.",
    ),
    names.BY_SITE: Caption(
        "Effect by site",
        "Effect at each site with its {interval}, and its scans, in {rows}, from a model in which "
        "the effect may differ between sites. Last, and shaded: the effect over all sites.",
        "the intervals of the sites overlap the shaded range, and no site points the other way "
        "with an interval clear of 0.",
    ),
    names.VARIANCE: Caption(
        "Where the variance lies",
        "Share of each variance component in percent, in {rows}; what the fixed effects "
        "explain is not part of it.",
        "site and scanner take a small share, and people more than the residual where they "
        "were scanned more than once.",
    ),
    names.RANDOM_EFFECTS: Caption(
        "Random effects",
        "Conditional mode of each level with its 95 % interval in {rows}.{group} "
        "Where there are too many levels for names, modes are a line in the order of "
        "their size and intervals its thin bars.",
        "modes scatter evenly around 0, and none stands far from the others.",
    ),
    names.SHRINKAGE: Caption(
        "What pooling does",
        "From no pooling (open: the level's own mean, beyond the rest of the model) over "
        "partial pooling (filled: the conditional mode) towards complete pooling (the line at "
        "0: all levels alike), in {rows}. Many levels are thin lines that end on a curve.",
        "each level moves a little towards 0, and far only where it has few scans.",
    ),
    names.RESIDUALS_FITTED: Caption(
        "Residuals against fitted values",
        "One point a scan in {rows}.{group} Shaded: ± 1.96 SD of the residuals in stretches of "
        "equally many scans.",
        "the shaded band has the same height everywhere and no colour keeps to one side. A "
        "slight upward tilt is natural: shrunken effects leave a part of each offset over.",
    ),
    names.RESIDUAL_SPREAD: Caption(
        "Residual spread by scanner",
        "Scaled residuals of each scanner in {rows}. Left: box from quartile to quartile with "
        "the median, line from 5 % to 95 %, dots at the extremes. Right: their SD with its "
        "95 % interval; the dashed line is the SD of all scanners together.",
        "boxes sit around 0, and the intervals of the SD cross the dashed line.",
    ),
    names.RESIDUAL_DISTRIBUTION: Caption(
        "Distribution of the residuals",
        "Histogram of the residuals, with the normal curve of the same SD, in {rows}{beside}.",
        "bars follow the curve{bought}.",
    ),
    names.RESIDUAL_QUANTILES: Caption(
        "Normal quantiles of the residuals",
        "Each residual, in units of their SD, against where it would lie if residuals were "
        "normal, in {rows}{beside}.{group} Shaded: where 95 % of a normal sample lie, point by "
        "point.",
        "points follow the line within the shaded range, at both ends too.",
    ),
}
