"""Standard errors that stay right where the spread differs or scans of a person are correlated."""

from multipet.inference.robust.working_model import WorkingDesign, robust_estimates

__all__ = ["WorkingDesign", "robust_estimates"]
