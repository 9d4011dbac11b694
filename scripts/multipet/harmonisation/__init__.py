"""Values of several sites or scanners brought to one level."""

from multipet.harmonisation.harmonise import Harmonised, harmonise, predicted_type_one_error

__all__ = ["Harmonised", "harmonise", "predicted_type_one_error"]
