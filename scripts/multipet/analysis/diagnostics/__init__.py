"""Diagnostics of a model: residuals, random effects, variances."""
