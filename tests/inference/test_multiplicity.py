import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from multipet.inference.multiplicity import adjust


@pytest.mark.parametrize(("ours", "theirs"), [("bh", "fdr_bh"), ("holm", "holm")])
def test_equals_statsmodels(ours, theirs):
    p = np.random.default_rng(7).uniform(size=40) ** 3
    assert adjust(p, ours) == pytest.approx(multipletests(p, method=theirs)[1])


@pytest.mark.parametrize("method", ["bh", "holm", "none"])
def test_missing_tests_do_not_count(method):
    p = np.array([0.01, np.nan, 0.04, 0.03])
    adjusted = adjust(p, method)
    assert np.isnan(adjusted[1])
    assert adjusted[[0, 2, 3]] == pytest.approx(adjust(p[[0, 2, 3]], method))


def test_known_values():
    assert adjust([0.01, 0.04, 0.03], "holm") == pytest.approx([0.03, 0.06, 0.06])
    assert adjust([0.01, 0.04, 0.03], "bh") == pytest.approx([0.03, 0.04, 0.04])
    assert adjust([], "bh").shape == (0,)


def test_input_stays_as_it_was():
    p = np.array([0.01, 0.04])
    adjust(p, "holm")
    assert list(p) == [0.01, 0.04]


def test_bad_values_are_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        adjust([1.2], "bh")
    with pytest.raises(ValueError, match="bonferoni"):
        adjust([0.2], "bonferoni")
