"""Linear mixed models of regional values: lme4's numbers, many outcomes at once."""

from multipet.mixed_model.fit import FailedFit, MixedFit
from multipet.mixed_model.models import evaluate_at, fit_model, fit_regions

__all__ = ["FailedFit", "MixedFit", "evaluate_at", "fit_model", "fit_regions"]
