"""The figures of one harmonisation: every one that its page can have, in the page's order."""

from multipet.figures.harmonisation.components import COMPONENTS
from multipet.figures.harmonisation.differences import DIFFERENCES
from multipet.figures.harmonisation.effects import EFFECTS
from multipet.figures.harmonisation.repeats import REPEATS
from multipet.figures.harmonisation.shifts import PRIORS, SHIFTS

HARMONISATION_FIGURES = (DIFFERENCES, SHIFTS, PRIORS, COMPONENTS, EFFECTS, REPEATS)
