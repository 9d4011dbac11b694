"""What each figure of a harmonisation is called and shows, and how it looks when all is well."""

from multipet.figures.contrast.captions import Caption

TESTS = "harmonisation_tests"
SHIFTS = "harmonisation_shifts"
PRIORS = "harmonisation_priors"
COMPONENTS = "harmonisation_components"
EFFECTS = "harmonisation_effects"
REPEATS = "harmonisation_repeats"

#: Section of the page that each figure belongs to.
HARMONISATION_SECTIONS = {
    TESTS: "differences",
    SHIFTS: "shifts",
    PRIORS: "shifts",
    COMPONENTS: "components",
    EFFECTS: "effects",
    REPEATS: "repeats",
}

#: What is added where the differences were estimated from the same values.
BY_CONSTRUCTION = (
    " They do by construction: the same differences were estimated and taken out, so that it is "
    "no proof."
)

HARMONISATION_CAPTIONS = {
    TESTS: Caption(
        "Differences between batches, before and after",
        "In {rows}, the largest first. Left: share of what the covariates leave of a region's "
        "variance that lies between batches (partial R²). Right: largest over smallest residual "
        "SD of a batch. Filled: adjusted p below {alpha:g} (F; Brown and Forsythe's test); open: "
        "not.",
        "all squares lie at the left edge of their panel and are open.{construction}",
    ),
    SHIFTS: Caption(
        "What was taken out of each batch",
        "{what} of each batch in {rows}. Red: the batch measured more (or scattered more) and was "
        "brought down; blue: less. Grey: the batch lacks the region.",
        "a column has one colour, as a scanner is off in all regions alike, and no shift is beyond "
        "1 or 2 SD; single deep cells are mostly errors of a region at one site.",
    ),
    PRIORS: Caption(
        "Estimates and their prior",
        "Shifts and logarithms of scales as estimated, over regions (steps), and the distribution "
        "that they were shrunk towards (curve), in {batches}.",
        "the steps follow the curve. A region far from it was pulled towards values that do not "
        "describe it: then compare with the method without empirical Bayes.",
    ),
    COMPONENTS: Caption(
        "Scans by their principal components",
        "Each scan on the first two principal components of its regions (standardised), before "
        "(left) and after (right), by batch (top; large: its mean){second}. {made_of}",
        "the large markers lie together on the right, batches are mixed there, and what there is "
        "of a gradient with the covariate on the left is still there on the right.",
    ),
    EFFECTS: Caption(
        "Effects of the preserved covariates",
        "Coefficient of each covariate in each region with its 95 % interval: from raw values with "
        "batch in the model (across) and from harmonised values without (up). The line is equality."
        " Intervals say how large a change is; they leave out what harmonisation cost.",
        "points lie on the line, well within their own intervals.",
    ),
    REPEATS: Caption(
        "Repeated scans of the same people",
        "In {rows}. Left: intraclass correlation (one-way, single scan) with its 95 % interval. "
        "Right: mean difference of successive scans in percent of their mean. {people}",
        "repeats across batches agree better after than before, and those within a batch differ by "
        "as many percent as before. The correlation within a batch may fall: before, differences "
        "between batches count in it as differences between people.",
    ),
}
