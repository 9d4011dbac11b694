import numpy as np
from inference_cases import case

from multipet.inference.variance_structure import VarianceStructure


def test_factor_with_most_levels_is_absorbed():
    design = case("slope_by_site").fit.design
    structure = VarianceStructure(design)
    assert structure.term(structure.absorbed[0]).factor == "subject"
    assert {structure.term(a).factor for a in structure.remaining} == {"site"}


def test_parameters_are_variances_and_covariances_within_terms():
    structure = VarianceStructure(case("slope_by_site").fit.design)
    assert structure.parameters == ((0, 0), (1, 1), (2, 1), (2, 2))
    uncorrelated = VarianceStructure(case("crossed_uncorrelated").fit.design)
    assert all(a == b for a, b in uncorrelated.parameters)


def test_cross_products_are_sums_over_levels():
    one = case("nested")
    structure = VarianceStructure(one.fit.design)
    ages = one.table["age"].to_numpy()[:, None]
    sums = one.table.groupby("subject")["age"].sum()
    assert np.allclose(structure.cross(ages).absorbed[0, :, 0], sums)
    assert np.allclose(structure.level_grams[:, 0, 0], one.table.groupby("subject").size())
