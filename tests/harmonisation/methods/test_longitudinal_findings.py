"""Findings of harmonised repeated scans."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from multipet.harmonisation.batches import read_batches
from multipet.harmonisation.methods.longitudinal_combat import harmonise_longitudinal
from multipet.harmonisation.methods.longitudinal_subjects import (
    batches_without_link,
    subject_findings,
)

REGIONS = ("caudate", "putamen", "insula")


@pytest.fixture
def scans():
    generator = np.random.default_rng(8)
    subject = np.repeat(np.arange(24), 3)
    batches = read_batches(pd.DataFrame({"site": np.tile(["A", "A", "B"], 24)}), "site")
    values = generator.normal(0, 1, (24, 3))[subject] + generator.normal(0, 0.3, (72, 3))
    return values, batches, np.empty((72, 0)), (), subject


def findings(scans, **fields):
    result = replace(harmonise_longitudinal(*scans), **fields)
    return list(subject_findings(result.subjects, result.design, scans[1], REGIONS))


def test_sound_scans_have_none(scans):
    assert findings(scans) == []


def test_a_region_without_a_fit_is_named_with_its_reason(scans):
    scans[0][:, 1] = scans[-1]
    (found,) = findings(scans)
    assert (found.check, found.region, found.action) == (
        "longitudinal_fit_failed",
        "putamen",
        "missing",
    )
    assert "no residual variance" in found.message


def test_subjects_without_differences_are_said(scans):
    values = scans[0]
    values[:, 2] = np.random.default_rng(3).permutation(np.tile([-1.0, 0.3, 0.7], 24))
    values[:, 2] -= np.repeat(values[:, 2].reshape(24, 3).mean(axis=1), 3)
    (found,) = findings(scans)
    assert (found.check, found.region) == ("no_subject_variance", "insula")


def test_a_search_that_did_not_settle_is_said(scans):
    subjects = harmonise_longitudinal(*scans).subjects
    lost = replace(subjects, found=np.array([True, False, True]))
    (found,) = findings(scans, subjects=lost)
    assert (found.check, found.region) == ("longitudinal_not_converged", "putamen")


def test_batches_that_share_no_subject_are_named(scans):
    values, _, columns, names, subject = scans
    site = np.where(subject < 12, "A", "B")
    site[subject >= 20] = np.tile(["C", "D", "C"], 4)
    batches = read_batches(pd.DataFrame({"site": site}), "site")
    (found,) = findings((values, batches, columns, names, subject))
    assert found.check == "batch_without_link"
    assert '"A", "B"' in found.message
    assert '"C"' not in found.message


def test_a_link_needs_one_subject():
    batch, subject = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 0, 1, 2, 2, 3])
    assert batches_without_link(batch, subject).tolist() == [True, False, False]
