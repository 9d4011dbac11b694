"""Parameters: every key has a meaning."""

import pandas as pd
import places
import pytest

from multipet.harmonisation import harmonise, parameters_dictionary

REFERENCE = places.REFERENCE / "harmonisation"
REGIONS = [f"r{k:02d}" for k in range(20)]
PART = {"slope": 1.0, "intercept": 0.0}
BY_REGION = {"D": dict.fromkeys(REGIONS, PART)}
CASES = [
    ("combat", {}),
    ("combat", {"prior": "nonparametric", "reference": "A"}),
    ("location", {"fit_on": {"sex": 0}}),
    ("combat_spline", {}),
    ("longitudinal_combat", {"subject": "person"}),
    ("covbat", {}),
    ("linear_scale", {"equations": dict.fromkeys("ABC", PART) | BY_REGION}),
]


def leaves(value, path=()):
    if isinstance(value, dict) and (value or path[-1:] == ("prior",)):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    else:
        yield path


def described(path, dictionary) -> bool:
    if path[:1] in (("reference",), ("fit_on",)):
        path = path[:1]
    known = (key.split(".") for key in dictionary)
    return any(
        len(key) == len(path)
        and all(k == p or k.startswith("<") for k, p in zip(key, path, strict=True))
        for key in known
    )


@pytest.mark.parametrize(("method", "options"), CASES)
def test_every_key_is_in_the_dictionary(method, options):
    table = pd.read_csv(REFERENCE / "cross_sectional.csv")
    table["person"] = [f"p{k % 90}" for k in range(200)]
    preserve = None if method == "linear_scale" else "age + sex + group"
    parameters = harmonise(table, REGIONS, "site", preserve, method, **options).parameters
    dictionary = parameters_dictionary()
    empty = [("covariates", "learnt"), ("covariates", "variables")]
    unknown = [
        path for path in leaves(parameters) if path not in empty and not described(path, dictionary)
    ]
    assert unknown == []


def test_units_are_given_where_there_are_numbers():
    dictionary = parameters_dictionary()
    assert dictionary["regions.<region>.residual_sd"]["unit"] == "analysis scale"
    assert all(entry["meaning"] for entry in dictionary.values())
    assert all(set(entry) <= {"meaning", "unit"} for entry in dictionary.values())
