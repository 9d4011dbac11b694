"""multipet: multi-site PET studies from raw regional values to one report a contrast."""

__version__ = "0.2.0"
