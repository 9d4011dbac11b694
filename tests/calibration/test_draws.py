"""Drawing in chunks, from reproducible random numbers."""

import numpy as np
import pytest
from calibration_cases import FORMULA, REGIONS, group_question, harmonisation, scan_rows

from multipet.analysis.contrast.estimates import contrast_estimates
from multipet.calibration import draws
from multipet.calibration.harmonisation_chain import harmonisation_chain
from multipet.calibration.model_part import separate_parts
from multipet.mixed_model import fit_regions


def test_random_numbers_depend_on_seed_and_key_alone():
    once = draws.generator(1, "contrast", "combat").random(3)
    np.testing.assert_array_equal(once, draws.generator(1, "contrast", "combat").random(3))
    for other in (
        (2, "contrast", "combat"),
        (1, "contrast", "location"),
        (1, "combat", "contrast"),
    ):
        assert (draws.generator(*other).random(3) != once).all()
    # a key is its words, not what they make joined
    assert draws.generator(1, "ab", "c").random() != draws.generator(1, "a", "bc").random()


class Counted:
    """Sheets of the data as they are, with a note of how many were asked for at once."""

    def __init__(self, values):
        self.values, self.asked = values, []

    def sheets(self, _rng, n):
        self.asked.append(n)
        return np.tile(self.values, (n, 1, 1))


def test_chunks_stay_within_memory_and_add_up(monkeypatch):
    table = scan_rows()
    chain = harmonisation_chain(table, REGIONS, harmonisation())
    done = table.assign(**dict(zip(REGIONS, chain.repeat(chain.values[None])[0].T, strict=True)))
    fits = fit_regions(FORMULA, done, REGIONS)
    parts = separate_parts(contrast_estimates(group_question(table), fits, done), REGIONS)
    source = Counted(chain.values)
    monkeypatch.setattr(draws, "_LARGEST_CHUNK", 4 * chain.values.size)
    (t,) = draws.drawn_t(source, chain, parts, np.random.default_rng(1), 10)
    assert source.asked == [4, 4, 2]
    assert t.shape == (10, len(REGIONS))
    wanted = [fit.beta[1] / np.sqrt(fit.vcov[1, 1]) for fit in fits]
    np.testing.assert_allclose(t, np.tile(wanted, (10, 1)), rtol=1e-6)


def test_at_least_one_draw_at_a_time(monkeypatch):
    monkeypatch.setattr(draws, "_LARGEST_CHUNK", 1)
    assert list(draws._chunks(3, 100)) == [1, 1, 1]
    assert draws.CalibrationSettings().draws == pytest.approx(2000)
