"""Small unbalanced studies go through all steps, whatever the order of their sites."""

import numpy as np
import pandas as pd
import pytest
from analysis_steps import Tables, contrast_steps, model_steps
from random_studies import RandomStudy, random_studies

SEED = 20261128
STUDIES = 14
KEYS = {
    "contrast": ["region", "comparison"],
    "by_site": ["region", "comparison", "site"],
    "heterogeneity": ["region", "comparison"],
    "left_out": ["region", "comparison", "factor", "left_out"],
    "sensitivity": ["variant", "region", "comparison"],
}
NUMBERS = ("estimate", "standard_error", "df", "p_value", "f", "share_between_sites")


def all_steps(study: RandomStudy) -> Tables:
    run, of_model = model_steps(study.model, study.tables)
    return of_model | contrast_steps(study.contrast, run, study.tables[0])


def unlike(first: Tables, second: Tables) -> list[str]:
    """Tables whose tests or status differ beyond what an optimiser leaves."""
    different = []
    for name, key in KEYS.items():
        one, other = (tables[name].set_index(key).sort_index() for tables in (first, second))
        numbers = [n for n in NUMBERS if n in one]
        words = [table["status"].astype(str).str.split(":").str[0] for table in (one, other)]
        same = one.index.equals(other.index) and (words[0] == words[1]).all()
        tested = (words[0] != "not testable").to_numpy()
        a, b = (table[numbers].astype(float).to_numpy()[tested] for table in (one, other))
        if not same or not np.allclose(a, b, rtol=1e-4, atol=1e-7, equal_nan=True):
            different.append(name)
    return different


@pytest.mark.parametrize("k", range(STUDIES))
def test_every_step_answers_or_says_why_in_every_order_of_sites(k):
    study = list(random_studies(SEED, k + 1))[k]
    tables = all_steps(study)
    assert not unlike(tables, all_steps(study.with_sites_reversed()))
    contrast: pd.DataFrame = tables["contrast"]
    assert contrast["status"].ne("").all()
    assert contrast.loc[contrast["status"] == "ok", "p_value"].between(0, 1).all()
