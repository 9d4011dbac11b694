"""Tests and intervals of what a fitted model estimates."""

from multipet.inference.approximations import small_samples
from multipet.inference.contrast_results import ContrastEstimate, JointTest
from multipet.inference.estimability import NotEstimable
from multipet.inference.estimates import (
    DF_METHODS,
    coefficient_estimates,
    estimate,
    joint_test,
    small_sample,
)
from multipet.inference.profile.intervals import (
    profile_interval,
    profile_intervals,
    profile_parameters,
)

__all__ = [
    "DF_METHODS",
    "ContrastEstimate",
    "JointTest",
    "NotEstimable",
    "coefficient_estimates",
    "estimate",
    "joint_test",
    "profile_interval",
    "profile_intervals",
    "profile_parameters",
    "small_sample",
    "small_samples",
]
