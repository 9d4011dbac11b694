"""Values of several sites or scanners brought to one level."""

from multipet.harmonisation.apply import apply_parameters
from multipet.harmonisation.harmonise import harmonise
from multipet.harmonisation.parameters import parameters_dictionary
from multipet.harmonisation.scan_values import Harmonised

__all__ = ["Harmonised", "apply_parameters", "harmonise", "parameters_dictionary"]
