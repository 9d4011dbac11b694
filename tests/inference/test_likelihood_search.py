import numpy as np
import pytest
from inference_cases import case

from multipet.inference.likelihood import Likelihood
from multipet.inference.likelihood_search import LikelihoodSearch, Optimum
from multipet.inference.variance_structure import VarianceStructure
from multipet.mixed_model import fit_model


def searched(name, held):
    one = case(name)
    structure = VarianceStructure(one.fit.design)
    search = LikelihoodSearch(one.fit, structure)
    columns = np.arange(one.fit.design.X.shape[1])
    likelihood = Likelihood(structure, one.fit.y, columns)
    return search.minimum(likelihood, Optimum(np.inf, search.fitted), held), one


@pytest.mark.parametrize("name", ["nested", "singular", "slope_by_site"])
def test_free_search_finds_the_maximum_likelihood_fit(name):
    found, one = searched(name, {})
    fit = fit_model(one.reference["formula"], one.table, reml=False)
    assert found.criterion == pytest.approx(fit.criterion, abs=1e-5)
    assert found.parameters[-1] == pytest.approx(fit.sigma, rel=1e-3)


def test_held_parameters_stay_and_cost():
    free, _ = searched("nested", {})
    held, _ = searched("nested", {0: 0.5, 3: 0.2})
    assert held.parameters[[0, 3]].tolist() == [0.5, 0.2]
    assert held.criterion > free.criterion
