"""No value of a clean study is taken for impossible: 300 simulated ones of six shapes."""

import numpy as np
import pytest
from small_study import checks_of, regions_with, small_study
from specs_of import changed

from multipet.ingest.notes import Notes
from multipet.ingest.tidy_table import RegionValues, Scan, SiteTable
from multipet.ingest.values import ValueJudge


def log_normal(draw, scans):
    return np.exp(draw.normal(draw.uniform(-3, 3), draw.uniform(0.02, 1.5), scans))


def narrow(draw, scans):
    """A reference region of 1 but for rounding, and some people in whom it was another one."""
    values = 1 + draw.normal(0, 1e-6, scans)
    few = draw.random(scans) < 0.05
    return np.where(few, draw.uniform(0.6, 1.6, scans), values)


def zeros(draw, scans):
    """A tiny region: fits that ended at 0 or near it, and some that did not."""
    share = draw.uniform(0.1, 0.49), draw.uniform(0, 0.4)
    kind = np.searchsorted(np.cumsum(share), draw.random(scans))
    near = 10 ** draw.uniform(-97, -3, scans)
    return np.choose(kind, [np.zeros(scans), near, np.abs(draw.normal(0.5, 0.3, scans))])


def centiloids(draw, scans):
    """Whole numbers around 0, and of some people between 20 and 150."""
    positive = draw.random(scans) < draw.uniform(0.02, 0.4)
    return np.round(np.where(positive, draw.uniform(20, 150, scans), draw.normal(0, 4, scans)))


def rounded(draw, scans):
    return np.round(np.abs(draw.normal(draw.uniform(0.1, 3), 0.3, scans)), 2)


def heavy(draw, scans):
    return 2 + 0.3 * draw.standard_t(2.5, scans)


SHAPES = (log_normal, narrow, zeros, centiloids, rounded, heavy)


def table(shape, seed):
    draw = np.random.default_rng(seed)
    scans = int(draw.integers(6, 200))
    people = tuple(Scan(str(i), "1", "turku", "turku/H", (), i + 2) for i in range(scans))
    columns = {f"r{at}": RegionValues(shape(draw, scans)) for at in range(8)}
    columns["striatum"] = RegionValues(np.abs(draw.normal(2.5, 0.4, scans)))
    rows = dict.fromkeys(columns, tuple(range(2, scans + 2)))
    return SiteTable("turku", (), people, columns, rows)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_clean_study_is_stopped(shape):
    study = changed(small_study(regions=regions_with()), study__outcome__scale="identity")
    for seed in range(50):
        notes, one = Notes("pool"), table(shape, seed)
        ValueJudge(study, notes).exclude_impossible([one], set(one.regions))
        assert notes.problems == [], f"seed {seed}"


@pytest.mark.parametrize("shape", [log_normal, zeros, rounded, heavy])
@pytest.mark.parametrize("wrong", [-9999.0, 8888.0, 31460.0])
def test_a_code_or_a_lost_point_in_one_of_them_is_seen(shape, wrong):
    study = small_study(checks=small_study().checks)
    for seed in range(10):
        notes, one = Notes("pool"), table(shape, seed)
        values = one.regions["striatum"].values.copy()
        values[3] = wrong
        one.regions["striatum"] = RegionValues(values)
        ValueJudge(study, notes).exclude_impossible([one], {"striatum"})
        assert len(notes.problems) == 1, f"seed {seed}"
        assert checks_of(notes.findings).keys() <= {"non_positive", "tiny_value"}
