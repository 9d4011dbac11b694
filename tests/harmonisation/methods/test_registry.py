"""One truth about methods: the registry, the schema and what is implemented agree."""

import dataclasses

import pytest
from study import config, write_study

from multipet.config.loading import load_config
from multipet.config.methods import (
    METHODS,
    NEW_BATCHES,
    OF_HARMONISE,
    PRIORS,
    VARIANCES,
    Options,
)
from multipet.config.schema import load_schema
from multipet.harmonisation.methods import IMPLEMENTED, batch_method

SCHEMA = load_schema()["properties"]["harmonisation"]["additionalProperties"]["properties"]
CHOICES = {
    "method": tuple(METHODS),
    "prior": PRIORS,
    "variance": VARIANCES,
    "new_batches": NEW_BATCHES,
}


@pytest.mark.parametrize("key", CHOICES)
def test_the_schema_allows_what_the_registry_has(key):
    assert tuple(SCHEMA[key]["enum"]) == CHOICES[key]


def test_every_method_is_implemented_and_says_what_it_is():
    assert set(IMPLEMENTED) == set(OF_HARMONISE)
    for name, method in METHODS.items():
        assert method.label, name
        assert SCHEMA["method"]["description"].count(f"{name}: ") >= 1, name


def test_every_option_is_a_key_of_the_config_or_of_harmonise():
    known = {*SCHEMA, *(field.name for field in dataclasses.fields(Options))}
    for name, method in METHODS.items():
        assert set(method.options) <= known, name
        assert not method.needs or method.needs in method.options, name


def test_defaults_of_the_library_are_those_of_the_schema():
    defaults = Options()
    assert (defaults.prior, defaults.variance) == (
        SCHEMA["prior"]["default"],
        SCHEMA["variance"]["default"],
    )


def test_a_prior_is_an_option_where_there_is_a_choice_of_priors():
    for name in OF_HARMONISE:
        priors = getattr(IMPLEMENTED[name], "priors", {})
        assert ("prior" in METHODS[name].options) == (len(priors) > 1), name
        assert ("prior" in METHODS[name].estimates) == bool(priors), name


def test_equations_estimate_no_batch_effects():
    with pytest.raises(ValueError, match="linear_scale estimates no batch effects"):
        batch_method("linear_scale")


def test_the_config_takes_every_prior_that_the_library_takes(tmp_path):
    settings = {"method": "covbat", "batch": "site", "prior": "nonparametric"}
    load_config([write_study(tmp_path, config(harmonisation={"mine": settings}), people=3)])
