"""Values of several sites or scanners brought to one level."""

from multipet.harmonisation.harmonise import Harmonised, harmonise

__all__ = ["Harmonised", "harmonise"]
