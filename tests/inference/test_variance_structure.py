import numpy as np
from inference_cases import case

from multipet.inference.variance_structure import VarianceStructure


def test_parameters_are_variances_and_covariances_within_terms():
    structure = VarianceStructure(case("slope_by_site").fit.design)
    assert structure.parameters == ((0, 0), (1, 1), (2, 1), (2, 2))
    uncorrelated = VarianceStructure(case("crossed_uncorrelated").fit.design)
    assert all(a == b for a, b in uncorrelated.parameters)


def test_names_are_lme4s():
    names = VarianceStructure(case("slope_by_site").fit.design).names
    assert names[1:4] == ("sd_(Intercept)|site", "cor_age.(Intercept)|site", "sd_age|site")
    assert names[-1] == "sigma"


def test_directions_lead_back_to_the_columns_as_they_are():
    fit = case("slope_by_site").fit
    structure = VarianceStructure(fit.design)
    scales = fit.products.scales
    term = next(t for t, one in enumerate(fit.design.terms) if len(one.effects) == 2)
    back = np.linalg.inv(scales[term])
    places = [k for k, place in enumerate(structure.places) if place[0] == term]
    moved = [back @ structure.directions(scales)[k] @ back.T for k in places]
    assert np.allclose(moved, [[[1, 0], [0, 0]], [[0, 1], [1, 0]], [[0, 0], [0, 1]]])
